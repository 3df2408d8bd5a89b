"""Rectangles, and what a program asks about its windows, texts and pictures before it draws."""

from __future__ import annotations

import struct

from gateway.emulation.winapi.api.windows import desk
from gateway.emulation.winapi.calls import ERROR_FILE_NOT_FOUND, Call, api

_CHARACTER = (8, 16)
"""Width and height of every character, as in a terminal's font."""

_SCREEN = (1920, 1080)
_BITMAP = (64, 64)

Rectangle = tuple[int, int, int, int]


def _rectangle(call: Call, place: int) -> Rectangle:
    left, top, right, bottom = struct.unpack("<4i", call.machine.memory.read(place, 16))
    return left, top, right, bottom


def _put(call: Call, place: int, rectangle: Rectangle) -> int:
    """Write it; whether anything is in it."""
    left, top, right, bottom = (_short(value) for value in rectangle)
    call.put(place, struct.pack("<4i", left, top, right, bottom))
    return int(right > left and bottom > top)


def _short(value: int) -> int:
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


@api("user32", "SetRect", 5)
def set_rect(call: Call) -> int:
    _put(call, call[0], (call.signed(1), call.signed(2), call.signed(3), call.signed(4)))
    return 1


@api("user32", "SetRectEmpty", 1)
def set_rect_empty(call: Call) -> int:
    _put(call, call[0], (0, 0, 0, 0))
    return 1


@api("user32", "CopyRect", 2)
def copy_rect(call: Call) -> int:
    _put(call, call[0], _rectangle(call, call[1]))
    return 1


@api("user32", "IsRectEmpty", 1)
def is_rect_empty(call: Call) -> int:
    left, top, right, bottom = _rectangle(call, call[0])
    return int(right <= left or bottom <= top)


@api("user32", "EqualRect", 2)
def equal_rect(call: Call) -> int:
    return int(_rectangle(call, call[0]) == _rectangle(call, call[1]))


@api("user32", "InflateRect OffsetRect", 3)
def move_rect(call: Call) -> int:
    left, top, right, bottom = _rectangle(call, call[0])
    x, y = call.signed(1), call.signed(2)
    back = -1 if call.name == "InflateRect" else 1
    _put(call, call[0], (left + back * x, top + back * y, right + x, bottom + y))
    return 1


@api("user32", "IntersectRect UnionRect SubtractRect", 3)
def join_rects(call: Call) -> int:
    first, second = _rectangle(call, call[1]), _rectangle(call, call[2])
    if call.name == "SubtractRect":
        return _put(call, call[0], first)
    outer, inner = (max, min) if call.name == "IntersectRect" else (min, max)
    made = (
        *(outer(first[0], second[0]), outer(first[1], second[1])),
        *(inner(first[2], second[2]), inner(first[3], second[3])),
    )
    if made[2] <= made[0] or made[3] <= made[1]:
        made = (0, 0, 0, 0)
    return _put(call, call[0], made)


@api("user32", "PtInRect", 2)
def point_in_rect(call: Call) -> int:
    """A POINT by value: one register of 64 bits, or two words of the 32-bit stack."""
    left, top, right, bottom = _rectangle(call, call[0])
    x = call.signed(1)
    y = _short(call[1] >> 32) if call.machine.width == 8 else call.signed(2)
    return int(left <= x < right and top <= y < bottom)


# --- windows -------------------------------------------------------------------------------------


@api("user32", "GetClassNameA GetClassNameW RealGetWindowClassA RealGetWindowClassW", 3)
def class_name(call: Call) -> int:
    text = "#32770"[: max(0, call.signed(2) - 1)]
    call.put(call[1], call.encoded(text))
    return len(text)


@api("user32", "GetClassInfoA GetClassInfoW GetClassInfoExA GetClassInfoExW", 3)
def class_info(call: Call) -> int:
    return call.fail(ERROR_FILE_NOT_FOUND)


@api("user32", "GetWindowPlacement", 2)
def window_placement(call: Call) -> int:
    call.put(call[1], struct.pack("<III4i4i", 44, 0, 1, -1, -1, -1, -1, 100, 100, 900, 700))
    return 1


