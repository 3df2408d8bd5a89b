"""Character sets and locales of kernel32."""

from __future__ import annotations

import time

from gateway.emulation.winapi.calls import Call, api
from gateway.emulation.windows import facts

PAGES = {65001: "utf-8", 437: "cp437", 850: "cp850", 1200: "utf-16-le"}
"""Character sets by their numbers; all others are taken for Western European text."""

_MAX = 1 << 24


@api("kernel32", "MultiByteToWideChar", 6)
def multi_byte_to_wide(call: Call) -> int:
    memory = call.machine.memory
    size = call.signed(3)
    raw = memory.raw_text(call[2], 1) + b"\0" if size < 0 else memory.read(call[2], min(size, _MAX))
    text = raw.decode(PAGES.get(call.u32(0), "latin-1"), "replace")
    data = text.encode("utf-16-le")
    room = call.signed(5)
    if room == 0:
        return len(data) // 2
    if room * 2 < len(data):
        return call.fail(122)
    call.put(call[4], data)
    return len(data) // 2


@api("kernel32", "WideCharToMultiByte", 8)
def wide_to_multi_byte(call: Call) -> int:
    memory = call.machine.memory
    size = call.signed(3)
    raw = (
        memory.raw_text(call[2], 2) + b"\0\0"
        if size < 0
        else memory.read(call[2], min(2 * size, _MAX))
    )
    data = raw.decode("utf-16-le", "replace").encode(PAGES.get(call.u32(0), "latin-1"), "replace")
    room = call.signed(5)
    if room == 0:
        return len(data)
    if room < len(data):
        return call.fail(122)
    call.put(call[4], data)
    call.put_u32(call[7], 0)
    return len(data)


@api("kernel32", "GetCPInfo", 2)
def cp_info(call: Call) -> int:
    call.put(call[1], b"\1\0\0\0?\0" + bytes(14))
    return 1


@api("kernel32", "LCMapStringA LCMapStringW", 6)
def lc_map(call: Call) -> int:
    return _mapped(call, call.u32(1), 2)


@api("kernel32", "LCMapStringEx", 9)
def lc_map_ex(call: Call) -> int:
    return _mapped(call, call.u32(1), 2, wide=True)


def _mapped(call: Call, flags: int, index: int, *, wide: bool | None = None) -> int:
    unit = 2 if (call.wide if wide is None else wide) else 1
    memory, size = call.machine.memory, call.signed(index + 1)
    raw = (
        memory.raw_text(call[index], unit) + bytes(unit)
        if size < 0
        else memory.read(call[index], size * unit)
    )
    text = raw.decode("utf-16-le" if unit == 2 else "latin-1", "replace")
    text = text.lower() if flags & 0x100 else text.upper() if flags & 0x200 else text
    data = text.encode("utf-16-le" if unit == 2 else "latin-1", "replace")
    room = call.signed(index + 3)
    if room:
        call.put(call[index + 2], data[: room * unit])
    return len(data) // unit


@api("kernel32", "CompareStringA CompareStringW", 6)
def compare_string(call: Call) -> int:
    unit = 2 if call.wide else 1
    texts = []
    for index in (2, 4):
        size = call.signed(index + 1)
        raw = call.machine.memory.raw_text(call[index], unit, size if size >= 0 else 1 << 16)
        text = raw.decode("utf-16-le" if unit == 2 else "latin-1", "replace")
        texts.append(text.lower() if call.u32(1) & 1 else text)
    return 2 + (texts[0] > texts[1]) - (texts[0] < texts[1])


@api("kernel32", "GetStringTypeW", 4)
def string_type(call: Call) -> int:
    from gateway.emulation.winapi.api.variables import _class

    size = call.signed(2)
    text = call.machine.memory.wide(call[1], size if size > 0 else 4096)
    kinds = b"".join(
        _class(ord(char) if ord(char) < 256 else 0x61).to_bytes(2, "little") for char in text
    )
    call.put(call[3], kinds)
    return 1


@api("kernel32", "GetLocaleInfoA GetLocaleInfoW", 4)
def locale_info(call: Call) -> int:
    text = {0x59: "en", 0x5A: "US", 0x2: "English", 0x6: "United States", 0x0E: ".", 0x0F: ","}.get(
        call.u32(1) & 0xFFFF, "en-US"
    )
    if not call.u32(3):
        return len(text) + 1
    call.put(call[2], call.encoded(text[: call.u32(3) - 1]))
    return len(text) + 1


@api("kernel32", "GetUserDefaultLocaleName GetSystemDefaultLocaleName", 2)
def locale_name(call: Call) -> int:
    call.put(call[0], call.encoded("en-US", True))
    return 6


@api("kernel32", "GetDateFormatA GetDateFormatW GetTimeFormatA GetTimeFormatW", 6)
def date_format(call: Call) -> int:
    form = "%m/%d/%Y" if "Date" in call.name else "%H:%M:%S"
    text = time.strftime(form, time.gmtime(facts.START_TIME + call.machine.now()))
    if call.u32(5):
        call.put(call[4], call.encoded(text[: call.u32(5) - 1]))
    return len(text) + 1
