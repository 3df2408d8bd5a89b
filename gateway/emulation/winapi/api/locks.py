"""Events, mutexes, semaphores, critical sections, waiting for them, thread-local slots."""

from __future__ import annotations

import struct

from gateway.emulation.winapi.calls import (
    ERROR_ALREADY_EXISTS,
    ERROR_FILE_NOT_FOUND,
    Answer,
    Call,
    Wait,
    api,
    constants,
)
from gateway.emulation.winapi.handles import Event
from gateway.emulation.winapi.machine import Machine
from gateway.emulation.winapi.threads import Thread

constants(
    "kernel32 ntdll",
    "InitializeCriticalSection/1 InitializeCriticalSectionAndSpinCount/2=1 "
    "InitializeCriticalSectionEx/3=1 EnterCriticalSection/1 LeaveCriticalSection/1 "
    "DeleteCriticalSection/1 TryEnterCriticalSection/1=1 InitializeSRWLock/1 "
    "AcquireSRWLockExclusive/1 ReleaseSRWLockExclusive/1 AcquireSRWLockShared/1 "
    "ReleaseSRWLockShared/1 TryAcquireSRWLockExclusive/1=1 InitializeConditionVariable/1 "
    "WakeConditionVariable/1 WakeAllConditionVariable/1 InitializeSListHead/1 "
    "SetCriticalSectionSpinCount/2 RtlInitializeCriticalSection/1 RtlEnterCriticalSection/1 "
    "RtlLeaveCriticalSection/1 RtlDeleteCriticalSection/1 InterlockedFlushSList/1 "
    "CancelWaitableTimer/1=1 UnregisterWait/1=1",
)


def _named(call: Call, name: str, made: Event) -> int:
    """A new object, or the one of that name that is there already."""
    for event in call.machine.handles.find(Event):
        if name and event.name == name:
            call.machine.last_error = ERROR_ALREADY_EXISTS
            return call.machine.handles.add(event)
    call.machine.last_error = 0
    return call.machine.handles.add(made)


@api("kernel32", "CreateEventA CreateEventW", 4)
def create_event(call: Call) -> int:
    return _named(call, call.text(3), Event(call.text(3), call.u32(2), bool(call.u32(1))))


@api("kernel32", "CreateMutexA CreateMutexW", 3)
def create_mutex(call: Call) -> int:
    if call[2]:
        call.saw(call.text(2))
    return _named(call, call.text(2), Event(call.text(2), 0 if call.u32(1) else 1))


@api("kernel32", "CreateMutexExA CreateMutexExW", 4)
def create_mutex_ex(call: Call) -> int:
    return _named(call, call.text(1), Event(call.text(1), 1))


@api("kernel32", "CreateSemaphoreA CreateSemaphoreW", 4)
def create_semaphore(call: Call) -> int:
    return _named(call, call.text(3), Event(call.text(3), call.u32(1)))


@api("kernel32", "CreateWaitableTimerA CreateWaitableTimerW", 3)
def create_timer(call: Call) -> int:
    return call.machine.handles.add(Event(count=0))


@api("kernel32", "SetWaitableTimer", 6)
def set_timer(call: Call) -> int:
    event = call.machine.handles.get(call[0], Event)
    due = struct.unpack("<q", call.machine.memory.read(call[1], 8))[0]
    if due < 0:
        call.machine.sleeps(-due / 1e7)
        call.machine.recorder.slept += min(-due / 1e7, 3600)
    if event is not None:
        event.count = 1
    return 1


@api("kernel32", "OpenMutexA OpenMutexW OpenEventA OpenEventW OpenSemaphoreA OpenSemaphoreW", 3)
def open_named(call: Call) -> int:
    for event in call.machine.handles.find(Event):
        if event.name and event.name == call.text(2):
            return call.machine.handles.add(event)
    return call.fail(ERROR_FILE_NOT_FOUND)


@api("kernel32", "SetEvent ReleaseMutex PulseEvent", 1)
def set_event(call: Call) -> int:
    event = call.machine.handles.get(call[0], Event)
    if event is not None:
        event.count = 1
    return 1


@api("kernel32", "ResetEvent", 1)
def reset_event(call: Call) -> int:
    event = call.machine.handles.get(call[0], Event)
    if event is not None:
        event.count = 0
    return 1


@api("kernel32", "ReleaseSemaphore", 3)
def release_semaphore(call: Call) -> int:
    event = call.machine.handles.get(call[0], Event)
    if event is not None:
        call.put_u32(call[2], event.count)
        event.count += call.u32(1)
    return 1


