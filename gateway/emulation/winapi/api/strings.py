"""Texts and bytes of the C runtime and of kernel32: copying, comparing, searching, changing."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.winapi.calls import Call, api, crt
from gateway.emulation.winapi.memory import Memory

_COUNT_MAX = 64 << 20


def _is_wide(call: Call) -> bool:
    return "wcs" in call.name or call.name.startswith("_w") or call.name.endswith("W")


def _unit(call: Call) -> int:
    return 2 if _is_wide(call) else 1


def _raw(call: Call, index: int, limit: int = 1 << 20) -> bytes:
    return call.machine.memory.raw_text(call[index], _unit(call), limit)


def _memory(call: Call) -> Memory:
    return call.machine.memory


def _sign(first: object, second: object) -> int:
    left, right = str(first), str(second)
    return (left > right) - (left < right)


@crt("memcpy memmove")
def memcpy(call: Call) -> int:
    call.put(call[0], _memory(call).read(call[1], min(call[2], _COUNT_MAX)))
    return call[0]


@crt("wmemcpy wmemmove")
def wmemcpy(call: Call) -> int:
    call.put(call[0], _memory(call).read(call[1], min(2 * call[2], _COUNT_MAX)))
    return call[0]


@crt("memcpy_s memmove_s")
def memcpy_s(call: Call) -> int:
    call.put(call[0], _memory(call).read(call[2], min(call[3], call[1])))
    return 0


@api("kernel32 ntdll", "RtlMoveMemory RtlCopyMemory", 3)
def move_memory(call: Call) -> int:
    call.put(call[0], _memory(call).read(call[1], min(call[2], _COUNT_MAX)))
    return call[0]


@crt("memset")
def memset(call: Call) -> int:
    call.put(call[0], bytes([call[1] & 0xFF]) * min(call[2], _COUNT_MAX))
    return call[0]


@crt("wmemset")
def wmemset(call: Call) -> int:
    call.put(call[0], (call[1] & 0xFFFF).to_bytes(2, "little") * min(call[2], _COUNT_MAX))
    return call[0]


@api("kernel32 ntdll", "RtlFillMemory", 3)
def fill_memory(call: Call) -> int:
    call.put(call[0], bytes([call[2] & 0xFF]) * min(call[1], _COUNT_MAX))
    return 0


@api("kernel32 ntdll", "RtlZeroMemory RtlSecureZeroMemory", 2)
def zero_memory(call: Call) -> int:
    call.put(call[0], bytes(min(call[1], _COUNT_MAX)))
    return 0


@crt("memcmp")
def memcmp(call: Call) -> int:
    first = _memory(call).read(call[0], min(call[2], _COUNT_MAX))
    second = _memory(call).read(call[1], min(call[2], _COUNT_MAX))
    return (first > second) - (first < second)


@crt("memchr")
def memchr(call: Call) -> int:
    data = _memory(call).read(call[0], min(call[2], 1 << 20))
    position = data.find(bytes([call[1] & 0xFF]))
    return call[0] + position if position >= 0 else 0


@crt("strlen wcslen")
def strlen(call: Call) -> int:
    return len(_raw(call, 0, 16 << 20)) // _unit(call)


@crt("strnlen wcsnlen strnlen_s")
def strnlen(call: Call) -> int:
    return len(_raw(call, 0, min(call[1], 1 << 20))) // _unit(call)


@api("kernel32", "lstrlenA lstrlenW", 1)
def lstrlen(call: Call) -> int:
    return len(_raw(call, 0)) // _unit(call) if call[0] else 0


def _copy(call: Call) -> int:
    call.put(call[0], _raw(call, 1) + bytes(_unit(call)))
    return call[0]


crt("strcpy wcscpy _mbscpy")(_copy)
api("kernel32", "lstrcpyA lstrcpyW lstrcpy", 2)(_copy)


@api("kernel32", "lstrcpynA lstrcpynW", 3)
def lstrcpyn(call: Call) -> int:
    call.put(call[0], _raw(call, 1, max(0, call.signed(2) - 1)) + bytes(_unit(call)))
    return call[0]


@crt("strcpy_s wcscpy_s")
def strcpy_s(call: Call) -> int:
    data = call.machine.memory.raw_text(call[2], _unit(call), max(0, min(call[1], 1 << 20) - 1))
    call.put(call[0], data + bytes(_unit(call)))
    return 0


@crt("strncpy wcsncpy")
def strncpy(call: Call) -> int:
    count = min(call[2], 1 << 20)
    call.put(call[0], _raw(call, 1, count).ljust(count * _unit(call), b"\0"))
    return call[0]


@crt("strncpy_s wcsncpy_s")
def strncpy_s(call: Call) -> int:
    room, count = min(call[1], 1 << 20), min(call[3], 1 << 20)
    data = call.machine.memory.raw_text(call[2], _unit(call), max(0, min(room - 1, count)))
    call.put(call[0], data + bytes(_unit(call)))
    return 0


def _append(call: Call) -> int:
    call.put(call[0] + len(_raw(call, 0)), _raw(call, 1) + bytes(_unit(call)))
    return call[0]


crt("strcat wcscat")(_append)
api("kernel32", "lstrcatA lstrcatW lstrcat", 2)(_append)


@crt("strcat_s wcscat_s")
def strcat_s(call: Call) -> int:
    start = len(_raw(call, 0))
    call.put(call[0] + start, call.machine.memory.raw_text(call[2], _unit(call)) + bytes(2))
    return 0


@crt("strncat wcsncat")
def strncat(call: Call) -> int:
    start = len(_raw(call, 0))
    call.put(call[0] + start, _raw(call, 1, min(call[2], 1 << 20)) + bytes(_unit(call)))
    return call[0]


def _text(call: Call, index: int, limit: int = 1 << 20) -> str:
    raw = _raw(call, index, limit)
    return raw.decode("utf-16-le", "replace") if _is_wide(call) else raw.decode("latin-1")


@crt("strcmp wcscmp strcoll wcscoll _mbscmp")
def strcmp(call: Call) -> int:
    return _sign(_text(call, 0), _text(call, 1))


@crt("_stricmp _strcmpi _wcsicmp stricmp strcasecmp _stricoll _mbsicmp")
def stricmp(call: Call) -> int:
    return _sign(_text(call, 0).lower(), _text(call, 1).lower())


@crt("strncmp wcsncmp")
def strncmp(call: Call) -> int:
    count = min(call[2], 1 << 20)
    return _sign(_text(call, 0, count), _text(call, 1, count))


@crt("_strnicmp _wcsnicmp strnicmp strncasecmp")
def strnicmp(call: Call) -> int:
    count = min(call[2], 1 << 20)
    return _sign(_text(call, 0, count).lower(), _text(call, 1, count).lower())


@api("kernel32 shlwapi", "lstrcmpA lstrcmpW StrCmpA StrCmpW", 2)
def lstrcmp(call: Call) -> int:
    return _sign(_text(call, 0), _text(call, 1))


@api("kernel32 shlwapi", "lstrcmpiA lstrcmpiW StrCmpIA StrCmpIW", 2)
def lstrcmpi(call: Call) -> int:
    return _sign(_text(call, 0).lower(), _text(call, 1).lower())


def _found(call: Call, position: int) -> int:
    return call[0] + position * _unit(call) if position >= 0 else 0


@crt("strstr wcsstr")
def strstr(call: Call) -> int:
    return _found(call, _text(call, 0).find(_text(call, 1)))


@api("shlwapi", "StrStrA StrStrW", 2)
def shell_strstr(call: Call) -> int:
    return _found(call, _text(call, 0).find(_text(call, 1)))


@api("shlwapi", "StrStrIA StrStrIW", 2)
def shell_stristr(call: Call) -> int:
    return _found(call, _text(call, 0).lower().find(_text(call, 1).lower()))


@crt("strchr wcschr")
def strchr(call: Call) -> int:
    char = chr(call[1] & (0xFFFF if _is_wide(call) else 0xFF))
    text = _text(call, 0)
    return _found(call, text.find(char) if char != "\0" else len(text))


@crt("strrchr wcsrchr")
def strrchr(call: Call) -> int:
    char = chr(call[1] & (0xFFFF if _is_wide(call) else 0xFF))
    text = _text(call, 0)
    return _found(call, text.rfind(char) if char != "\0" else len(text))


@crt("strpbrk wcspbrk")
def strpbrk(call: Call) -> int:
    wanted = _text(call, 1)
    places = [place for place, char in enumerate(_text(call, 0)) if char in wanted]
    return _found(call, places[0] if places else -1)


@crt("strspn strcspn wcsspn wcscspn")
def strspn(call: Call) -> int:
    text, wanted = _text(call, 0), _text(call, 1)
    inside = "cspn" not in call.name
    for place, char in enumerate(text):
        if (char in wanted) != inside:
            return place
    return len(text)


@crt("strtok wcstok")
def strtok(call: Call) -> int:
    return _token(call, "token")


@crt("strtok_s strtok_r")
def strtok_s(call: Call) -> int:
    kept = call.machine.keep.things
    kept["token of a pointer"] = call.machine.memory.pointer(call[2])
    found = _token(call, "token of a pointer")
    call.put_pointer(call[2], int(kept["token of a pointer"]))
    return found


def _token(call: Call, name: str) -> int:
    kept, unit = call.machine.keep.things, _unit(call)
    start = call[0] or int(kept.get(name, 0))
    if not start:
        return 0
    memory, marks = call.machine.memory, _text(call, 1)
    read: Callable[[int], str] = memory.wide if unit == 2 else memory.ansi
    text = read(start)
    skipped = len(text) - len(text.lstrip(marks)) if marks else 0
    rest = text[skipped:]
    if not rest:
        kept[name] = 0
        return 0
    ends = [place for place, char in enumerate(rest) if char in marks]
    found = start + skipped * unit
    if ends:
        call.put(found + ends[0] * unit, bytes(unit))
        kept[name] = found + (ends[0] + 1) * unit
    else:
        kept[name] = found + len(rest) * unit
    return found


@crt("_strdup strdup _wcsdup wcsdup _mbsdup")
def strdup(call: Call) -> int:
    return call.machine.heap.keep(_raw(call, 0) + bytes(_unit(call)))


@api("shlwapi", "StrDupA StrDupW", 1)
def shell_strdup(call: Call) -> int:
    return call.machine.heap.keep(_raw(call, 0) + bytes(_unit(call)))


def _changed(call: Call, change: Callable[[str], str]) -> int:
    text = change(_text(call, 0))
    encoding = "utf-16-le" if _is_wide(call) else "latin-1"
    call.put(call[0], text.encode(encoding, "replace"))
    return call[0]


@crt("_strlwr _wcslwr strlwr")
def strlwr(call: Call) -> int:
    return _changed(call, str.lower)


@crt("_strupr _wcsupr strupr")
def strupr(call: Call) -> int:
    return _changed(call, str.upper)


@crt("_strrev _wcsrev strrev")
def strrev(call: Call) -> int:
    return _changed(call, lambda text: text[::-1])


@api("user32", "CharLowerA CharLowerW CharUpperA CharUpperW", 1)
def char_case(call: Call) -> int:
    lower = "Lower" in call.name
    if call[0] < 0x10000:
        char = chr(call[0])
        return ord((char.lower() if lower else char.upper())[0])
    return _changed(call, str.lower if lower else str.upper)


@api("user32", "CharLowerBuffA CharLowerBuffW CharUpperBuffA CharUpperBuffW", 2)
def char_buffer(call: Call) -> int:
    text = _text(call, 0, call.u32(1))
    changed = text.lower() if "Lower" in call.name else text.upper()
    call.put(call[0], changed.encode("utf-16-le" if call.wide else "latin-1", "replace"))
    return call.u32(1)


@api("user32", "CharNextA CharNextW", 1)
def char_next(call: Call) -> int:
    return call[0] + _unit(call) if call.machine.memory.read(call[0], 1) != b"\0" else call[0]


@crt("tolower toupper towlower towupper _tolower _toupper")
def tolower(call: Call) -> int:
    code = call[0] & 0xFFFF
    if not 0 < code < 0xFFFF:
        return call.signed(0)
    changed = chr(code).lower() if "lower" in call.name else chr(code).upper()
    return ord(changed[0]) if len(changed) == 1 else code


def _class(names: str, test: Callable[[str], bool]) -> None:
    crt(names)(lambda call: int(call[0] < 0x10000 and test(chr(call[0] & 0xFFFF))))


for _names, _test in (
    ("isalpha iswalpha", str.isalpha),
    ("isdigit iswdigit", str.isdecimal),
    ("isalnum iswalnum", str.isalnum),
    ("isspace iswspace", lambda char: char in " \t\n\r\v\f"),
    ("isupper iswupper", str.isupper),
    ("islower iswlower", str.islower),
    ("isprint iswprint", str.isprintable),
    ("isgraph", lambda char: char.isprintable() and char != " "),
    ("iscntrl iswcntrl", lambda char: ord(char) < 32 or ord(char) == 127),
    ("isxdigit iswxdigit", lambda char: char in "0123456789abcdefABCDEF"),
    ("ispunct iswpunct", lambda char: char.isprintable() and not char.isalnum() and char != " "),
    ("isascii __isascii", lambda char: ord(char) < 128),
):
    _class(_names, _test)


@crt("_isctype isctype")
def isctype(call: Call) -> int:
    from gateway.emulation.winapi.api.variables import _class as kind

    return kind(call[0] & 0xFF) & call.u32(1)


@api("user32 kernel32", "IsCharAlphaA IsCharAlphaW", 1)
def is_char_alpha(call: Call) -> int:
    return int(chr(call[0] & 0xFFFF).isalpha())


@crt("wcstombs mbstowcs")
def wcstombs(call: Call) -> int:
    limit = min(call[2], 1 << 20) if call[0] else 1 << 20
    if call.name == "wcstombs":
        data = call.machine.memory.wide(call[1], limit).encode("latin-1", "replace")
        end, unit = b"\0", 1
    else:
        data = call.machine.memory.ansi(call[1], limit).encode("utf-16-le")
        end, unit = b"\0\0", 2
    if call[0]:
        call.put(call[0], data + end if len(data) // unit < limit else data)
    return len(data) // unit


@crt("mbtowc")
def mbtowc(call: Call) -> int:
    if not call[1]:
        return 0
    char = call.machine.memory.read(call[1], 1)
    call.put(call[0], char + b"\0")
    return int(char != b"\0")


@crt("wctomb")
def wctomb(call: Call) -> int:
    call.put(call[0], bytes([call[1] & 0xFF]))
    return 1


@crt("mbrtowc wcrtomb mbrlen")
def mbrtowc(call: Call) -> int:
    if call.name == "wcrtomb":
        call.put(call[0], bytes([call[1] & 0xFF]))
        return 1
    if not call[1]:
        return 0
    char = call.machine.memory.read(call[1], 1)
    if call.name == "mbrtowc":
        call.put(call[0], char + b"\0")
    return int(char != b"\0")


@crt("strxfrm")
def strxfrm(call: Call) -> int:
    raw = _raw(call, 1)
    if len(raw) < call[2]:
        call.put(call[0], raw + b"\0")
    return len(raw)


@crt("strerror _strerror")
def strerror(call: Call) -> int:
    return call.machine.heap.keep(b"No such file or directory\0")
