"""Keys as the keyboard itself tells them (raw input), and the names of keys.

A program that asks for them although its window is not in front hears what is typed elsewhere.
"""

from __future__ import annotations

import struct

from gateway.emulation.winapi.api.windows import desk
from gateway.emulation.winapi.calls import Call, api, constants

WM_INPUT, WM_KEYDOWN = 0xFF, 0x100
_KEYS = "HELLO2"
"""What is typed while somebody listens."""

_SINK = 0x100 | 0x1000
"""RIDEV_INPUTSINK and RIDEV_EXINPUTSINK: hear what is typed in other windows, too."""

_KEYBOARD = (1, 6)
"""Usage page and usage of keyboards (HID)."""

_HEADER_ONLY = 0x10000005
_KEY_DEVICE = 0x10091
_FAILED = 0xFFFFFFFF

constants("user32", "DefRawInputProc/3=0 GetRegisteredRawInputDevices/3=0 GetRawInputBuffer/3=0")


@api("user32", "RegisterRawInputDevices", 3)
def register(call: Call) -> int:
    memory, width = call.machine.memory, call.machine.width
    for number in range(min(call.u32(1), 16)):
        place = call[0] + number * (8 + width)
        page, usage, flags = struct.unpack("<HHI", memory.read(place, 8))
        if (page, usage) != _KEYBOARD:
            continue
        window = memory.pointer(place + 8)
        if flags & _SINK:
            call.saw("keyboard of all programs")
        typed = [(window, WM_INPUT, 0, ord(key)) for key in _KEYS]
        desk(call).queue.extend(typed)
    return 1


@api("user32", "GetRawInputData", 5)
def data(call: Call) -> int:
    """RAWINPUT of a key: its number is that of the message (see `register`)."""
    width = call.machine.width
    key = call[0] & 0xFF
    form = "<IIQQ" if width == 8 else "<IIII"
    keyboard = struct.pack("<HHHHII", 30, 0, 0, key, WM_KEYDOWN, 0)
    header = struct.pack(form, 1, struct.calcsize(form) + len(keyboard), _KEY_DEVICE, 0)
    whole = header if call.u32(1) == _HEADER_ONLY else header + keyboard
    room = call.machine.memory.u32(call[3])
    call.put_u32(call[3], len(whole))
    if not call[2]:
        return 0
    if room < len(whole):
        return call.fail(122, _FAILED)
    call.put(call[2], whole)
    return len(whole)


@api("user32", "GetRawInputDeviceInfoA GetRawInputDeviceInfoW", 4)
def device_info(call: Call) -> int:
    call.put_u32(call[3], 0)
    return 0


@api("user32", "GetKeyNameTextA GetKeyNameTextW", 3)
def key_name(call: Call) -> int:
    """The name of a key by its place on the keyboard (bits 16 to 23)."""
    text = chr(0x41 + (call.u32(0) >> 16 & 0xFF) % 26)[: max(0, call.signed(2) - 1)]
    call.put(call[1], call.encoded(text))
    return len(text)
