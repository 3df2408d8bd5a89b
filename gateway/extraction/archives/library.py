"""libarchive from memory to memory: the reader that unpacking uses too, and the writer.

Only formats and filters that libarchive handles by itself are enabled: some of its filters would
start a program, and its writers of 7z and ISO 9660 need a file, which guests do not have. Nothing
is ever followed, created or extracted. See archive_read(3), archive_write(3), archive_entry(3).
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from libarchive import ffi
from libarchive.exception import ArchiveError

FILTERS: Final = ("gzip", "bzip2", "compress", "lzma", "xz", "lzip", "zstd", "lz4")
"""Compressions around an archive or a file that are read, and written."""

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
    "rpm": ("cpio",),
    "ar": ("ar",),
    "lha": ("lha",),
}
"""libarchive's formats by our type name."""

FILE_KIND, REGULAR, FOLDER, SYMLINK = 0o170000, 0o100000, 0o040000, 0o120000
"""The kinds of members among the bits of a mode, as in stat(2)."""

ARCHIVE_FATAL: Final = -30
_ARCHIVE_EOF: Final = 1
_BUFFER: Final = 64 * 1024
"""Bytes taken from libarchive at a time; a limit is noticed after at most as many."""
_UNPADDED: Final = 1
"""Bytes of the last block that are filled up: none (a tar pads itself to its records)."""

_lib = ffi.libarchive
_entry, _text, _wide = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_wchar_p
_number, _long = ctypes.c_int, ctypes.c_longlong

for _name, _result, _arguments in (
    ("entry_is_data_encrypted", _number, [_entry]),
    ("entry_size_is_set", _number, [_entry]),
    ("entry_pathname", _text, [_entry]),
    ("entry_pathname_w", _wide, [_entry]),
    ("entry_mode", ctypes.c_uint, [_entry]),
    ("entry_filetype", ctypes.c_uint, [_entry]),
    ("entry_size", _long, [_entry]),
    ("entry_hardlink", _text, [_entry]),
    ("entry_symlink", _text, [_entry]),
    ("entry_symlink_w", _wide, [_entry]),
    *((f"entry_{which}_is_set", _number, [_entry]) for which in ("mtime", "atime", "ctime")),
    *((f"entry_{which}", _long, [_entry]) for which in ("mtime", "atime", "ctime")),
    ("entry_mtime_nsec", ctypes.c_long, [_entry]),
    ("entry_copy_pathname", None, [_entry, _text]),
    ("entry_copy_hardlink", None, [_entry, _text]),
    ("entry_set_size", None, [_entry, _long]),
    ("entry_set_filetype", None, [_entry, ctypes.c_uint]),
    ("entry_sparse_clear", None, [_entry]),
    ("read_add_passphrase", _number, [_entry, _text]),
    ("read_data", ctypes.c_ssize_t, [_entry, ctypes.c_void_p, ctypes.c_size_t]),
    ("format", _number, [_entry]),
    ("filter_count", _number, [_entry]),
    ("filter_code", _number, [_entry, _number]),
    ("write_set_bytes_in_last_block", _number, [_entry, _number]),
):
    getattr(_lib, f"archive_{_name}").restype = _result
    getattr(_lib, f"archive_{_name}").argtypes = _arguments


@dataclass(frozen=True, slots=True)
class Entry:
    """A member's header as plain values.

    `mode` holds the kind and the rights. `size` is -1 and times are None where the archive does
    not say; times are seconds since the epoch. `target` is what a symbolic link points to,
    `hard_link` the name of the member whose content this one shares.
    """

    raw_name: bytes
    mode: int
    size: int
    encrypted: bool
    target: bytes = b""
    hard_link: bytes | None = None
    mtime: int | None = None
    mtime_nanoseconds: int = 0
    atime: int | None = None
    ctime: int | None = None

    @property
    def kind(self) -> int:
        """The kind's bits; 0 where the archive tells none, as for a compressed file."""
        return self.mode & FILE_KIND

    @property
    def is_folder(self) -> bool:
        return self.kind == FOLDER

    @property
    def is_link(self) -> bool:
        """A symbolic link, or a hard link without bytes of its own."""
        return self.kind == SYMLINK or (self.hard_link is not None and self.size <= 0)

    @property
    def is_file(self) -> bool:
        """Whether the member has bytes of its own: some archives store them with a hard link."""
        return self.kind in (REGULAR, 0) and not self.is_link


