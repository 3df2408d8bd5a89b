"""The extractor of pictures: walk over the structure, cut out what is no picture, look again.

The pixels' bytes are copied, not decoded, unless policy wants every picture drawn anew, or a
picture's structure is so odd that only drawing tells what is picture in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.extraction.contract import ExtractError, Extraction, ExtractStatus, Survey
from gateway.extraction.images import bitmaps, gif, jpeg, png, webp
from gateway.extraction.images.reencode import preload, reencode
from gateway.extraction.images.structure import (
    Cut,
    StrangeError,
    Walked,
    holds_a_file,
    is_padding,
    is_second_file,
    nudged,
)
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.switches import DEFAULT_SWITCHES, ExtractSwitches
from gateway.mime.splice import Replacement, apply, in_order
from gateway.model import Removal
from gateway.model.imagemethod import ImageMethod

NAME: Final = "picture"

_WALKERS: Final[dict[str, Callable[[bytes], Walked]]] = {
    "jpeg": jpeg.walk,
    "png": png.walk,
    "gif": gif.walk,
    "webp": webp.walk,
    "bmp": bitmaps.walk_bmp,
    "tiff": bitmaps.walk_tiff,
}
TYPES: Final = frozenset(_WALKERS)
_RAW: Final = frozenset({"bmp", "tiff"})
"""Formats in which pixels may stand uncompressed: drawing them anew gives the same bytes."""

_STRANGE: Final = Hit(Kind.HIDDEN_DATA, "structure that viewers read differently", "picture")
_POLYGLOT: Final = Hit(Kind.HIDDEN_DATA, "second file within the pixels", "picture")
_ANEW: Final = Hit(Kind.HIDDEN_DATA, "everything but the pixels", "picture", acts=False)

__all__ = ["NAME", "TYPES", "extract", "preload", "survey"]


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the picture in `data`. Decodes no pixel."""
    try:
        made, hits = _without_extras(data, type_name, DEFAULT_SWITCHES)
    except StrangeError:
        return Survey((_STRANGE,))
    return Survey((*hits, _POLYGLOT) if is_second_file(made) else hits)


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The picture without what is none, or drawn anew where `switches` or its structure say so."""
    if switches.images is ImageMethod.REENCODE:
        return _drawn(data, type_name, _ANEW)
    if not switches.hidden_data and not switches.metadata:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    try:
        made, hits = _without_extras(data, type_name, switches)
    except StrangeError:
        return _drawn(data, type_name, _STRANGE)
    if switches.hidden_data and is_second_file(made):
        return _drawn(data, type_name, *hits, _POLYGLOT)
    if not hits:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    return Extraction(ExtractStatus.CLEANED, type_name, made, _removed(hits))


def _without_extras(
    data: bytes, type_name: str, switches: ExtractSwitches
) -> tuple[bytes, tuple[Hit, ...]]:
    """`data` with all cuts made that `switches` want, and what they are. Raises StrangeError."""
    walked = _WALKERS[type_name](data)
    walked.check()
    cuts = [cut for cut in walked.cuts if _is_wanted(cut, switches)]
    if switches.hidden_data and _has_a_tail(data, walked.end, type_name):
        cuts.append(Cut(walked.end, len(data), f"{len(data) - walked.end} bytes"))
    if not cuts:
        return data, ()
    made = apply(data, in_order(Replacement(cut.start, cut.end, cut.instead) for cut in cuts))
    if type_name == "webp":
        made = webp.finish(made)
    return made, tuple(_hit(cut, walked.end) for cut in cuts)


def _is_wanted(cut: Cut, switches: ExtractSwitches) -> bool:
    return switches.metadata if cut.metadata else switches.hidden_data


def _has_a_tail(data: bytes, end: int, type_name: str) -> bool:
    """Whether something stands behind the picture. In a TIFF, which has offsets for everything,
    one that no standard names may reach there: only what is plainly another file counts."""
    if end >= len(data) or is_padding(data, end):
        return False
    return type_name != "tiff" or holds_a_file(data[end:])


def _hit(cut: Cut, end: int) -> Hit:
    kind = Kind.METADATA if cut.metadata else Kind.HIDDEN_DATA
    where = "behind the picture" if cut.start >= end else f"byte {cut.start}"
    return Hit(kind, cut.what, where, acts=False)


def _drawn(data: bytes, type_name: str, *why: Hit) -> Extraction:
    made = reencode(data, type_name)
    if type_name in _RAW and is_second_file(made):
        made = nudged(made)
    if is_second_file(made):
        raise ExtractError("another file stands within its pixels")
    if made == data:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    return Extraction(ExtractStatus.CLEANED, type_name, made, _removed(why))


def _removed(hits: tuple[Hit, ...]) -> tuple[Removal, ...]:
    return tuple(dict.fromkeys(hit.as_removal() for hit in hits))
