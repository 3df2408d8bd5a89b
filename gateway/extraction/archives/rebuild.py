"""One archive, with new contents of some members: by type, in its own format or as a zip.

Whatever a library raises becomes an ExtractError here; half an archive is never an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from libarchive.exception import ArchiveError

from gateway.extraction.archives.changes import (
    IN_OWN_FORMAT,
    SEVEN_ZIP,
    ZIP,
    Bounds,
    Change,
    Changes,
    Rebuilt,
)
from gateway.extraction.archives.members import explained
from gateway.extraction.archives.native import rewritten
from gateway.extraction.archives.sevenzip import made_7z
from gateway.extraction.archives.zipmaking import made_zip
from gateway.extraction.archives.ziprepack import UnknownMethodError, repack
from gateway.model import Removal, file_type

_WHY_ZIP: Final = "a part of it was replaced, and archives of its format cannot be written here"


def rebuild(data: bytes, type_name: str, changes: Iterable[Change], bounds: Bounds) -> Rebuilt:
    """`data`, an archive of one of the types in WRITABLE, with `changes`.

    Raises ExtractError when it cannot be done, EncryptedError when a password is missing.
    """
    asked = tuple(changes)
    try:
        return _by_type(data, type_name, asked, bounds)
    except ArchiveError as error:
        raise explained(error) from None


def _by_type(data: bytes, type_name: str, changes: tuple[Change, ...], bounds: Bounds) -> Rebuilt:
    if type_name in IN_OWN_FORMAT:
        return Rebuilt(rewritten(data, type_name, Changes(changes), bounds), type_name)
    if type_name == ZIP:
        try:
            return Rebuilt(repack(data, Changes(changes)), ZIP)
        except UnknownMethodError:
            made, left_out = made_zip(data, type_name, Changes(changes), bounds)
            return Rebuilt(made, ZIP, left_out)
    if type_name == SEVEN_ZIP:
        made, left_out = made_7z(data, type_name, Changes(changes), bounds)
        return Rebuilt(made, SEVEN_ZIP, left_out)
    made, left_out = made_zip(data, type_name, Changes(changes), bounds)
    title = file_type(type_name).title
    written = Removal(f"{title} written as zip", "the archive", _WHY_ZIP)
    return Rebuilt(made, ZIP, (written, *left_out))
