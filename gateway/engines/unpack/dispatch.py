"""One container in, its contents out: chooses the format's reader by type. Runs inside a guest.

Never raises on hostile bytes except what the guest's border turns into a failed part (MemoryError,
a parser's own bug); limits, damage and encryption are part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.engines.unpack.archives import FORMATS, unpack_archive
from gateway.engines.unpack.coded import (
    unpack_binhex,
    unpack_macbinary,
    unpack_szdd,
    unpack_uue,
    unpack_yenc,
)
from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.mails import unpack_mail
from gateway.engines.unpack.model import (
    Contents,
    Glance,
    Limit,
    LimitReachedError,
    OverLimit,
    UnpackLimits,
    Unsupported,
    Write,
    no_glance,
)
from gateway.engines.unpack.msgs import unpack_msg
from gateway.engines.unpack.office import OFFICE_TYPES, unpack_office
from gateway.engines.unpack.plainzip import unpack_plainly
from gateway.engines.unpack.smime import unpack_smime
from gateway.engines.unpack.tnefs import unpack_tnef
from gateway.engines.unpack.volumes import SENTENCE, is_volume
from gateway.engines.unpack.zips import note_oddities
from gateway.extraction import foreign
from gateway.model import file_type

_READERS: Final[dict[str, Callable[[bytes, Collector], None]]] = {
    "eml": unpack_mail,
    "msg": unpack_msg,
    "tnef": unpack_tnef,
    "smime-encrypted": unpack_smime,
    **dict.fromkeys(OFFICE_TYPES, unpack_office),
}

_CODED: Final[dict[str, Callable[[bytes, str, Collector], None]]] = {
    "szdd": unpack_szdd,
    "binhex": unpack_binhex,
    "macbinary": unpack_macbinary,
    "uue": unpack_uue,
    "yenc": unpack_yenc,
}
"""Codings of one file, which take a name from around it."""

_ZIPS: Final = frozenset({"zip", "jar", "apk"})

_SUFFIXES: Final = {
    ".tgz": ".tar",
    ".tbz": ".tar",
    ".tbz2": ".tar",
    ".txz": ".tar",
    ".tlz": ".tar",
    ".gz": "",
    ".bz2": "",
    ".xz": "",
    ".zst": "",
    ".lz4": "",
    ".lz": "",
    ".z": "",
}
"""What a compressed file's name loses when it is unpacked."""

SUPPORTED: Final = frozenset({*FORMATS, *_READERS, *_CODED})
"""Types that `unpack` can open."""


def unpack(
    data: bytes,
    type_name: str,
    name: str,
    limits: UnpackLimits,
    write: Write,
    glance: Glance = no_glance,
) -> Contents:
    """The contents of `data`, a container of type `type_name`, called `name`.

    Contents of children go to `write` in their order; `glance` may examine them in passing.
    """
    into = Collector(len(data), limits, write, glance)
    if limits.depth >= limits.max_depth:
        into.problem(OverLimit(Limit.DEPTH, limits.depth, limits.max_depth))
        return into.contents()
    try:
        _read(data, type_name, name, into)
    except LimitReachedError as error:
        into.problem(error.over)
    return into.contents()


def _read(data: bytes, type_name: str, name: str, into: Collector) -> None:
    if (reader := _READERS.get(type_name)) is not None:
        reader(data, into)
    elif (decoder := _CODED.get(type_name)) is not None:
        decoder(data, name, into)
    elif (formats := FORMATS.get(type_name)) is not None:
        if type_name in _ZIPS:
            if unpack_plainly(data, into):
                return
            note_oddities(data, into)
        foreign.needed()
        unpack_archive(data, formats, _stem(name), into)
        if is_volume(data, type_name):
            into.explain_damage(Unsupported(SENTENCE))
    else:
        title = file_type(type_name).title
        article = "an" if title[:1] in "AEIOUaeiou" else "a"
        into.problem(Unsupported(f"{article} {title}: nothing here opens it"))


def _stem(name: str) -> str:
    """The name of what a compressed file holds; never empty."""
    lower = name.lower()
    for suffix, instead in _SUFFIXES.items():
        if lower.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)] + instead
    return name or "content"