class Reader:
    """An archive in memory, read once from its beginning to its end."""

    def __init__(self, archive: ctypes.c_void_p) -> None:
        self._archive = archive
        self._entry: ctypes.c_void_p = ffi.entry_new()

    def entries(self) -> Iterator[Entry]:
        """The members' headers; `content` belongs to the last one. Raises ArchiveError."""
        while ffi.read_next_header2(self._archive, self._entry) != _ARCHIVE_EOF:
            yield _entry_of(self._entry)

    def content(self, limit: int) -> bytes | None:
        """The bytes of the current member; None as soon as they are more than `limit`.

        Raises ArchiveError.
        """
        pieces = io.BytesIO()  # which gives its bytes away without another copy
        total = 0
        buffer = ctypes.create_string_buffer(_BUFFER)
        while (got := _lib.archive_read_data(self._archive, buffer, _BUFFER)) != 0:
            if got < 0:
                raise _error(self._archive, int(got))
            total += got
            if total > limit:
                return None
            pieces.write(memoryview(buffer)[:got])
        return pieces.getvalue()

    @property
    def is_raw(self) -> bool:
        """Whether this is no archive but a compressed file; known with the first header."""
        return bool(ffi.format_name(self._archive) == b"raw")

    @property
    def format(self) -> int:
        """libarchive's number of the format of the last header that was read."""
        return int(_lib.archive_format(self._archive))

    @property
    def filters(self) -> tuple[int, ...]:
        """libarchive's numbers of the compressions around the archive, the innermost first."""
        count = int(_lib.archive_filter_count(self._archive))
        codes = [int(_lib.archive_filter_code(self._archive, index)) for index in range(count)]
        return tuple(code for code in codes if code)

    @property
    def current(self) -> ctypes.c_void_p:
        """The current header, for a writer: whatever libarchive knows of it goes along."""
        return self._entry

    def free(self) -> None:
        ffi.entry_free(self._entry)


@contextmanager
def reading(
    data: bytes,
    formats: tuple[str, ...],
    filters: tuple[str, ...] = FILTERS,
    password: str = "",
) -> Iterator[Reader]:
    """A reader of `data`, which `password` may open.

    Raises ArchiveError when it is of none of `formats`.
    """
    archive = ffi.read_new()
    reader = Reader(archive)
    try:
        for name in filters:
            ffi.get_read_filter_function(name)(archive)
        for name in formats:
            ffi.get_read_format_function(name)(archive)
        if password:
            _lib.archive_read_add_passphrase(archive, password.encode("utf-8", "replace"))
        ffi.read_open_memory(archive, data, len(data))
        yield reader
    finally:
        reader.free()
        _lib.archive_read_free(archive)


class Writer:
    """An archive that is written into memory, member by member."""

    def __init__(self, archive: ctypes.c_void_p) -> None:
        self._archive = archive

    def member(self, header: ctypes.c_void_p, content: bytes) -> None:
        """One member with the header of a reader. Raises ArchiveError."""
        ffi.write_header(self._archive, header)
        view = memoryview(content)
        while view:
            written = int(ffi.write_data(self._archive, bytes(view[:_BUFFER]), len(view[:_BUFFER])))
            if written <= 0:
                raise ArchiveError("the format cannot hold the new content")
            view = view[written:]


