"""Archives and compressed files through libarchive, member by member, from memory.

Only formats and filters that libarchive reads by itself are enabled: some of its filters would
start a program. Links and devices are noted, never followed. See archive_read(3).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from libarchive import ffi
from libarchive.exception import ArchiveError

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Damaged, Encrypted, Unsupported

_FILTERS: Final = ("gzip", "bzip2", "compress", "lzma", "xz", "lzip", "zstd", "lz4")

_COMPRESSED: Final = ("tar", "cpio", "raw", "empty")
"""What may stand inside a compressed file; `raw` takes what is no archive."""

FORMATS: Final[dict[str, tuple[str, ...]]] = {
    "zip": ("zip",),
    "jar": ("zip",),
    "apk": ("zip",),
    "tar": ("tar",),
    "gzip": _COMPRESSED,
    "bzip2": _COMPRESSED,
    "xz": _COMPRESSED,
    "zstd": _COMPRESSED,
    "lz4": _COMPRESSED,
    "lzip": _COMPRESSED,
    "compress": _COMPRESSED,
    "7z": ("7zip",),
    "rar": ("rar", "rar5"),
    "cab": ("cab",),
    "iso": ("iso9660",),
    "cpio": ("cpio",),
    "ar": ("ar",),
    "lha": ("lha",),
}
"""libarchive's formats by our type name."""

_BUFFER: Final = 64 * 1024
"""Bytes taken from libarchive at a time; a limit is noticed after at most as many."""

_AE_IFMT, _AE_IFREG, _AE_IFDIR, _AE_IFLNK = 0o170000, 0o100000, 0o040000, 0o120000
_ARCHIVE_EOF, _ARCHIVE_FATAL = 1, -30

_lib = ffi.libarchive
for _name in ("archive_entry_is_data_encrypted", "archive_entry_size_is_set"):
    getattr(_lib, _name).argtypes = [ctypes.c_void_p]
    getattr(_lib, _name).restype = ctypes.c_int
_lib.archive_entry_pathname.restype = ctypes.c_char_p
_lib.archive_entry_pathname.argtypes = [ctypes.c_void_p]
_lib.archive_entry_pathname_w.restype = ctypes.c_wchar_p
_lib.archive_entry_pathname_w.argtypes = [ctypes.c_void_p]
_lib.archive_entry_filetype.restype = ctypes.c_uint
_lib.archive_entry_filetype.argtypes = [ctypes.c_void_p]
_lib.archive_entry_size.restype = ctypes.c_longlong
_lib.archive_entry_size.argtypes = [ctypes.c_void_p]
_lib.archive_entry_hardlink.restype = ctypes.c_char_p
_lib.archive_entry_hardlink.argtypes = [ctypes.c_void_p]
_lib.archive_read_data.restype = ctypes.c_ssize_t
_lib.archive_read_data.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]


class _Member(NamedTuple):
    """One entry's header. `size` is -1 where the container does not say."""

    raw_name: bytes
    mode: int
    size: int
    encrypted: bool
    is_hard_link: bool


def unpack_archive(data: bytes, formats: tuple[str, ...], stem: str, into: Collector) -> None:
    """Read all members of `data` into `into`. `stem` names the content of a compressed file.

    Raises LimitReachedError; everything else that goes wrong becomes a problem.
    """
    try:
        with _reader(data, formats) as archive:
            for entry in _headers(archive):
                is_raw = ffi.format_name(archive) == b"raw"
                _take(archive, _member(entry, stem if is_raw else ""), into)
    except ArchiveError as error:
        into.problem(_problem_of(error, anything_read=len(into) > 0))


@contextmanager
def _reader(data: bytes, formats: tuple[str, ...]) -> Iterator[ctypes.c_void_p]:
    archive = ffi.read_new()
    try:
        for name in _FILTERS:
            ffi.get_read_filter_function(name)(archive)
        for name in formats:
            ffi.get_read_format_function(name)(archive)
        ffi.read_open_memory(archive, data, len(data))
        yield archive
    finally:
        _lib.archive_read_free(archive)


