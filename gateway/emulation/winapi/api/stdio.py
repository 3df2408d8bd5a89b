"""The C runtime's files: streams over the emulated disk, and the console."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.winapi.api import codes
from gateway.emulation.winapi.api.variables import set_errno
from gateway.emulation.winapi.calls import Call, Long, api, constants, crt
from gateway.emulation.winapi.machine import Machine
from gateway.emulation.windows.disk import File

TYPED = b"12 + 30\nanna\n3\n"
"""What a person would type into the console, then the end of input."""

_OUTPUT_MAX = 4000
_SIZE_32, _SIZE_64 = 32, 48
_EOF = -1
_ENOENT, _EBADF, _EACCES = 2, 9, 13


@dataclass(slots=True)
class Stream:
    """An open file. `file` is None for the console; what is written goes to the disk at once."""

    number: int
    buffer: io.BytesIO
    file: File | None = None
    text: bool = True
    reads: bool = True
    writes: bool = False
    appends: bool = False
    at_end: bool = False
    address: int = 0


@dataclass(slots=True)
class Streams:
    """All streams of the process, by the address of their FILE and by number."""

    machine: Machine
    standard: int
    size: int
    by_address: dict[int, Stream] = field(default_factory=dict)
    by_number: dict[int, Stream] = field(default_factory=dict)

    def add(self, stream: Stream, address: int = 0) -> int:
        """A stream gets its FILE."""
        stream.address = address or self.machine.heap.zeroed(self.size)
        self.by_address[stream.address] = stream
        self.by_number[stream.number] = stream
        return stream.address


def streams(machine: Machine) -> Streams:
    """The streams of a process, made when they are first asked for."""
    kept = machine.keep.things.get("streams")
    if isinstance(kept, Streams):
        return kept
    size = _SIZE_32 if machine.width == 4 else _SIZE_64
    made = Streams(machine, machine.heap.zeroed(size * 20), size)
    for number in range(3):
        typed = TYPED if number == 0 else b""
        console = Stream(number, io.BytesIO(typed), reads=number == 0, writes=number > 0)
        made.add(console, made.standard + size * number)
    machine.keep.things["streams"] = made
    return made


def say(machine: Machine, data: bytes) -> None:
    """What the program prints."""
    if len(machine.output) < _OUTPUT_MAX:
        machine.output.append(data.decode("latin-1")[:4000])


def opened(machine: Machine, path: str, mode: str) -> Stream | None:
    """Open a file as fopen does; None with errno set."""
    disk = machine.disk
    known = disk.get(path)
    kind = mode[:1]
    plus = "+" in mode
    try:
        if kind == "r":
            data = disk.read(path)
        elif kind == "a" and known is not None:
            data = known.data
            disk.write(path, data, "appended to")
        else:
            data = b""
            disk.write(path, b"")
    except ScriptError as error:
        set_errno(machine, _ENOENT if error.number in (53, 76) else _EACCES)
        return None
    made = Stream(3 + len(streams(machine).by_number), io.BytesIO(data), disk.get(path))
    made.text = "b" not in mode
    made.reads, made.writes = kind == "r" or plus, kind != "r" or plus
    made.appends = kind == "a"
    if made.appends:
        made.buffer.seek(0, io.SEEK_END)
    return made


def written(machine: Machine, stream: Stream, data: bytes) -> int:
    """Write to a stream; how many bytes were taken."""
    if not stream.writes:
        return 0
    if stream.file is None:
        say(machine, data)
        return len(data)
    if stream.text:
        data_out = data.replace(b"\n", b"\r\n")
    else:
        data_out = data
    if stream.appends:
        stream.buffer.seek(0, io.SEEK_END)
    if not stream.file.written:
        machine.disk.write(stream.file.path, stream.file.data, "changed in place")
        stream.file = machine.disk.get(stream.file.path) or stream.file
    stream.buffer.write(data_out)
    machine.disk.change(stream.file, stream.buffer.getvalue())
    return len(data)


def read(stream: Stream, size: int) -> bytes:
    """Read from a stream; text streams see line ends as one character."""
    if not stream.reads:
        return b""
    if not stream.text:
        data = stream.buffer.read(size)
    else:
        found = bytearray()
        while len(found) < size:
            chunk = stream.buffer.read(size - len(found))
            if not chunk:
                break
            found += chunk.replace(b"\r\n", b"\n")
        data = bytes(found)
    stream.at_end = len(data) < size
    return data


def _line(stream: Stream, limit: int) -> bytes:
    data = stream.buffer.readline() if stream.reads else b""
    if not data:
        stream.at_end = True
        return b""
    if len(data) > limit:
        stream.buffer.seek(limit - len(data), io.SEEK_CUR)
        data = data[:limit]
    return data.replace(b"\r\n", b"\n") if stream.text else data


def _of(call: Call, index: int) -> Stream | None:
    found = streams(call.machine).by_address.get(call[index])
    if found is None:
        set_errno(call.machine, _EBADF)
    return found


constants(
    "msvcrt ucrtbase",
    "fflush/1 setvbuf/4 setbuf/2 _lock_file/1 _unlock_file/1 _set_fmode/1 _setmode/2=0x4000 "
    "_flushall/0=3 clearerr/1 _commit/1 setmode/2=0x4000",
    cleans=False,
)


@crt("__iob_func _iob_func")
def iob(call: Call) -> int:
    return streams(call.machine).standard


@crt("__acrt_iob_func")
def acrt_iob(call: Call) -> int:
    made = streams(call.machine)
    return made.standard + made.size * call.u32(0)


@crt("fopen _wfopen _fsopen _wfsopen")
def fopen(call: Call) -> int:
    wide = call.name.startswith("_w")
    stream = opened(call.machine, call.text_at(call[0], wide), call.text_at(call[1], wide))
    return streams(call.machine).add(stream) if stream is not None else 0


@crt("fopen_s _wfopen_s")
def fopen_s(call: Call) -> int:
    wide = call.name.startswith("_w")
    stream = opened(call.machine, call.text_at(call[1], wide), call.text_at(call[2], wide))
    call.put_pointer(call[0], streams(call.machine).add(stream) if stream is not None else 0)
    return 0 if stream is not None else _ENOENT


@crt("freopen")
def freopen(call: Call) -> int:
    old = _of(call, 2)
    stream = opened(call.machine, call.text_at(call[0]), call.text_at(call[1]))
    if stream is None or old is None:
        return 0
    return streams(call.machine).add(stream, old.address)


@crt("tmpfile")
def tmpfile(call: Call) -> int:
    made = Stream(90, io.BytesIO(), File("tmp", written=True), text=False, writes=True)
    return streams(call.machine).add(made)


@crt("fclose")
def fclose(call: Call) -> int:
    made = streams(call.machine)
    stream = made.by_address.pop(call[0], None)
    if stream is None:
        return _EOF
    made.by_number.pop(stream.number, None)
    return 0


@crt("fread _fread_nolock")
def fread(call: Call) -> int:
    stream = _of(call, 3)
    if stream is None or not call[1]:
        return 0
    data = read(stream, min(call[1] * call[2], 64 << 20))
    call.put(call[0], data)
    return len(data) // call[1]


@crt("fwrite _fwrite_nolock")
def fwrite(call: Call) -> int:
    stream = _of(call, 3)
    if stream is None or not call[1]:
        return 0
    data = call.machine.memory.read(call[0], call[1] * call[2])
    return written(call.machine, stream, data) // call[1]


@crt("fgets")
def fgets(call: Call) -> int:
    stream = _of(call, 2)
    data = _line(stream, max(0, call.signed(1) - 1)) if stream is not None else b""
    if not data:
        return 0
    call.put(call[0], data + b"\0")
    return call[0]


@crt("fgetws")
def fgetws(call: Call) -> int:
    stream = _of(call, 2)
    data = _line(stream, max(0, call.signed(1) - 1)) if stream is not None else b""
    if not data:
        return 0
    call.put(call[0], data.decode("latin-1").encode("utf-16-le") + b"\0\0")
    return call[0]


@crt("gets gets_s")
def gets(call: Call) -> int:
    data = _line(streams(call.machine).by_number[0], 4000)
    if not data:
        return 0
    call.put(call[0], data.rstrip(b"\n") + b"\0")
    return call[0]


@crt("fgetc getc _fgetc_nolock _filbuf _getc_nolock")
def fgetc(call: Call) -> int:
    stream = _of(call, 0)
    data = read(stream, 1) if stream is not None else b""
    return data[0] if data else _EOF


@crt("getchar _fgetchar _getch _getche")
def getchar(call: Call) -> int:
    data = read(streams(call.machine).by_number[0], 1)
    return data[0] if data else _EOF


@crt("_kbhit")
def kbhit(call: Call) -> int:
    return 1


@crt("ungetc")
def ungetc(call: Call) -> int:
    stream = _of(call, 1)
    if stream is not None and stream.buffer.tell():
        stream.buffer.seek(-1, io.SEEK_CUR)
        stream.at_end = False
    return call.signed(0)


@crt("fputc putc _fputc_nolock")
def fputc(call: Call) -> int:
    stream = _of(call, 1)
    if stream is None:
        return _EOF
    written(call.machine, stream, bytes([call[0] & 0xFF]))
    return call[0] & 0xFF


@crt("_flsbuf")
def flsbuf(call: Call) -> int:
    return fputc(call)  # type: ignore[return-value]


@crt("fputwc putwc")
def fputwc(call: Call) -> int:
    stream = _of(call, 1)
    if stream is not None:
        written(call.machine, stream, chr(call[0] & 0xFFFF).encode("latin-1", "replace"))
    return call[0] & 0xFFFF


@crt("putchar _putch _fputchar")
def putchar(call: Call) -> int:
    say(call.machine, bytes([call[0] & 0xFF]))
    return call[0] & 0xFF


@crt("puts _cputs")
def puts(call: Call) -> int:
    say(call.machine, call.machine.memory.raw_text(call[0], 1) + b"\n")
    return 0


@crt("_putws")
def putws(call: Call) -> int:
    say(call.machine, (call.machine.memory.wide(call[0]) + "\n").encode("latin-1", "replace"))
    return 0


@crt("fputs")
def fputs(call: Call) -> int:
    stream = _of(call, 1)
    if stream is not None:
        written(call.machine, stream, call.machine.memory.raw_text(call[0], 1))
    return 0


@crt("fputws")
def fputws(call: Call) -> int:
    stream = _of(call, 1)
    if stream is not None:
        text = call.machine.memory.wide(call[0])
        written(call.machine, stream, _octets(text))
    return 0


@crt("fseek _fseeki64 fseeko64")
def fseek(call: Call) -> int:
    stream = _of(call, 0)
    if stream is None:
        return -1
    whence, offset = call.signed(2), call.signed(1)
    if call.machine.width == 4 and call.name != "fseek":
        whence = call.signed(3)
    stream.buffer.seek(max(0, offset) if whence == 0 else offset, whence)
    stream.at_end = False
    return 0


@crt("ftell")
def ftell(call: Call) -> int:
    stream = _of(call, 0)
    return stream.buffer.tell() if stream is not None else -1


@crt("_ftelli64 ftello64")
def ftelli64(call: Call) -> Long:
    stream = _of(call, 0)
    return Long(stream.buffer.tell() if stream is not None else -1)


@crt("rewind")
def rewind(call: Call) -> int:
    stream = _of(call, 0)
    if stream is not None:
        stream.buffer.seek(0)
        stream.at_end = False
    return 0


@crt("fgetpos fsetpos")
def fgetpos(call: Call) -> int:
    stream = _of(call, 0)
    if stream is None:
        return -1
    if call.name == "fgetpos":
        call.put(call[1], stream.buffer.tell().to_bytes(8, "little"))
    else:
        stream.buffer.seek(int.from_bytes(call.machine.memory.read(call[1], 8), "little"))
    return 0


@crt("feof")
def feof(call: Call) -> int:
    stream = _of(call, 0)
    return 0x10 if stream is not None and stream.at_end else 0


@crt("ferror")
def ferror(call: Call) -> int:
    return 0


@crt("fileno _fileno")
def fileno(call: Call) -> int:
    stream = _of(call, 0)
    return stream.number if stream is not None else -1


@crt("_isatty isatty")
def isatty(call: Call) -> int:
    return 0x40 if call.u32(0) < 3 else 0


@crt("perror")
def perror(call: Call) -> int:
    say(call.machine, call.machine.memory.raw_text(call[0], 1) + b": No such file or directory\n")
    return 0


# --- formats -------------------------------------------------------------------------------------


def _formatted(call: Call, form: int, values: int, *, wide: bool, listed: bool) -> str:
    """A format with its values; form, values: where they stand; listed: values are a va_list."""
    given = codes.listed(call, values) if listed else codes.rest(call, values)
    return codes.printed(call.text_at(call[form], wide), given, wide)


def _octets(text: str) -> bytes:
    return text.encode("latin-1", "replace")


@crt("printf wprintf _cprintf __mingw_printf vprintf vwprintf")
def printf(call: Call) -> int:
    wide = call.name in ("wprintf", "vwprintf")
    text = _formatted(call, 0, 1, wide=wide, listed=call.name.startswith("v"))
    say(call.machine, _octets(text))
    return len(text)


@crt("fprintf fwprintf vfprintf vfwprintf fprintf_s")
def fprintf(call: Call) -> int:
    wide = "w" in call.name
    stream = _of(call, 0)
    text = _formatted(call, 1, 2, wide=wide, listed=call.name.startswith("v"))
    if stream is not None:
        written(call.machine, stream, _octets(text))
    return len(text)


@crt("__stdio_common_vfprintf __stdio_common_vfwprintf")
def common_vfprintf(call: Call) -> int:
    wide = "fw" in call.name
    shift = 0 if call.machine.width == 8 else 1
    stream = _of(call, 1 + shift)
    text = _formatted(call, 2 + shift, 4 + shift, wide=wide, listed=True)
    if stream is not None:
        written(call.machine, stream, _octets(text))
    return len(text)


def _into(call: Call, place: int, room: int, text: str, wide: bool) -> int:
    data = text.encode("utf-16-le", "replace") if wide else _octets(text)
    unit = 2 if wide else 1
    if place and room * unit > len(data):
        call.put(place, data + bytes(unit))
    elif place and room:
        call.put(place, data[: room * unit])
        return -1
    return len(text)


@crt(
    "__stdio_common_vsprintf __stdio_common_vswprintf __stdio_common_vsprintf_s "
    "__stdio_common_vsnprintf_s __stdio_common_vswprintf_s"
)
def common_vsprintf(call: Call) -> int:
    wide = "vsw" in call.name
    shift = 0 if call.machine.width == 8 else 1
    more = 1 if "snprintf_s" in call.name else 0
    room = min(call[2 + shift], 1 << 24)
    text = _formatted(call, 3 + shift + more, 5 + shift + more, wide=wide, listed=True)
    if room and len(text) >= room:
        _into(call, call[1 + shift], room, text[: room - 1], wide)
        return len(text) if call[0] & 2 else -1
    return _into(call, call[1 + shift], room, text, wide)


@crt("sprintf swprintf vsprintf vswprintf _swprintf")
def sprintf(call: Call) -> int:
    wide = "sw" in call.name
    counted = call.name == "vswprintf" or (call.name == "swprintf" and call[1] < 0x10000)
    first = 2 if counted else 1
    text = _formatted(call, first, first + 1, wide=wide, listed=call.name[0] == "v")
    return _into(call, call[0], 1 << 20, text, wide)


@crt(
    "_snprintf snprintf _vsnprintf vsnprintf _snwprintf _vsnwprintf sprintf_s vsprintf_s "
    "swprintf_s vswprintf_s _scprintf"
)
def snprintf(call: Call) -> int:
    wide = "w" in call.name
    if call.name == "_scprintf":
        return len(codes.printed(call.text_at(call[0]), codes.rest(call, 1)))
    text = _formatted(call, 2, 3, wide=wide, listed="v" in call.name[:2])
    room = min(call[1], 1 << 24)
    if call.name.endswith("nprintf") and not call.name.startswith("_") and room <= len(text):
        _into(call, call[0], room, text[: max(0, room - 1)], wide)
        return len(text)
    return _into(call, call[0], room, text, wide)


@crt("_snprintf_s _vsnprintf_s")
def snprintf_s(call: Call) -> int:
    values = codes.listed(call, 4) if "v" in call.name[:2] else codes.rest(call, 4)
    text = codes.printed(call.text_at(call[3]), values)
    return _into(call, call[0], min(call[1], 1 << 20), text[: max(0, call[1] - 1)], False)


@api("user32", "wsprintfA wsprintfW", 0, cleans=False)
def wsprintf(call: Call) -> int:
    text = codes.printed(call.text(1), codes.rest(call, 2), call.wide)
    return _into(call, call[0], 1025, text[:1024], call.wide)


@api("user32", "wvsprintfA wvsprintfW", 3)
def wvsprintf(call: Call) -> int:
    text = codes.printed(call.text(1), codes.listed(call, 2), call.wide)
    return _into(call, call[0], 1025, text[:1024], call.wide)


@crt("sscanf swscanf sscanf_s")
def sscanf(call: Call) -> int:
    wide = call.name == "swscanf"
    text, form = call.text_at(call[0], wide), call.text_at(call[1], wide)
    return codes.scanned(text, form, codes.rest(call, 2), call.put)[0]


@crt("scanf scanf_s")
def scanf(call: Call) -> int:
    return _scan_stream(call, streams(call.machine).by_number[0], 0)


@crt("fscanf fscanf_s")
def fscanf(call: Call) -> int:
    stream = _of(call, 0)
    return _scan_stream(call, stream, 1) if stream is not None else _EOF


def _scan_stream(call: Call, stream: Stream, index: int) -> int:
    start = stream.buffer.tell()
    text = stream.buffer.read(1 << 16).decode("latin-1").replace("\r\n", "\n")
    form = call.text_at(call[index], False)
    stored, used = codes.scanned(text, form, codes.rest(call, index + 1), call.put)
    raw = stream.buffer.getvalue()[start:].decode("latin-1")
    plain = 0
    while used and plain < len(raw):
        used -= 0 if raw[plain : plain + 2] == "\r\n" else 1
        plain += 1
    stream.buffer.seek(start + plain)
    stream.at_end = start + plain >= len(stream.buffer.getvalue())
    return stored


# --- numbers of open files -----------------------------------------------------------------------


@crt("_open open _wopen _sopen")
def low_open(call: Call) -> int:
    wide = call.name == "_wopen"
    flags = call.u32(1)
    mode = "rb" if flags & 3 == 0 else "ab" if flags & 8 else "wb" if flags & 0x300 else "r+b"
    stream = opened(call.machine, call.text_at(call[0], wide), mode)
    if stream is None:
        return -1
    streams(call.machine).add(stream)
    return stream.number


@crt("_read read")
def low_read(call: Call) -> int:
    stream = streams(call.machine).by_number.get(call.u32(0))
    if stream is None:
        return -1
    data = stream.buffer.read(call.u32(2))
    call.put(call[1], data)
    return len(data)


@crt("_write write")
def low_write(call: Call) -> int:
    stream = streams(call.machine).by_number.get(call.u32(0))
    if stream is None:
        return -1
    return written(call.machine, stream, call.machine.memory.read(call[1], call.u32(2)))


@crt("_close close")
def low_close(call: Call) -> int:
    made = streams(call.machine)
    stream = made.by_number.pop(call.u32(0), None)
    if stream is not None:
        made.by_address.pop(stream.address, None)
    return 0 if stream is not None else -1


@crt("_lseek lseek")
def low_seek(call: Call) -> int:
    stream = streams(call.machine).by_number.get(call.u32(0))
    return stream.buffer.seek(call.signed(1), call.signed(2)) if stream is not None else -1


@crt("_get_osfhandle")
def os_handle(call: Call) -> int:
    return (0x10, 0x14, 0x18)[call.u32(0)] if call.u32(0) < 3 else 0x1C
