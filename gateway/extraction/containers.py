"""Everything that holds files and is written anew when one of them changes.

`rebuild` is the way in: by type to archives or mails. Half a container is never an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.extraction.archives import rebuild as archive_anew
from gateway.extraction.archives.changes import WRITABLE, Bounds, Change, Changes, Rebuilt
from gateway.extraction.contract import ExtractError
from gateway.extraction.mails.eml import respliced
from gateway.model import file_type

_EML: Final = "eml"

REBUILT: Final = WRITABLE | {_EML}
"""Types that `rebuild` takes. Others that hold files are left alone: jar and apk are signed
programs, and an S/MIME mail is signed or sealed as a whole."""

DEFAULT_BOUNDS: Final = Bounds()


def rebuild(
    data: bytes, type_name: str, changes: Iterable[Change], bounds: Bounds = DEFAULT_BOUNDS
) -> Rebuilt:
    """`data`, a container of type `type_name`, with `changes`.

    Raises ExtractError when it cannot be done, EncryptedError when a password is missing.
    """
    if type_name in WRITABLE:
        return archive_anew(data, type_name, changes, bounds)
    if type_name == _EML:
        return Rebuilt(respliced(data, Changes(changes)), _EML)
    raise ExtractError(f"a {file_type(type_name).title} cannot be written anew")