def signalled(machine: Machine, handle: int) -> bool:
    """Whether a wait for it would end at once."""
    thing = machine.handles.any(handle)
    if isinstance(thing, Thread):
        return thing.ended
    return thing.count > 0 if isinstance(thing, Event) else True


def take(machine: Machine, handle: int) -> bool:
    """Whether a handle is signalled; what is not manual is taken by that."""
    if not signalled(machine, handle):
        return False
    thing = machine.handles.any(handle)
    if isinstance(thing, Event) and not thing.manual:
        thing.count -= 1
    return True


def _waiting(call: Call, handles: list[int], every: bool, milliseconds: int) -> Answer:
    machine = call.machine
    seconds = None if milliseconds == 0xFFFFFFFF else milliseconds / 1000

    def ready() -> bool:
        found = [signalled(machine, handle) for handle in handles]
        return all(found) if every else any(found)

    if ready():
        for number, handle in enumerate(handles):
            if take(machine, handle) and not every:
                return number
        return 0
    if seconds is not None:
        seconds = machine.sleeps(seconds)
    return Wait(ready, seconds)


@api("kernel32", "WaitForSingleObject", 2)
def wait_single(call: Call) -> Answer:
    return _waiting(call, [call[0]], True, call.u32(1))


@api("kernel32", "WaitForSingleObjectEx", 3)
def wait_single_ex(call: Call) -> Answer:
    return _waiting(call, [call[0]], True, call.u32(1))


@api("kernel32", "WaitForMultipleObjects", 4)
def wait_multiple(call: Call) -> Answer:
    return _multiple(call, call.u32(3))


@api("kernel32", "WaitForMultipleObjectsEx", 5)
def wait_multiple_ex(call: Call) -> Answer:
    return _multiple(call, call.u32(3))


@api("user32", "MsgWaitForMultipleObjects", 5)
def message_wait(call: Call) -> Answer:
    return _multiple(call, call.u32(3)) if call.u32(0) else 0


def _multiple(call: Call, milliseconds: int) -> Answer:
    count, width = min(call.u32(0), 64), call.machine.width
    handles = [call.machine.memory.pointer(call[1] + width * number) for number in range(count)]
    return _waiting(call, handles, bool(call.u32(2)), milliseconds)


@api("kernel32", "SleepConditionVariableCS", 3)
def sleep_condition(call: Call) -> Answer:
    return Wait(lambda: True, 0.0, 1, 1)


@api("kernel32", "InitOnceBeginInitialize", 4)
def init_once(call: Call) -> int:
    call.put_u32(call[2], int(not call.machine.memory.pointer(call[0])))
    return 1


@api("kernel32", "InitOnceComplete", 3)
def init_once_done(call: Call) -> int:
    call.put_pointer(call[0], 2)
    return 1


@api("kernel32", "InterlockedIncrement InterlockedDecrement", 1)
def interlocked(call: Call) -> int:
    value = call.machine.memory.u32(call[0]) + (1 if "Increment" in call.name else -1)
    call.put_u32(call[0], value)
    return value & 0xFFFFFFFF


@api("kernel32", "InterlockedExchange InterlockedExchangeAdd", 2)
def interlocked_exchange(call: Call) -> int:
    old = call.machine.memory.u32(call[0])
    call.put_u32(call[0], call.u32(1) + (old if call.name.endswith("Add") else 0))
    return old


@api("kernel32", "InterlockedCompareExchange", 3)
def interlocked_compare(call: Call) -> int:
    old = call.machine.memory.u32(call[0])
    if old == call.u32(2):
        call.put_u32(call[0], call.u32(1))
    return old


@api("kernel32", "TlsAlloc", 0)
def tls_alloc(call: Call) -> int:
    call.machine.keep.tls_next += 1
    return call.machine.keep.tls_next + 1


@api("kernel32", "FlsAlloc", 1)
def fls_alloc(call: Call) -> int:
    return tls_alloc(call)  # type: ignore[return-value]


@api("kernel32", "TlsGetValue FlsGetValue", 1)
def tls_get(call: Call) -> int:
    call.machine.last_error = 0
    return call.machine.keep.tls.get((call.machine.current.number, call.u32(0)), 0)


@api("kernel32", "TlsSetValue FlsSetValue", 2)
def tls_set(call: Call) -> int:
    call.machine.keep.tls[call.machine.current.number, call.u32(0)] = call[1]
    return 1


@api("kernel32", "TlsFree FlsFree", 1)
def tls_free(call: Call) -> int:
    return 1