def _headers(archive: ctypes.c_void_p) -> Iterator[ctypes.c_void_p]:
    entry = ffi.entry_new()
    try:
        while ffi.read_next_header2(archive, entry) != _ARCHIVE_EOF:
            yield entry
    finally:
        ffi.entry_free(entry)


def _member(entry: ctypes.c_void_p, stem: str) -> _Member:
    size = _lib.archive_entry_size(entry) if _lib.archive_entry_size_is_set(entry) else -1
    raw_name = stem.encode("utf-8", "replace") if stem else _raw_name(entry)
    return _Member(
        raw_name,
        int(_lib.archive_entry_filetype(entry)) & _AE_IFMT,
        int(size),
        bool(_lib.archive_entry_is_data_encrypted(entry)),
        _lib.archive_entry_hardlink(entry) is not None,
    )


def _raw_name(entry: ctypes.c_void_p) -> bytes:
    """The name's bytes; where libarchive has it as wide characters only, those as UTF-8."""
    name = _lib.archive_entry_pathname(entry)
    if name is None:
        wide = _lib.archive_entry_pathname_w(entry)
        name = wide.encode("utf-8", "surrogatepass") if wide is not None else b""
    return bytes(name)


def _take(archive: ctypes.c_void_p, member: _Member, into: Collector) -> None:
    """One member: its content, or a note why there is none."""
    shown = member.raw_name.decode("utf-8", "replace")[:100]
    if member.mode == _AE_IFDIR:
        return
    if member.mode == _AE_IFLNK or member.is_hard_link:
        into.note("unpack.link", f"member {shown!r} is a link; it was not followed")
        return
    if member.mode not in (_AE_IFREG, 0):
        into.note("unpack.device", f"member {shown!r} is a device or a pipe")
        return
    into.count()
    if member.encrypted:
        into.problem(Encrypted())
        into.add_unreadable(member.raw_name, member.size, encrypted=True)
        return
    try:
        content = _content(archive, into)
    except ArchiveError as error:
        problem = _problem_of(error, anything_read=True)
        into.problem(problem)
        into.add_unreadable(member.raw_name, member.size, encrypted=isinstance(problem, Encrypted))
        if error.retcode is not None and error.retcode <= _ARCHIVE_FATAL:
            raise
        return
    into.add(member.raw_name, content)


def _content(archive: ctypes.c_void_p, into: Collector) -> bytes:
    """The member's bytes. Raises LimitReachedError as soon as they are too many."""
    limit = into.member_limit
    pieces: list[bytes] = []
    total = 0
    buffer = ctypes.create_string_buffer(_BUFFER)
    while (got := _lib.archive_read_data(archive, buffer, _BUFFER)) != 0:
        if got < 0:
            raise _error(archive, int(got))
        total += got
        if total > limit:
            raise into.over_member_limit()
        pieces.append(buffer.raw[:got])
    return b"".join(pieces)


def _error(archive: ctypes.c_void_p, code: int) -> ArchiveError:
    text = ffi.error_string(archive) or b"the data cannot be read"
    return ArchiveError(text.decode("utf-8", "replace"), retcode=code, archive_p=archive)


def _problem_of(error: ArchiveError, *, anything_read: bool) -> Damaged | Encrypted | Unsupported:
    """libarchive tells kinds of errors apart only by its sentences."""
    sentence = str(error.msg or "unreadable")
    sentence = " ".join(sentence.split())[:200]
    words = sentence.lower()
    if "encrypt" in words or "passphrase" in words:
        return Encrypted(listed=anything_read)
    if "support" in words or "not implemented" in words:
        return Unsupported(f"libarchive cannot read it: {sentence}")
    return Damaged(sentence)