def written(
    format_name: str, filters: Sequence[str], options: str, fill: Callable[[Writer], None]
) -> bytes:
    """The archive of `format_name` that `fill` writes, compressed by `filters`, innermost first.

    Raises ArchiveError for what the format cannot hold.
    """
    archive = ffi.write_new()
    _sinks.append(io.BytesIO())
    try:
        ffi.get_write_format_function(format_name)(archive)
        for name in filters:
            ffi.get_write_filter_function(name)(archive)
        if options:
            ffi.write_set_options(archive, options.encode())
        _lib.archive_write_set_bytes_in_last_block(archive, _UNPADDED)
        ffi.write_open(archive, None, ffi.NO_OPEN_CB, _to_sink, ffi.NO_CLOSE_CB)
        fill(Writer(archive))
        ffi.write_close(archive)
        return _sinks[-1].getvalue()
    finally:
        _lib.archive_write_free(archive)
        _sinks.pop()


_sinks: list[io.BytesIO] = []
"""Where archives that are being written go, the innermost last. Written archives are not nested
in each other's callbacks, and a guest has one thread."""


def _take_bytes(_archive: int, _client: int, data: ctypes.c_void_p, size: int) -> int:
    return _sinks[-1].write(ctypes.string_at(data, size))


_to_sink: Final = ffi.WRITE_CALLBACK(_take_bytes)
"""Made once, before a guest is confined."""


def rename(header: ctypes.c_void_p, raw_name: bytes) -> None:
    """Give a reader's current header another name."""
    _lib.archive_entry_copy_pathname(header, raw_name)


def link_to(header: ctypes.c_void_p, raw_name: bytes) -> None:
    """Let a reader's current header be a hard link to another name."""
    _lib.archive_entry_copy_hardlink(header, raw_name)


def as_file(header: ctypes.c_void_p, size: int) -> None:
    """Let a reader's current header be that of a plain file of `size` bytes: content is written
    in full, without holes, and some archives tell no kind of member, which writers want."""
    _lib.archive_entry_sparse_clear(header)
    _lib.archive_entry_set_filetype(header, REGULAR)
    _lib.archive_entry_set_size(header, size)


def _entry_of(entry: ctypes.c_void_p) -> Entry:
    has_size = bool(_lib.archive_entry_size_is_set(entry))
    return Entry(
        raw_name=_name_of(entry),
        mode=int(_lib.archive_entry_mode(entry)),
        size=int(_lib.archive_entry_size(entry)) if has_size else -1,
        encrypted=bool(_lib.archive_entry_is_data_encrypted(entry)),
        target=_bytes(_lib.archive_entry_symlink(entry), _lib.archive_entry_symlink_w(entry)),
        hard_link=_lib.archive_entry_hardlink(entry),
        mtime=_time(entry, "mtime"),
        mtime_nanoseconds=int(_lib.archive_entry_mtime_nsec(entry)),
        atime=_time(entry, "atime"),
        ctime=_time(entry, "ctime"),
    )


def _time(entry: ctypes.c_void_p, which: str) -> int | None:
    if not getattr(_lib, f"archive_entry_{which}_is_set")(entry):
        return None
    return int(getattr(_lib, f"archive_entry_{which}")(entry))


def _name_of(entry: ctypes.c_void_p) -> bytes:
    return _bytes(_lib.archive_entry_pathname(entry), _lib.archive_entry_pathname_w(entry))


def _bytes(name: bytes | None, wide: str | None) -> bytes:
    """A name's bytes; where libarchive has it as wide characters only, those as UTF-8."""
    if name is None:
        name = wide.encode("utf-8", "surrogatepass") if wide is not None else b""
    return bytes(name)


def _error(archive: ctypes.c_void_p, code: int) -> ArchiveError:
    text = ffi.error_string(archive) or b"the data cannot be read"
    return ArchiveError(text.decode("utf-8", "replace"), retcode=code, archive_p=archive)
