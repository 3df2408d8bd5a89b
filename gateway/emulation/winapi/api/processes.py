"""Processes and threads: started, opened, listed, changed from outside, ended."""

from __future__ import annotations

import ntpath
import struct

from gateway.emulation.contract import Kind
from gateway.emulation.winapi import faults
from gateway.emulation.winapi.api.memory import foreign, own
from gateway.emulation.winapi.blocks import PID
from gateway.emulation.winapi.calls import (
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    ERROR_NO_MORE_FILES,
    Answer,
    Call,
    Handler,
    Invoke,
    Running,
    Wait,
    api,
    constants,
)
from gateway.emulation.winapi.handles import (
    CURRENT_PROCESS,
    CURRENT_THREAD,
    ForeignThread,
    Plain,
    Process,
)
from gateway.emulation.winapi.machine import Machine
from gateway.emulation.winapi.threads import Thread
from gateway.emulation.windows import facts

_SUSPENDED = 4

constants(
    "kernel32",
    "GetCurrentProcess/0=-1 GetCurrentThread/0=-2 GetCurrentProcessId/0=4242 "
    "SetPriorityClass/2=1 GetPriorityClass/1=0x20 SetThreadPriority/2=1 GetThreadPriority/1=0 "
    "SetProcessAffinityMask/2=1 SetThreadAffinityMask/2=255 SetProcessWorkingSetSize/3=1 "
    "SetThreadExecutionState/1=1 SetProcessDEPPolicy/1=1 SetThreadErrorMode/2=1 "
    "SetProcessShutdownParameters/2=1 GetProcessVersion/1=0xA0000 SetThreadDescription/2=0 "
    "WaitForInputIdle/2=0 GetProcessTimes/5=1 GetThreadTimes/5=1 AssignProcessToJobObject/2=1 "
    "SetInformationJobObject/4=1 InitializeProcThreadAttributeList/4=1 "
    "UpdateProcThreadAttribute/7=1 SetProcessPriorityBoost/2=1 DeleteProcThreadAttributeList/1=0 "
    "SetThreadStackGuarantee/1=1 GetProcessAffinityMask/3=1",
)


def all_processes(machine: Machine) -> list[tuple[int, int, str]]:
    """Everything that runs on the desk: number, parent, name."""
    listed = [(pid, 4, name) for pid, name in facts.PROCESSES]
    return [*listed, (PID, 3320, ntpath.basename(machine.path))]


def _process_path(name: str) -> str:
    if name.lower() == "explorer.exe":
        return r"C:\Windows\explorer.exe"
    return rf"{facts.SYSTEM}\{name}"


# --- starting ------------------------------------------------------------------------------------


def started(call: Call, line: str, application: str, flags: int, place: int, how: str = "") -> int:
    """CreateProcess's work: written down, never run."""
    machine = call.machine
    whole = line or f'"{application}"'
    words = [word for word in (how, "suspended" if flags & _SUSPENDED else "") if word]
    path = machine.commands.start(whole, *words)
    if application and line and ntpath.basename(application).lower() not in line.lower():
        path = machine.commands.start(f'"{application}" {line}', *words)
    numbers = machine.keep.things
    pid = numbers.setdefault("next pid", 7000)
    numbers["next pid"] = pid + 8
    process = Process(pid, path, whole, bool(flags & _SUSPENDED))
    handle = machine.handles.add(process)
    thread = machine.handles.add(ForeignThread(process))
    if place:
        machine.memory.put_pointer(place, handle)
        machine.memory.put_pointer(place + machine.width, thread)
        call.put(place + 2 * machine.width, struct.pack("<II", pid, pid + 4))
    return 1


def _creator(line: int, application: int, flags: int, place: int, how: str = "") -> Handler:
    """A function that starts a program, by the places of its arguments."""

    def create(call: Call) -> int:
        words = call.text(line), call.text(application)
        return started(call, *words, call.u32(flags), call[place], how)

    return create


_OTHER = "as another user"
api("kernel32", "CreateProcessA CreateProcessW", 10)(_creator(1, 0, 5, 9))
api("advapi32", "CreateProcessAsUserA CreateProcessAsUserW", 11)(_creator(2, 1, 6, 10, _OTHER))
api("advapi32", "CreateProcessWithLogonW", 11)(_creator(5, 4, 6, 10, _OTHER))
api("advapi32", "CreateProcessWithTokenW", 9)(_creator(3, 2, 4, 8, _OTHER))


@api("kernel32", "WinExec", 2)
def win_exec(call: Call) -> int:
    call.machine.commands.start(
        call.machine.memory.ansi(call[0]), "hidden" if not call.u32(1) else ""
    )
    return 33


# --- ending --------------------------------------------------------------------------------------


