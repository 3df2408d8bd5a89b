"""Windows, messages, dialogues, keys, the clipboard. A window lives as long as a person needs to
look at it: it is painted, its timers fire a few times, then somebody closes it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from gateway.emulation.winapi.calls import Call, Invoke, Running, api, constants
from gateway.emulation.winapi.handles import Plain

WM_CREATE, WM_DESTROY, WM_PAINT, WM_CLOSE, WM_QUIT = 1, 2, 0xF, 0x10, 0x12
WM_KEYDOWN, WM_TIMER, WM_INITDIALOG, WM_COMMAND = 0x100, 0x113, 0x110, 0x111
_TIMER_FIRES = 4
_MESSAGES_MAX = 400
_IDOK, _IDYES = 1, 6
_ENDED = "dialogue ended"

_OBSERVERS = (
    *("ollydbg", "x64dbg", "windbg", "wireshark", "idaq", "ida64", "procmon"),
    *("vboxtray", "vmware"),
)
"""Windows of those who look at programs."""

constants(
    "user32 gdi32",
    "ShowWindow/2=1 UpdateWindow/1=1 TranslateMessage/1=1 GetDC/1=0x6001 ReleaseDC/2=1 "
    "CreateDCA/4=0x6001 CreateDCW/4=0x6001 "
    "EndPaint/2=1 GetDesktopWindow/0=0x10010 GetForegroundWindow/0=0x10020 "
    "SetForegroundWindow/1=1 LoadIconA/2=0x10001 LoadIconW/2=0x10001 LoadCursorA/2=0x10002 "
    "LoadCursorW/2=0x10002 LoadBitmapA/2=0x10003 LoadImageA/6=0x10004 LoadImageW/6=0x10004 "
    "InvalidateRect/3=1 SetWindowTextA/2=1 SetWindowTextW/2=1 GetStockObject/1=0x7001 "
    "CreateSolidBrush/1=0x7002 DeleteObject/1=1 SelectObject/2=0x7003 FillRect/3=1 SetBkMode/2=1 "
    "SetTextColor/2=0 SetBkColor/2=0 TextOutA/5=1 TextOutW/5=1 DrawTextA/5=16 DrawTextW/5=16 "
    "Rectangle/5=1 Ellipse/5=1 Arc/9=1 Chord/9=1 Pie/9=1 RoundRect/7=1 "
    "MoveToEx/4=1 LineTo/3=1 CreatePen/3=0x7004 CreateFontA/14=0x7005 "
    "CreateFontW/14=0x7005 CreateFontIndirectA/1=0x7006 CreateFontIndirectW/1=0x7006 "
    "MessageBeep/1=1 SetFocus/1=0 GetFocus/0=0x10030 EnableWindow/2=0 SetCapture/1=0 "
    "ReleaseCapture/0=1 KillTimer/2=1 DestroyMenu/1=1 CreateMenu/0=0x8001 "
    "CreatePopupMenu/0=0x8002 AppendMenuA/4=1 AppendMenuW/4=1 SetMenu/2=1 DrawMenuBar/1=1 "
    "IsWindow/1=1 IsWindowVisible/1=1 UnregisterClassA/2=1 UnregisterClassW/2=1 SetWindowPos/7=1 "
    "MoveWindow/6=1 GetKeyState/1=0 GetKeyboardLayout/1=0x4090409 MapVirtualKeyA/2=30 "
    "MapVirtualKeyW/2=30 ToUnicode/6=0 ToAscii/5=0 CloseClipboard/0=1 EmptyClipboard/0=1 "
    "IsClipboardFormatAvailable/1=0 GetSysColor/1=0xF0F0F0 GetSysColorBrush/1=0x7007 "
    "SetCursor/1=0x10002 ShowCursor/1=1 SetCursorPos/2=1 LoadAcceleratorsA/2=0 "
    "LoadAcceleratorsW/2=0 TranslateAcceleratorA/3=0 TranslateAcceleratorW/3=0 "
    "IsDialogMessageA/2=0 IsDialogMessageW/2=0 GetParent/1=0 GetDlgItem/2=0x10040 "
    "SetDlgItemTextA/3=1 SetDlgItemTextW/3=1 CheckDlgButton/3=1 IsDlgButtonChecked/2=0 "
    "GetDeviceCaps/2=96 CreateCompatibleDC/1=0x6002 CreateCompatibleBitmap/3=0x6003 DeleteDC/1=1 "
    "GetMenu/1=0 EnableMenuItem/3=0 CheckMenuItem/3=0 AnimateWindow/3=1 "
    "SetLayeredWindowAttributes/4=1 GetWindow/2=0 LoadMenuA/2=0x8003 LoadMenuW/2=0x8003 "
    "LoadStringA/4=0 LoadStringW/4=0 SystemParametersInfoA/4=1 BringWindowToTop/1=1 "
    "SetProcessDPIAware/0=1 ExitWindowsEx/2=1 GetSystemMenu/2=0x8004 DrawIcon/4=1 "
    "GetUpdateRect/3=0 ChangeWindowMessageFilter/2=1 SetTextAlign/2=0 SetPixel/4=0 Polygon/3=1 "
    "RedrawWindow/4=1 ScrollWindow/5=1",
)


@dataclass(slots=True)
class Desk:
    """Window classes, windows and waiting messages."""

    classes: dict[str, int] = field(default_factory=dict)
    windows: dict[int, int] = field(default_factory=dict)
    data: dict[tuple[int, int], int] = field(default_factory=dict)
    queue: list[tuple[int, int, int, int]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    hooks: list[int] = field(default_factory=list)
    taken: int = 0
    closing: bool = False


def desk(call: Call) -> Desk:
    """The desk of the process."""
    made: Desk = call.machine.keep.things.setdefault("desk", Desk())
    return made


def _class_key(call: Call, address: int) -> str:
    return call.text_at(address).lower()


@api("user32", "RegisterClassA RegisterClassW RegisterClassExA RegisterClassExW", 1)
def register_class(call: Call) -> int:
    memory, width = call.machine.memory, call.machine.width
    extended = "Ex" in call.name
    function = memory.pointer(call[0] + 8)
    if not extended:
        function = memory.pointer(call[0] + (8 if width == 8 else 4))
    names = {(8, False): 64, (8, True): 64, (4, False): 36, (4, True): 40}
    name = memory.pointer(call[0] + names[width, extended])
    made = desk(call)
    atom = 0xC000 + len(made.classes)
    made.classes[_class_key(call, name)] = made.classes[f"#{atom}"] = function
    return atom


@api("user32", "CreateWindowExA CreateWindowExW", 12)
def create_window(call: Call) -> Running:
    made = desk(call)
    window = 0x20000 + 4 * len(made.windows)
    function = made.classes.get(_class_key(call, call[1]), 0)
    made.windows[window] = function
    made.texts[window] = call.text(2)
    if function:
        place = call.machine.heap.zeroed(16 * call.machine.width)
        call.machine.memory.put_pointer(place, call[11])
        answer = yield Invoke(function, (window, WM_CREATE, 0, place))
        if answer & 0xFFFFFFFF == 0xFFFFFFFF:
            return 0
        if not call[8]:
            made.queue.append((window, WM_PAINT, 0, 0))
    return window


@api("user32", "DestroyWindow", 1)
def destroy_window(call: Call) -> Running:
    made = desk(call)
    function = made.windows.pop(call[0], 0)
    if function:
        yield Invoke(function, (call[0], WM_DESTROY, 0, 0))
    return 1


@api("user32", "DefWindowProcA DefWindowProcW DefDlgProcA DefDlgProcW", 4)
def default_procedure(call: Call) -> Running:
    if call.u32(1) == WM_CLOSE:
        made = desk(call)
        function = made.windows.pop(call[0], 0)
        if function:
            yield Invoke(function, (call[0], WM_DESTROY, 0, 0))
    return 0


@api("user32", "CallWindowProcA CallWindowProcW", 5)
def call_procedure(call: Call) -> Running:
    return (yield Invoke(call[0], (call[1], call[2], call[3], call[4])))


@api("user32", "PostQuitMessage", 1)
def post_quit(call: Call) -> int:
    desk(call).queue.append((0, WM_QUIT, call.u32(0), 0))
    return 0


def _next(call: Call, remove: bool = True) -> tuple[int, int, int, int] | None:
    made = desk(call)
    made.taken += 1
    if made.taken > _MESSAGES_MAX:
        return 0, WM_QUIT, 0, 0
    if not made.queue and not made.closing:
        made.closing = True
        made.queue += [(window, WM_CLOSE, 0, 0) for window in list(made.windows)[:1]]
    if not made.queue:
        return None
    return made.queue.pop(0) if remove else made.queue[0]


def _put_message(call: Call, place: int, message: tuple[int, int, int, int]) -> None:
    form = "<QIxxxxQQIiixxxx" if call.machine.width == 8 else "<IIIIIii"
    window, number, first, second = message
    mask = (1 << 8 * call.machine.width) - 1
    call.put(place, struct.pack(form, window, number, first & mask, second & mask, 0, 10, 10))


@api("user32", "GetMessageA GetMessageW", 4)
def get_message(call: Call) -> Running:
    made = desk(call)
    for hook in made.hooks:
        if made.taken < 6:
            place = call.machine.heap.keep(struct.pack("<IIIIQ", 0x41 + made.taken, 30, 0, 0, 0))
            yield Invoke(hook, (0, WM_KEYDOWN, place))
    message = _next(call)
    if message is None:
        message = (0, WM_QUIT, 0, 0)
    _put_message(call, call[0], message)
    if message[1] == WM_TIMER:
        call.machine.recorder.slept += min(message[3] / 1000, 60.0)
    return int(message[1] != WM_QUIT)


@api("user32", "PeekMessageA PeekMessageW", 5)
def peek_message(call: Call) -> int:
    message = _next(call, bool(call.u32(4) & 1))
    if message is None:
        return 0
    _put_message(call, call[0], message)
    return 1


@api("user32", "DispatchMessageA DispatchMessageW", 1)
def dispatch_message(call: Call) -> Running:
    memory, width = call.machine.memory, call.machine.width
    window = memory.pointer(call[0])
    number = memory.u32(call[0] + width)
    first = memory.pointer(call[0] + (16 if width == 8 else 8))
    second = memory.pointer(call[0] + (24 if width == 8 else 12))
    made = desk(call)
    timer = made.data.get((-1, first)) if number == WM_TIMER else None
    if timer:
        return (yield Invoke(timer, (window, WM_TIMER, first, 0)))
    function = made.windows.get(window, 0)
    if function:
        return (yield Invoke(function, (window, number, first, second)))
    return 0


@api("user32", "SendMessageA SendMessageW", 4)
def send_message(call: Call) -> Running:
    function = desk(call).windows.get(call[0], 0)
    if function:
        return (yield Invoke(function, (call[0], call[1], call[2], call[3])))
    return 0


@api("user32", "PostMessageA PostMessageW", 4)
def post_message(call: Call) -> int:
    desk(call).queue.append((call[0], call.u32(1), call[2], call[3]))
    return 1


@api("user32", "PostThreadMessageA PostThreadMessageW", 4)
def post_thread_message(call: Call) -> int:
    desk(call).queue.append((0, call.u32(1), call[2], call[3]))
    return 1


@api("user32", "SetTimer", 4)
def set_timer(call: Call) -> int:
    made = desk(call)
    number = call[1] or 1
    if call[3]:
        made.data[-1, number] = call[3]
    made.queue += [(call[0], WM_TIMER, number, call.u32(2))] * _TIMER_FIRES
    return number


@api("user32", "MessageBoxA MessageBoxW", 4)
def message_box(call: Call) -> int:
    return _answered(call)


@api("user32", "MessageBoxExA MessageBoxExW", 5)
def message_box_ex(call: Call) -> int:
    return _answered(call)


def _answered(call: Call) -> int:
    call.saw(call.text(2), call.text(1)[:400])
    return _IDYES if call.u32(3) & 0xF in (3, 4) else _IDOK


@api(
    "user32",
    "DialogBoxParamA DialogBoxParamW CreateDialogParamA CreateDialogParamW DialogBoxIndirectParamA "
    "DialogBoxIndirectParamW",
    5,
)
def dialog_box(call: Call) -> Running:
    """A dialogue appears, somebody presses OK, then closes it."""
    window = 0x30000
    desk(call).windows[window] = 0
    yield Invoke(call[3], (window, WM_INITDIALOG, 0, call[4]))
    for message, number in ((WM_COMMAND, _IDOK), (WM_COMMAND, 2), (WM_CLOSE, 0)):
        if _ENDED in call.machine.keep.things:
            break
        yield Invoke(call[3], (window, message, number, 0))
    return int(call.machine.keep.things.pop(_ENDED, 1))


@api("user32", "EndDialog", 2)
def end_dialog(call: Call) -> int:
    call.machine.keep.things[_ENDED] = call[1]
    return 1


@api("user32", "BeginPaint", 2)
def begin_paint(call: Call) -> int:
    call.put_pointer(call[1], 0x6001)
    return 0x6001


@api("user32", "GetClientRect GetWindowRect", 2)
def client_rect(call: Call) -> int:
    call.put(call[1], struct.pack("<4i", 0, 0, 800, 600))
    return 1


@api("user32", "GetSystemMetrics", 1)
def system_metrics(call: Call) -> int:
    return {0: 1920, 1: 1080, 78: 1920, 79: 1080, 80: 1, 0x1000: 0}.get(call.u32(0), 20)


@api("user32", "GetCursorPos", 1)
def cursor_pos(call: Call) -> int:
    kept = call.machine.keep.things
    kept["cursor"] = count = kept.get("cursor", 0) + 1
    if count in (3, 4):
        call.machine.recorder.call("GetCursorPos, again and again")
    call.put(call[0], struct.pack("<ii", 400 + 37 * count % 900, 300 + 23 * count % 500))
    return 1


@api("user32", "GetLastInputInfo", 1)
def last_input(call: Call) -> int:
    call.saw()
    call.put_u32(call[0] + 4, 5_300_000)
    return 1


@api("user32", "GetWindowTextA GetWindowTextW", 3)
def window_text(call: Call) -> int:
    text = desk(call).texts.get(call[0], "Inbox - Outlook")[: max(0, call.signed(2) - 1)]
    call.put(call[1], call.encoded(text))
    return len(text)


@api("user32", "GetDlgItemTextA GetDlgItemTextW", 4)
def item_text(call: Call) -> int:
    call.put(call[2], call.encoded("12"[: max(0, call.signed(3) - 1)]))
    return 2


@api("user32", "SetWindowLongA SetWindowLongW SetWindowLongPtrA SetWindowLongPtrW", 3)
def set_window_long(call: Call) -> int:
    made = desk(call)
    key = (call[0], call.signed(1))
    old = made.data.get(key, 0)
    made.data[key] = call[2]
    if call.signed(1) == -4:
        old, made.windows[call[0]] = made.windows.get(call[0], 0), call[2]
    return old


@api("user32", "GetWindowLongA GetWindowLongW GetWindowLongPtrA GetWindowLongPtrW", 2)
def get_window_long(call: Call) -> int:
    return desk(call).data.get((call[0], call.signed(1)), 0)


@api("user32", "AdjustWindowRect", 3)
def adjust_rect(call: Call) -> int:
    return 1


@api("user32", "FindWindowA FindWindowW", 2)
def find_window(call: Call) -> int:
    words = (call.text(0), call.text(1))
    if any(name in word.lower() for word in words for name in _OBSERVERS):
        call.machine.recorder.call("looks for an observer's window", *words)
    return 0x10050 if "shell_traywnd" in words[0].lower() else 0


@api("user32", "EnumWindows", 2)
def enum_windows(call: Call) -> Running:
    for window in (0x10020, 0x10060):
        if not (yield Invoke(call[0], (window, call[1]))):
            break
    return 1


@api("user32", "GetWindowThreadProcessId", 2)
def window_process(call: Call) -> int:
    call.put_u32(call[1], 3320)
    return 3324


# --- keys, hooks, screen, clipboard --------------------------------------------------------------


@api("user32", "SetWindowsHookExA SetWindowsHookExW", 4)
def set_hook(call: Call) -> int:
    kind = {
        2: "keyboard",
        13: "keyboard of all programs",
        14: "mouse of all programs",
        3: "messages",
    }
    call.saw(kind.get(call.signed(0), f"kind {call.signed(0)}"))
    if call.signed(0) in (2, 13):
        desk(call).hooks.append(call[1])
    return 0x9900


constants(
    "comdlg32",
    "GetOpenFileNameA/1=0 GetOpenFileNameW/1=0 GetSaveFileNameA/1=0 GetSaveFileNameW/1=0 "
    "ChooseColorA/1=0 ChooseColorW/1=0 ChooseFontA/1=0 ChooseFontW/1=0 PrintDlgA/1=0 "
    "PrintDlgW/1=0 CommDlgExtendedError/0=0",
)
# the person closes these dialogues without a choice


constants(
    "user32",
    "UnhookWindowsHookEx/1=1 CallNextHookEx/4=0 RegisterHotKey/4=1 UnregisterHotKey/2=1 "
    "BlockInput/1=1 SetWinEventHook/7=0x9901 UnhookWinEvent/1=1 "
    "AddClipboardFormatListener/1=1",
)


_KEYS_OF_A_GAME = 24
"""Different keys that a program asks for at most when it wants to be steered, not to listen."""


@api("user32", "GetAsyncKeyState", 1)
def async_key_state(call: Call) -> int:
    kept = call.machine.keep.things
    asked: set[int] = kept.setdefault("asked keys", set())
    asked.add(call.u32(0))
    if len(asked) > _KEYS_OF_A_GAME:
        call.saw()
    kept["keys"] = count = kept.get("keys", 0) + 1
    return 0x8001 if count % 400 == call.u32(0) else 0


@api("user32", "GetKeyboardState", 1)
def keyboard_state(call: Call) -> int:
    call.saw()
    call.put(call[0], bytes(256))
    return 1


_CLIPBOARD = (
    "transfer 200 EUR to Meyer",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "0x00000000219ab540356cBB839Cbe05303d7705Fa",
)
"""What the person has copied, one after another: programs that replace accounts wait for one."""


@api("user32", "OpenClipboard", 1)
def open_clipboard(call: Call) -> int:
    call.saw()
    return 1


@api("user32", "GetClipboardData", 1)
def clipboard_data(call: Call) -> int:
    call.saw()
    kept = call.machine.keep.things
    kept["clipboard"] = count = kept.get("clipboard", 0) + 1
    text = _CLIPBOARD[count % len(_CLIPBOARD)]
    return call.machine.heap.keep(call.encoded(text, call.u32(0) == 13))


@api("user32", "SetClipboardData", 2)
def set_clipboard(call: Call) -> int:
    """The text is told: what replaces a copied account is another account."""
    if call.u32(0) in (1, 13):
        call.saw(call.text_at(call[1], call.u32(0) == 13))
    else:
        call.saw()
    return call[1]


@api("gdi32", "BitBlt", 9)
def bit_blt(call: Call) -> int:
    if call[5] == 0x6001:
        call.saw("the screen")
    return 1


@api("user32", "RegisterWindowMessageA RegisterWindowMessageW", 1)
def register_message(call: Call) -> int:
    return 0xC100


@api("user32", "OpenInputDesktop", 3)
def open_desktop(call: Call) -> int:
    return call.machine.handles.add(Plain("desktop"))