@api("user32", "GetWindowTextLengthA GetWindowTextLengthW", 1)
def window_text_length(call: Call) -> int:
    return len(desk(call).texts.get(call[0], "Inbox - Outlook"))


@api("user32", "GetScrollInfo", 3)
def scroll_info(call: Call) -> int:
    call.put(call[2] + 8, struct.pack("<iiIii", 0, 100, 10, 0, 0))
    return 1


@api("user32", "GetScrollRange", 4)
def scroll_range(call: Call) -> int:
    call.put_u32(call[2], 0)
    call.put_u32(call[3], 100)
    return 1


@api("user32", "GetDlgItemInt", 4)
def item_number(call: Call) -> int:
    call.put_u32(call[2], 1)
    return 12


# --- texts and pictures --------------------------------------------------------------------------


@api("gdi32", "GetTextMetricsA GetTextMetricsW", 2)
def text_metrics(call: Call) -> int:
    width, height = _CHARACTER
    numbers = (height, 13, 3, 3, 0, width, width, 400, 0, 96, 96)
    rest = struct.pack("<HHHH", 32, 255, 31, 32) if call.wide else b"\x20\xff\x1f\x20"
    call.put(call[1], struct.pack("<11i", *numbers) + rest + bytes((0, 0, 0, 0x36, 0)))
    return 1


def _extent(call: Call, count: int, place: int) -> int:
    call.put(place, struct.pack("<ii", _CHARACTER[0] * max(0, min(count, 4096)), _CHARACTER[1]))
    return 1


@api(
    "gdi32",
    "GetTextExtentPoint32A GetTextExtentPoint32W GetTextExtentPointA GetTextExtentPointW",
    4,
)
def text_extent(call: Call) -> int:
    return _extent(call, call.signed(2), call[3])


@api("gdi32", "GetTextExtentExPointA GetTextExtentExPointW", 7)
def text_extent_ex(call: Call) -> int:
    call.put_u32(call[4], call.u32(2))
    return _extent(call, call.signed(2), call[6])


@api("user32", "DrawTextExA DrawTextExW", 6)
def draw_text_ex(call: Call) -> int:
    return _CHARACTER[1]


@api("gdi32", "GetCharWidth32A GetCharWidth32W GetCharWidthA GetCharWidthW", 4)
def character_widths(call: Call) -> int:
    count = max(0, min(call.u32(2) - call.u32(1) + 1, 1024))
    call.put(call[3], struct.pack("<i", _CHARACTER[0]) * count)
    return 1


@api("gdi32", "GetObjectA GetObjectW", 3)
def object_data(call: Call) -> int:
    """A bitmap's, which is what programs ask about most."""
    width, height = _BITMAP
    form = "<iiiiHHxxxxQ" if call.machine.width == 8 else "<iiiiHHI"
    data = struct.pack(form, 0, width, height, 4 * width, 1, 32, 0)
    if not call[2]:
        return len(data)
    call.put(call[2], data[: max(0, call.signed(1))])
    return min(len(data), max(0, call.signed(1)))


@api("gdi32", "GetClipBox", 2)
def clip_box(call: Call) -> int:
    _put(call, call[1], (0, 0, *_SCREEN))
    return 2


@api("user32", "EnumDisplaySettingsA EnumDisplaySettingsW", 3)
def display_settings(call: Call) -> int:
    """DEVMODE: the current mode, then no further ones."""
    if call.signed(1) > 0:
        return 0
    names = 64 if call.wide else 32
    place = call[2] + 2 * names + 40  # dmBitsPerPel, behind both names
    call.put(place, struct.pack("<IIIII", 32, *_SCREEN, 0, 60))
    return 1


@api("winspool.drv", "GetDefaultPrinterA GetDefaultPrinterW", 2)
def default_printer(call: Call) -> int:
    """As on a desk without a printer."""
    call.put_u32(call[1], 0)
    return call.fail(ERROR_FILE_NOT_FOUND)