@api("kernel32 ntdll", "ExitProcess RtlExitUserProcess", 1)
def exit_process(call: Call) -> int:
    call.machine.end(call.signed(0))
    return 0


@api("kernel32 ntdll", "TerminateProcess NtTerminateProcess ZwTerminateProcess", 2)
def terminate_process(call: Call) -> int:
    if own(call.machine, call[0]) or not call[0]:
        call.machine.end(call.signed(1))
    process = foreign(call.machine, call[0])
    if process is None:
        return call.fail(ERROR_INVALID_HANDLE)
    call.machine.recorder.note(Kind.PROCESS, "kill", process.path)
    return 1


@api("kernel32 ntdll", "ExitThread RtlExitUserThread", 1)
def exit_thread(call: Call) -> int:
    call.machine.exit_thread(call.u32(0))
    return 0


@api("kernel32", "FreeLibraryAndExitThread", 2)
def free_and_exit(call: Call) -> int:
    call.machine.exit_thread(call.u32(1))
    return 0


@api("kernel32", "TerminateThread", 2)
def terminate_thread(call: Call) -> int:
    thread = call.machine.handles.thread(call[0])
    if thread is not None:
        thread.ended, thread.exit_code = True, call.u32(1)
    return 1


@api("kernel32", "GetExitCodeProcess", 2)
def exit_code_process(call: Call) -> int:
    call.put_u32(call[1], 0x103 if call[0] in CURRENT_PROCESS else 0)
    return 1


@api("kernel32", "GetExitCodeThread", 2)
def exit_code_thread(call: Call) -> int:
    thread = call.machine.handles.thread(call[0])
    call.put_u32(call[1], thread.exit_code if thread is not None else 0)
    return 1


# --- opening and listing -------------------------------------------------------------------------


@api("kernel32", "OpenProcess", 3)
def open_process(call: Call) -> int:
    return opened_process(call, call.u32(2), call.u32(0))


def opened_process(call: Call, pid: int, access: int) -> int:
    """A handle of the process with a number; 0 where there is none."""
    machine = call.machine
    if pid == PID:
        return machine.handles.add(Process(PID, machine.path))
    for number, _, name in all_processes(machine):
        if number == pid:
            path = _process_path(name)
            machine.recorder.call("OpenProcess", path, f"access {access:#x}")
            return machine.handles.add(Process(pid, path))
    for process in machine.handles.find(Process):
        if process.pid == pid:
            return machine.handles.add(process)
    return call.fail(ERROR_INVALID_PARAMETER)


@api("kernel32", "OpenThread", 3)
def open_thread(call: Call) -> int:
    machine, number = call.machine, call.u32(2)
    for thread in machine.threads:
        if thread.number == number:
            return thread.handle
    for pid, _, name in all_processes(machine):
        if pid + 4 == number:
            return machine.handles.add(ForeignThread(Process(pid, _process_path(name))))
    return call.fail(ERROR_INVALID_PARAMETER)


@api("kernel32", "CreateToolhelp32Snapshot", 2)
def snapshot(call: Call) -> int:
    machine = call.machine
    machine.recorder.call("lists processes")
    return machine.handles.add(Plain("snapshot", items=list(all_processes(machine))))


@api("kernel32", "Process32First Process32FirstW Process32Next Process32NextW", 2)
def process_next(call: Call) -> int:
    """PROCESSENTRY32."""
    shot = call.machine.handles.get(call[0], Plain)
    if shot is None:
        return call.fail(ERROR_INVALID_HANDLE)
    if "First" in call.name:
        shot.number = 0
    if shot.number >= len(shot.items):
        return call.fail(ERROR_NO_MORE_FILES)
    entry = shot.items[shot.number]
    shot.number += 1
    assert isinstance(entry, tuple)
    pid, parent, name = entry
    form = "<IIQIIIiI" if call.machine.width == 8 else "<IIIIIIiI"
    if call.machine.width == 8:
        head = struct.pack("<IIIxxxxQIIIiI", 0, 0, pid, 0, 0, 8, parent, 8, 0)
    else:
        head = struct.pack(form + "I", 0, 0, pid, 0, 0, 8, parent, 8, 0)
    size = call.machine.memory.u32(call[1])
    text = (
        name.encode("utf-16-le")[:518].ljust(520, b"\0")
        if call.wide
        else name.encode()[:259].ljust(260, b"\0")
    )
    call.put(call[1], struct.pack("<I", size) + head[4:] + text)
    return 1


