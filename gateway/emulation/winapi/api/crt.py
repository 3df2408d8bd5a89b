"""The C runtime's start and end, its heap, sorting, time, environment, jumps."""

from __future__ import annotations

import calendar
import ntpath
import struct
import time

from unicorn import x86_const as x86

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.contract import StopKind
from gateway.emulation.winapi.calls import (
    Answer,
    Call,
    Invoke,
    Long,
    Running,
    constants,
    crt,
)
from gateway.emulation.windows import facts

_LARGE = 192 << 20
_SORT_MAX = 200_000

constants(
    "msvcrt ucrtbase",
    "__set_app_type/1 _set_app_type/1 _lock/1 _unlock/1 _amsg_exit/1 _configthreadlocale/1=2 "
    "_set_new_mode/1 _set_invalid_parameter_handler/1 _initialize_narrow_environment/0 "
    "_initialize_wide_environment/0 _configure_narrow_argv/1 _configure_wide_argv/1 "
    "_initialize_onexit_table/1 _register_thread_local_exe_atexit_callback/1 __lconv_init/0 "
    "_seh_filter_exe/2 _seh_filter_dll/2 _XcptFilter/2 _set_error_mode/1 _set_abort_behavior/2 "
    "_get_startup_argv_mode/0 _set_purecall_handler/1 ___lc_codepage_func/0=1252 _getmbcp/0 "
    "___mb_cur_max_func/0=1 _setmbcp/1 _locking/3 __C_specific_handler/4=1 _except_handler3/4=1 "
    "_except_handler4_common/6=1 _heapchk/0=-2 _heapmin/0 __crtSetUnhandledExceptionFilter/1 "
    "_set_sbh_threshold/1=1 _tzset/0 tzset/0 _beep/2 raise/1",
    cleans=False,
)


# --- start and end -------------------------------------------------------------------------------


@crt("_initterm _initterm_e")
def initterm(call: Call) -> Running:
    memory, width = call.machine.memory, call.machine.width
    for place in range(call[0], call[1], width):
        function = memory.pointer(place)
        if function:
            answer = yield Invoke(function)
            if call.name.endswith("_e") and answer & 0xFFFFFFFF:
                return answer
    return 0


@crt("_onexit atexit __dllonexit _crt_atexit")
def onexit(call: Call) -> int:
    call.machine.keep.exit_handlers.append(call[0])
    return call[0] if call.name in ("_onexit", "__dllonexit") else 0


@crt("_register_onexit_function")
def register_onexit(call: Call) -> int:
    call.machine.keep.exit_handlers.append(call[1])
    return 0


def _leaving(call: Call) -> Running:
    handlers = call.machine.keep.exit_handlers
    while handlers:
        yield Invoke(handlers.pop())
    return 0


@crt("exit")
def leave(call: Call) -> Running:
    code = call.signed(0)
    yield from _leaving(call)
    call.machine.end(code)
    return 0


@crt("_cexit _execute_onexit_table")
def cexit(call: Call) -> Running:
    return (yield from _leaving(call))


constants("msvcrt ucrtbase", "_c_exit/0", cleans=False)


@crt("_exit _Exit quick_exit")
def leave_now(call: Call) -> int:
    call.machine.end(call.signed(0))
    return 0


@crt("abort terminate")
def abort(call: Call) -> int:
    call.machine.stop(StopKind.CRASHED, "the program ended itself (abort)")
    return 0


@crt("_assert _wassert _invoke_watson _invalid_parameter_noinfo_noreturn")
def failed_assert(call: Call) -> int:
    call.machine.stop(StopKind.CRASHED, "the program ended itself (a failed assertion)")
    return 0


@crt("signal")
def signal(call: Call) -> int:
    return 0


# --- jumps ---------------------------------------------------------------------------------------

_KEPT_64 = (
    *(x86.UC_X86_REG_RBX, x86.UC_X86_REG_RBP, x86.UC_X86_REG_RSI, x86.UC_X86_REG_RDI),
    *(x86.UC_X86_REG_R12, x86.UC_X86_REG_R13, x86.UC_X86_REG_R14, x86.UC_X86_REG_R15),
)
_KEPT_32 = (*(x86.UC_X86_REG_EBX, x86.UC_X86_REG_EBP, x86.UC_X86_REG_ESI, x86.UC_X86_REG_EDI),)


