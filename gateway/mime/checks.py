"""Checks on structure that need no bytes: which combinations of headers and boundaries are
ambiguous."""

from collections.abc import Collection

from gateway.mime.defects import Defect, DefectNote
from gateway.mime.header import HeaderBlock


def note_once(defects: list[DefectNote], defect: Defect, offset: int) -> None:
    """Record a defect once per part."""
    if all(note.defect is not defect for note in defects):
        defects.append(DefectNote(defect, offset))


def check_mail(block: HeaderBlock, defects: list[DefectNote]) -> None:
    """Check the header of a whole mail."""
    if not block.fields:
        note_once(defects, Defect.MISSING_HEADER, block.insert_at)
    elif block.texts and "mime-version" not in block.keys:
        defects.append(DefectNote(Defect.MISSING_MIME_VERSION, block.insert_at))


def check_boundaries(
    boundaries: tuple[bytes, ...],
    enclosing: Collection[bytes],
    offset: int,
    defects: list[DefectNote],
) -> None:
    """Compare a multipart's boundaries with those of the multiparts it lies in."""
    for mine in boundaries:
        for other in enclosing:
            if mine == other:
                note_once(defects, Defect.BOUNDARY_REUSED, offset)
            elif mine.startswith(other) or other.startswith(mine):
                note_once(defects, Defect.BOUNDARY_IS_PREFIX, offset)