@api("kernel32", "Thread32First Thread32Next", 2)
def thread_next(call: Call) -> int:
    """THREADENTRY32."""
    shot = call.machine.handles.get(call[0], Plain)
    if shot is None:
        return call.fail(ERROR_INVALID_HANDLE)
    if "First" in call.name:
        shot.number = 0
    if shot.number >= len(shot.items):
        return call.fail(ERROR_NO_MORE_FILES)
    entry = shot.items[shot.number]
    shot.number += 1
    assert isinstance(entry, tuple)
    call.put(call[1], struct.pack("<IIIIiiI", 28, 0, entry[0] + 4, entry[0], 8, 0, 0))
    return 1


@api("kernel32", "Module32First Module32FirstW Module32Next Module32NextW", 2)
def module_next(call: Call) -> int:
    return call.fail(ERROR_NO_MORE_FILES)


@api("psapi kernel32", "EnumProcesses K32EnumProcesses", 3)
def enum_processes(call: Call) -> int:
    numbers = [pid for pid, _, _ in all_processes(call.machine)][: call.u32(1) // 4]
    call.machine.recorder.call("lists processes")
    call.put(call[0], struct.pack(f"<{len(numbers)}I", *numbers))
    call.put_u32(call[2], 4 * len(numbers))
    return 1


@api("psapi kernel32", "EnumProcessModules K32EnumProcessModules", 4)
def enum_modules(call: Call) -> int:
    machine = call.machine
    bases = [image.base for image in machine.images] + [
        dll.base for dll in machine.dlls.loaded.values()
    ]
    for number, base in enumerate(bases[: call.u32(2) // machine.width]):
        call.put_pointer(call[1] + machine.width * number, base)
    call.put_u32(call[3], machine.width * len(bases))
    return 1


@api("kernel32", "QueryFullProcessImageNameA QueryFullProcessImageNameW", 4)
def full_image_name(call: Call) -> int:
    process = foreign(call.machine, call[0])
    path = process.path if process is not None else call.machine.path
    call.put_text(call[2], call.machine.memory.u32(call[3]), path)
    call.put_u32(call[3], len(path))
    return 1


@api("psapi kernel32", "GetProcessImageFileNameA GetProcessImageFileNameW", 3)
def image_file_name(call: Call) -> int:
    process = foreign(call.machine, call[0])
    path = process.path if process is not None else call.machine.path
    return call.put_text(call[1], call.u32(2), rf"\Device\HarddiskVolume3{path[2:]}")


@api("kernel32", "GetProcessId", 1)
def get_process_id(call: Call) -> int:
    process = foreign(call.machine, call[0])
    return process.pid if process is not None else PID


@api("kernel32", "GetThreadId", 1)
def get_thread_id(call: Call) -> int:
    thread = call.machine.handles.thread(call[0])
    return thread.number if thread is not None else 0


@api("kernel32", "GetCurrentThreadId", 0)
def get_current_thread_id(call: Call) -> int:
    return call.machine.current.number


@api("kernel32", "ProcessIdToSessionId", 2)
def session_of(call: Call) -> int:
    call.put_u32(call[1], 1)
    return 1


@api("kernel32", "IsWow64Process", 2)
def is_wow64(call: Call) -> int:
    call.put_u32(call[1], int(call.machine.width == 4))
    return 1


@api("kernel32", "DuplicateHandle", 7)
def duplicate_handle(call: Call) -> int:
    thing = call.machine.handles.any(call[1])
    if call[1] in CURRENT_THREAD:
        thing = call.machine.current
    call.put_pointer(call[3], call.machine.handles.add(thing) if thing is not None else call[1])
    return 1


@api("kernel32", "CreateJobObjectA CreateJobObjectW", 2)
def create_job(call: Call) -> int:
    return call.machine.handles.add(Plain("job"))


# --- threads -------------------------------------------------------------------------------------


def new_thread(call: Call, address: int, argument: int, *, suspended: bool = False) -> Thread:
    """A thread of the program's own."""

    def running() -> Running:
        return (yield Invoke(address, (argument,)))

    region = call.machine.memory.at(address)
    if region is not None and region.executable and region.tag in ("allocated", "view"):
        call.machine.watch(region)
    return call.machine.start_thread(running(), suspended=suspended)


@api("kernel32", "CreateThread", 6)
def create_thread(call: Call) -> int:
    thread = new_thread(call, call[2], call[3], suspended=bool(call.u32(4) & _SUSPENDED))
    call.put_u32(call[5], thread.number)
    return thread.handle


@api("kernel32", "CreateRemoteThread", 7)
def create_remote_thread(call: Call) -> int:
    return _remote(call, call[0], call[3], call[4], call[6])


@api("kernel32", "CreateRemoteThreadEx", 8)
def create_remote_thread_ex(call: Call) -> int:
    return _remote(call, call[0], call[3], call[4], call[7])


def _remote(call: Call, handle: int, address: int, argument: int, place: int) -> int:
    if own(call.machine, handle):
        thread = new_thread(call, address, argument)
        call.put_u32(place, thread.number)
        return thread.handle
    process = foreign(call.machine, handle)
    if process is None:
        return call.fail(ERROR_INVALID_HANDLE)
    taken_over(call.machine, process, "a thread of its own")
    call.put_u32(place, process.pid + 12)
    return call.machine.handles.add(ForeignThread(process))


def taken_over(machine: Machine, process: Process, how: str) -> None:
    """Code was made to run in another process."""
    machine.recorder.note(Kind.MEMORY, "make-executable", process.path, how)


@api("kernel32", "SuspendThread Wow64SuspendThread", 1)
def suspend_thread(call: Call) -> int:
    thread = call.machine.handles.thread(call[0])
    if thread is not None and thread is not call.machine.current:
        thread.suspended += 1
    return 0


@api("kernel32 ntdll", "ResumeThread NtResumeThread ZwResumeThread", 1)
def resume_thread(call: Call) -> int:
    thread = call.machine.handles.thread(call[0])
    if thread is not None:
        thread.suspended = max(0, thread.suspended - 1)
        return 1 if call.name == "ResumeThread" else 0
    other = call.machine.handles.get(call[0], ForeignThread)
    if other is not None:
        if other.process.written:
            taken_over(call.machine, other.process, "resumed after it was written to")
        other.process.suspended = False
    return 1 if call.name == "ResumeThread" else 0


@api("kernel32 ntdll", "QueueUserAPC NtQueueApcThread ZwQueueApcThread", 3)
def queue_apc(call: Call) -> int:
    native = call.name != "QueueUserAPC"
    handle, function, argument = (
        (call[0], call[1], call[2]) if native else (call[1], call[0], call[2])
    )
    thread = call.machine.handles.thread(handle)
    if handle in CURRENT_THREAD:
        thread = call.machine.current
    if thread is not None:
        new_thread(call, function, argument)
        return 0 if native else 1
    other = call.machine.handles.get(handle, ForeignThread)
    if other is not None:
        taken_over(call.machine, other.process, "a queued call")
    return 0 if native else 1


@api("kernel32 ntdll", "GetThreadContext Wow64GetThreadContext NtGetContextThread", 2)
def get_thread_context(call: Call) -> int:
    machine = call.machine
    flags_at = 0 if machine.width == 4 else 0x30
    block = bytearray(faults.context_of(machine, 0x40_1000))
    other = machine.handles.get(call[0], ForeignThread)
    if other is not None:
        machine.recorder.call("GetThreadContext", other.process.path)
        place = 0xA4 if machine.width == 4 else 0x88  # ebx, rdx: the process block
        struct.pack_into("<I" if machine.width == 4 else "<Q", block, place, 0x7EFDE000)
    old = machine.memory.read(call[1] + flags_at, 4)
    block[flags_at : flags_at + 4] = old
    for register in range(
        4 if machine.width == 4 else 0x48, (0x18 if machine.width == 4 else 0x70)
    ):
        block[register] = 0
    call.put(call[1], bytes(block))
    return 0 if call.name.startswith("Nt") else 1


@api("kernel32 ntdll", "SetThreadContext Wow64SetThreadContext NtSetContextThread", 2)
def set_thread_context(call: Call) -> int:
    other = call.machine.handles.get(call[0], ForeignThread)
    if other is not None:
        taken_over(call.machine, other.process, "its thread was turned elsewhere")
    return 0 if call.name.startswith("Nt") else 1


# --- waiting -------------------------------------------------------------------------------------


def _seconds(milliseconds: int) -> float | None:
    return None if milliseconds == 0xFFFFFFFF else milliseconds / 1000


@api("kernel32", "Sleep", 1)
def sleep(call: Call) -> Answer:
    return _slept(call, call.u32(0))


@api("kernel32", "SleepEx", 2)
def sleep_ex(call: Call) -> Answer:
    return _slept(call, call.u32(0))


def _slept(call: Call, milliseconds: int) -> Answer:
    seconds = _seconds(milliseconds)
    if seconds is not None:
        seconds = call.machine.sleeps(seconds)
    return Wait(lambda: False, seconds, 0, 0)


@api("ntdll", "NtDelayExecution ZwDelayExecution", 2)
def delay_execution(call: Call) -> Answer:
    raw = int.from_bytes(call.machine.memory.read(call[1], 8), "little", signed=True)
    return Wait(lambda: False, call.machine.sleeps(abs(raw) / 1e7), 0, 0)


@api("kernel32", "SwitchToThread", 0)
def switch_to_thread(call: Call) -> Answer:
    return Wait(lambda: False, 0.0, 0, 0)