@crt("_setjmp setjmp _setjmp3 _setjmpex")
def setjmp(call: Call) -> int:
    machine = call.machine
    names = _KEPT_64 if machine.width == 8 else _KEPT_32
    kept = [machine.cpu.register(each) for each in names]
    jumps = machine.keep.things.setdefault("jumps", {})
    jumps[call[0]] = (kept, call.sp, machine.memory.pointer(call.sp))
    return 0


@crt("longjmp")
def longjmp(call: Call) -> Answer:
    machine = call.machine
    target = machine.keep.things.get("jumps", {}).get(call[0])
    if target is None:
        machine.stop(StopKind.CRASHED, "it jumps to where it never was")
        return 0
    kept, sp, back = target
    value = call.signed(1) or 1
    for number, each in zip(_KEPT_64 if machine.width == 8 else _KEPT_32, kept, strict=True):
        machine.cpu.put_register(number, each)
    machine.memory.put_pointer(sp, back)
    call.sp = sp
    return value


# --- heap ----------------------------------------------------------------------------------------


@crt("malloc ??2@YAPAXI@Z ??2@YAPEAX_K@Z ??_U@YAPAXI@Z ??_U@YAPEAX_K@Z _malloc_base")
def malloc(call: Call) -> int:
    return call.machine.heap.allocate(call[0]) if call[0] <= _LARGE else 0


@crt("calloc _calloc_base")
def calloc(call: Call) -> int:
    size = call[0] * call[1]
    return call.machine.heap.zeroed(size) if size <= _LARGE else 0


@crt("realloc _realloc_base")
def realloc(call: Call) -> int:
    return call.machine.heap.again(call[0], call[1]) if call[1] <= _LARGE else 0


@crt("free ??3@YAXPAX@Z ??3@YAXPEAX@Z ??_V@YAXPAX@Z ??_V@YAXPEAX@Z _free_base")
def free(call: Call) -> int:
    call.machine.heap.free(call[0])
    return 0


@crt("_msize")
def msize(call: Call) -> int:
    return call.machine.heap.sizes.get(call[0], 0)


