"""Everything that holds files and is written anew when one of them changes.

`rebuild` is the way in: by type to archives or mails. Half a container is never an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.extraction.archives import rebuild as archive_anew
from gateway.extraction.archives.changes import WRITABLE, Bounds, Change, Changes, Rebuilt
from gateway.extraction.contract import ExtractError
from gateway.extraction.mails import tnef
from gateway.extraction.mails.eml import respliced
from gateway.extraction.mails.msg import read_msg
from gateway.extraction.mails.msgtoeml import changed_eml
from gateway.model import Removal, file_type

_EML: Final = "eml"
_MSG: Final = "msg"
_TNEF: Final = "tnef"

REBUILT: Final = WRITABLE | {_EML, _MSG, _TNEF}
"""Types that `rebuild` takes. Others that hold files are left alone: jar and apk are signed
programs, and an S/MIME mail is signed or sealed as a whole."""

_WHY_MAIL: Final = "a part of it was replaced, and Outlook's own format cannot be written here"
_WHY_LOST: Final = "an ordinary mail has no place for it"

DEFAULT_BOUNDS: Final = Bounds()


def rebuild(
    data: bytes, type_name: str, changes: Iterable[Change], bounds: Bounds = DEFAULT_BOUNDS
) -> Rebuilt:
    """`data`, a container of type `type_name`, with `changes`.

    Without changes it is the same, byte for byte. Raises ExtractError when it cannot be done,
    EncryptedError when a password is missing.
    """
    changes = tuple(changes)
    if not changes:
        return Rebuilt(data, type_name)
    if type_name in WRITABLE:
        return archive_anew(data, type_name, changes, bounds)
    if type_name == _EML:
        return Rebuilt(respliced(data, Changes(changes)), _EML)
    if type_name == _TNEF:
        return Rebuilt(tnef.respliced(data, Changes(changes)), _TNEF)
    if type_name == _MSG:
        return _as_mail(data, Changes(changes))
    raise ExtractError(f"a {file_type(type_name).title} cannot be written anew")


def _as_mail(data: bytes, changes: Changes) -> Rebuilt:
    message = read_msg(data)
    written = Removal("Outlook message written as mail", "the message", _WHY_MAIL)
    lost = tuple(Removal(each, "the message", _WHY_LOST) for each in message.lost)
    return Rebuilt(changed_eml(message, changes), _EML, (written, *lost))