@crt("_aligned_malloc")
def aligned_malloc(call: Call) -> int:
    align = max(16, min(call[1], 4096))
    return -(-call.machine.heap.allocate(call[0] + align) // align) * align


@crt("_aligned_free")
def aligned_free(call: Call) -> int:
    return 0


# --- sorting -------------------------------------------------------------------------------------


@crt("qsort")
def qsort(call: Call) -> Running:
    """A merge sort: as few comparisons as there can be, since each runs in the program."""
    memory, heap = call.machine.memory, call.machine.heap
    base, count, size, compare = call[0], min(call[1], _SORT_MAX), call[2], call[3]
    data = memory.read(base, count * size)
    rows = [data[at : at + size] for at in range(0, len(data), size)] if size else []
    first, second = heap.allocate(size), heap.allocate(size)
    step = 1
    while step < len(rows):
        merged: list[bytes] = []
        for start in range(0, len(rows), 2 * step):
            left, right = rows[start : start + step], rows[start + step : start + 2 * step]
            at_left = at_right = 0
            while at_left < len(left) and at_right < len(right):
                memory.write(first, left[at_left])
                memory.write(second, right[at_right])
                order = (yield Invoke(compare, (first, second))) & 0xFFFFFFFF
                if order == 0 or order & 0x80000000:
                    merged.append(left[at_left])
                    at_left += 1
                else:
                    merged.append(right[at_right])
                    at_right += 1
            merged += left[at_left:] + right[at_right:]
        rows = merged
        step *= 2
    memory.write(base, b"".join(rows))
    return 0


@crt("bsearch")
def bsearch(call: Call) -> Running:
    low, high = 0, call[2]
    while low < high:
        middle = (low + high) // 2
        place = call[1] + middle * call[3]
        order = (yield Invoke(call[4], (call[0], place))) & 0xFFFFFFFF
        if order == 0:
            return place
        if order & 0x80000000:
            high = middle
        else:
            low = middle + 1
    return 0


# --- time and chance -----------------------------------------------------------------------------


def _now(call: Call) -> int:
    return int(facts.START_TIME + call.machine.now())


@crt("time _time32")
def time32(call: Call) -> Answer:
    call.put_u32(call[0], _now(call))
    if call.machine.width == 8 and call.name == "time":
        call.put(call[0], struct.pack("<q", _now(call)))
    return _now(call)


@crt("_time64")
def time64(call: Call) -> Long:
    call.put(call[0], struct.pack("<q", _now(call)))
    return Long(_now(call))


@crt("clock")
def clock(call: Call) -> int:
    return int(call.machine.now() * 1000)


@crt("localtime _localtime32 _localtime64 gmtime _gmtime32 _gmtime64")
def localtime(call: Call) -> int:
    return call.machine.heap.keep(_broken_down(call, call[0]))


@crt("_localtime64_s _gmtime64_s localtime_s _localtime32_s _gmtime32_s")
def localtime_s(call: Call) -> int:
    call.put(call[0], _broken_down(call, call[1]))
    return 0


def _broken_down(call: Call, place: int) -> bytes:
    """struct tm."""
    size = 4 if "32" in call.name or (call.machine.width == 4 and "64" not in call.name) else 8
    moment = int.from_bytes(call.machine.memory.read(place, size), "little", signed=True)
    parts = time.gmtime(max(0, min(moment, 1 << 35)))
    return struct.pack(
        "<9i",
        *(parts.tm_sec, parts.tm_min, parts.tm_hour, parts.tm_mday, parts.tm_mon - 1),
        *(parts.tm_year - 1900, (parts.tm_wday + 1) % 7, parts.tm_yday - 1, 0),
    )


def _parts(call: Call, place: int) -> time.struct_time:
    fields = struct.unpack("<9i", call.machine.memory.read(place, 36))
    second, minute, hour, day, month, year = fields[:6]
    words = (year + 1900, month % 12 + 1, max(1, min(day, 31)), hour, minute, second)
    return time.gmtime(max(0, calendar.timegm((*words, 0, 1, -1))))


@crt("mktime _mktime32")
def mktime(call: Call) -> int:
    return calendar.timegm(_parts(call, call[0]))


@crt("_mktime64 _mkgmtime64")
def mktime64(call: Call) -> Long:
    return Long(calendar.timegm(_parts(call, call[0])))


@crt("strftime")
def strftime(call: Call) -> int:
    text = time.strftime(call.machine.memory.ansi(call[2], 1000), _parts(call, call[3]))
    data = text.encode("latin-1", "replace")
    if len(data) >= call[1]:
        return 0
    call.put(call[0], data + b"\0")
    return len(data)


@crt("asctime ctime _ctime32 _ctime64")
def asctime(call: Call) -> int:
    if call.name == "asctime":
        parts = _parts(call, call[0])
    else:
        size = 4 if call.machine.width == 4 and "64" not in call.name else 8
        moment = int.from_bytes(call.machine.memory.read(call[0], size), "little", signed=True)
        parts = time.gmtime(max(0, min(moment, 1 << 35)))
    return call.machine.heap.keep(f"{time.asctime(parts)}\n\0".encode())


@crt("difftime _difftime64 _difftime32")
def difftime(call: Call) -> Answer:
    from gateway.emulation.winapi.calls import Float

    if call.machine.width == 4 and "64" in call.name:
        return Float(float((call[0] | call[1] << 32) - (call[2] | call[3] << 32)))
    return Float(float(call[0] - call[1]))


@crt("_strdate _strtime")
def strdate(call: Call) -> int:
    form = "%m/%d/%y" if call.name == "_strdate" else "%H:%M:%S"
    call.put(call[0], time.strftime(form, time.gmtime(_now(call))).encode() + b"\0")
    return call[0]


@crt("_ftime _ftime64 _ftime32")
def ftime(call: Call) -> int:
    call.put(call[0], struct.pack("<qHhh", _now(call), 0, 0, 0))
    return 0


@crt("srand")
def srand(call: Call) -> int:
    call.machine.keep.things["seed"] = call.u32(0)
    return 0


@crt("rand")
def rand(call: Call) -> int:
    """The runtime's own sequence."""
    seed = (int(call.machine.keep.things.get("seed", 1)) * 214013 + 2531011) & 0xFFFFFFFF
    call.machine.keep.things["seed"] = seed
    return seed >> 16 & 0x7FFF


@crt("rand_s")
def rand_s(call: Call) -> int:
    call.put_u32(call[0], rand(call) << 15 | 0x1234)  # type: ignore[operator]
    return 0


# --- environment, programs, files by name --------------------------------------------------------


@crt("getenv _wgetenv")
def getenv(call: Call) -> int:
    wide = call.name == "_wgetenv"
    wanted = call.text_at(call[0], wide).upper()
    for name, value in call.machine.environment.items():
        if name.upper() == wanted:
            return call.machine.heap.keep(call.encoded(value, wide))
    return 0


@crt("_putenv _wputenv putenv")
def putenv(call: Call) -> int:
    name, _, value = call.text_at(call[0], call.name == "_wputenv").partition("=")
    call.machine.environment[name] = value
    return 0


@crt("_putenv_s")
def putenv_s(call: Call) -> int:
    call.machine.environment[call.text_at(call[0])] = call.text_at(call[1])
    return 0


@crt("system _wsystem")
def system(call: Call) -> int:
    if not call[0]:
        return 1
    line = call.text_at(call[0], call.name == "_wsystem")
    call.machine.commands.start(f"cmd.exe /c {line}", "system")
    return 0


@crt("_popen popen _wpopen")
def popen(call: Call) -> int:
    import io

    from gateway.emulation.winapi.api.stdio import Stream, streams
    from gateway.emulation.windows.answers import console_answer

    line = call.text_at(call[0], call.name == "_wpopen")
    call.machine.commands.start(f"cmd.exe /c {line}", "popen")
    answer = io.BytesIO(console_answer(line).encode("latin-1", "replace"))
    return streams(call.machine).add(Stream(80, answer))


@crt("_pclose pclose")
def pclose(call: Call) -> int:
    return 0


@crt("_execl _execv _execvp execl execv execvp")
def execute(call: Call) -> int:
    call.machine.commands.start(call.text_at(call[0]), "exec")
    call.machine.end(0)
    return 0


@crt("_spawnl _spawnv _spawnlp _spawnvp _wspawnl _wspawnv")
def spawn(call: Call) -> int:
    wide = call.name.startswith("_w")
    words = []
    if "spawnl" in call.name:
        index = 2
        while call[index] and index < 40:
            words.append(call.text_at(call[index], wide))
            index += 1
    else:
        place = call[2]
        while (address := call.machine.memory.pointer(place)) and len(words) < 40:
            words.append(call.text_at(address, wide))
            place += call.machine.width
    program = call.text_at(call[1], wide)
    call.machine.commands.start(" ".join((f'"{program}"', *words[1:])), "spawn")
    return 0


@crt("remove _unlink unlink _wunlink _wremove")
def remove(call: Call) -> int:
    try:
        call.machine.disk.delete(call.text_at(call[0], call.name.startswith("_w")))
    except ScriptError:
        return -1
    return 0


@crt("rename _wrename")
def rename(call: Call) -> int:
    wide = call.name == "_wrename"
    try:
        call.machine.disk.move(call.text_at(call[0], wide), call.text_at(call[1], wide))
    except ScriptError:
        return -1
    return 0


@crt("_mkdir mkdir _wmkdir")
def mkdir(call: Call) -> int:
    try:
        call.machine.disk.make_folder(call.text_at(call[0], call.name == "_wmkdir"))
    except ScriptError:
        return -1
    return 0


@crt("_access access _waccess _access_s")
def access(call: Call) -> int:
    path = call.text_at(call[0], call.name == "_waccess")
    disk = call.machine.disk
    return 0 if disk.exists(path) or disk.folder_exists(path) else -1


@crt("_getcwd getcwd")
def getcwd(call: Call) -> int:
    data = call.machine.disk.directory.encode("latin-1", "replace") + b"\0"
    place = call[0] or call.machine.heap.allocate(len(data))
    call.put(place, data)
    return place


@crt("_fullpath _wfullpath")
def fullpath(call: Call) -> int:
    wide = call.name == "_wfullpath"
    data = call.encoded(call.machine.disk.full(call.text_at(call[1], wide)), wide)
    place = call[0] or call.machine.heap.allocate(len(data))
    call.put(place, data)
    return place


@crt("_splitpath _wsplitpath")
def splitpath(call: Call) -> int:
    wide = call.name == "_wsplitpath"
    drive, rest = ntpath.splitdrive(call.text_at(call[0], wide))
    folder, name = ntpath.split(rest)
    stem, ending = ntpath.splitext(name)
    for index, text in ((1, drive), (2, f"{folder}\\" if folder else ""), (3, stem), (4, ending)):
        call.put(call[index], call.encoded(text, wide))
    return 0


@crt("_chdir chdir")
def chdir(call: Call) -> int:
    path = call.machine.disk.full(call.text_at(call[0]))
    if not call.machine.disk.folder_exists(path):
        return -1
    call.machine.disk.directory = path
    return 0


@crt("_stat _stat64 _stat32 _stat64i32 stat _fstat _fstat64 _fstat32 _fstat64i32 fstat _wstat64i32")
def stat(call: Call) -> int:
    if "fstat" in call.name:
        call.put(call[1], struct.pack("<IHHhhhxxI", 0, 0, 0x2000, 1, 0, 0, 0).ljust(36, b"\0"))
        return 0
    disk = call.machine.disk
    path = call.text_at(call[0], call.name.startswith("_w"))
    file = disk.get(path)
    if file is None and not disk.folder_exists(path):
        return -1
    mode = 0x81B6 if file is not None else 0x41FF
    size = len(file.data) if file is not None else 0
    moment = int(facts.START_TIME)
    head = struct.pack("<IHHhhhxxI", 0, 0, mode, 1, 0, 0, 0)
    if call.machine.width == 4 and "64" not in call.name:
        tail = struct.pack("<iiii", size, moment, moment, moment)
    elif call.name.endswith("_stat64"):
        tail = bytes(4) + struct.pack("<qqqq", size, moment, moment, moment)
    elif "64i32" in call.name or call.machine.width == 8:
        tail = struct.pack("<iqqq", size, moment, moment, moment)
    else:
        tail = struct.pack("<iqqq", size, moment, moment, moment)
    call.put(call[1], head + tail)
    return 0


@crt("setlocale _wsetlocale")
def setlocale(call: Call) -> int:
    return call.machine.heap.keep(call.encoded("C", call.name == "_wsetlocale"))


@crt("localeconv")
def localeconv(call: Call) -> int:
    machine = call.machine
    kept = machine.keep.things
    if "lconv" not in kept:
        point, empty = machine.heap.keep(b".\0"), machine.heap.keep(b"\0\0")
        block = machine.heap.zeroed(256)
        for number in range(10):
            machine.memory.put_pointer(block + machine.width * number, empty)
        machine.memory.put_pointer(block, point)
        machine.memory.write(block + machine.width * 10, b"\x7f" * 8)
        kept["lconv"] = block
    return int(kept["lconv"])


@crt("_beginthreadex")
def beginthreadex(call: Call) -> int:
    return _thread(call, call[2], call[3], bool(call.u32(4) & 4), call[5])


@crt("_beginthread")
def beginthread(call: Call) -> int:
    return _thread(call, call[0], call[2], False, 0)


def _thread(call: Call, address: int, argument: int, suspended: bool, place: int) -> int:
    def running() -> Running:
        return (yield Invoke(address, (argument,)))

    thread = call.machine.start_thread(running(), suspended=suspended)
    call.put_u32(place, thread.number)
    return thread.handle


@crt("_endthreadex _endthread")
def endthread(call: Call) -> int:
    call.machine.exit_thread(call.u32(0))
    return 0


@crt("_sleep")
def crt_sleep(call: Call) -> Answer:
    from gateway.emulation.winapi.calls import Wait

    call.machine.sleeps(call.u32(0) / 1000)
    return Wait(lambda: False, call.u32(0) / 1000, 0, 0)
