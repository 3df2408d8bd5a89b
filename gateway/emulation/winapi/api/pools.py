"""Thread pools: work, waits and timers that Windows runs on threads of its own.

One worker thread takes all work in its order. It sleeps between in a function that only this module
calls, so that a program with a thousand small jobs has one thread more, not a thousand.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from gateway.emulation.winapi.api.locks import signalled, take
from gateway.emulation.winapi.calls import Answer, Call, Invoke, Running, Wait, api, constants
from gateway.emulation.winapi.handles import Plain
from gateway.emulation.winapi.machine import Machine
from gateway.emulation.winapi.threads import Thread

_REPEATS = 4
"""How often a repeating timer fires, as often as those of windows."""

_TIMED_OUT = 0x102
_FOR_EVER = 0xFFFFFFFF
_IDLE = "TppWorkerIdle"

constants(
    "kernel32 ntdll",
    "CreateThreadpool/1=0x7A00 CloseThreadpool/1 SetThreadpoolThreadMaximum/2 "
    "SetThreadpoolThreadMinimum/2=1 CreateThreadpoolCleanupGroup/0=0x7A10 "
    "CloseThreadpoolCleanupGroupMembers/3 CloseThreadpoolCleanupGroup/1 CloseThreadpoolWork/1 "
    "CloseThreadpoolWait/1 CloseThreadpoolTimer/1 TpReleaseWork/1 TpReleaseWait/1 "
    "TpReleaseTimer/1 TpSetPoolMaxThreads/2 TpReleasePool/1 CallbackMayRunLong/1=1 "
    "DisassociateCurrentThreadFromCallback/1 IsThreadpoolTimerSet/1=0 "
    "CreateTimerQueue/0=0x7A20 DeleteTimerQueue/1=1 DeleteTimerQueueEx/2=1 "
    "DeleteTimerQueueTimer/3=1 ChangeTimerQueueTimer/4=1 UnregisterWaitEx/2=1",
)


@dataclass(slots=True)
class Job:
    """A callback with its arguments, from when on it may run, and whose it is.

    waits_for: a handle that must be signalled before; late: it runs at its time because that was
    not.
    """

    function: int
    arguments: tuple[int, ...]
    due: float = 0.0
    owner: int = 0
    waits_for: int = 0
    late: Job | None = None


@dataclass(slots=True)
class Pool:
    """What waits to be run, by the one thread that runs it."""

    jobs: list[Job] = field(default_factory=list)
    worker: Thread | None = None
    running: int = 0

    def forget(self, owner: int) -> None:
        """Take away what was queued of one object and has not begun."""
        self.jobs[:] = [job for job in self.jobs if job.owner != owner]


@dataclass(slots=True)
class Registered:
    """What CreateThreadpoolWork and its relatives made: a callback that is set going later."""

    function: int
    context: int


def pool(machine: Machine) -> Pool:
    """The pool of the process."""
    made: Pool = machine.keep.things.setdefault("pool", Pool())
    return made


def queue(machine: Machine, job: Job) -> None:
    """Have the worker run it when it may; the first job starts the worker."""
    made = pool(machine)
    made.jobs.append(job)
    if made.worker is None or made.worker.ended:
        made.worker = machine.start_thread(_working(machine, made))


def _may_run(machine: Machine, job: Job) -> bool:
    due = job.due <= machine.now()
    return due and (not job.waits_for or signalled(machine, job.waits_for))


def _next(machine: Machine, made: Pool) -> Job | None:
    return next((job for job in made.jobs if _may_run(machine, job)), None)


def _working(machine: Machine, made: Pool) -> Running:
    idle = machine.resolve("ntdll.dll", _IDLE)
    while True:
        job = _next(machine, made)
        if job is None:
            yield Invoke(idle)
            continue
        made.jobs[:] = [each for each in made.jobs if each is not job and each is not job.late]
        if job.waits_for:
            take(machine, job.waits_for)
        made.running = job.owner
        yield Invoke(job.function, job.arguments)
        made.running = 0


@api("ntdll", _IDLE, 0)
def worker_idle(call: Call) -> Answer:
    """The worker has nothing to do until a job may run."""
    machine = call.machine
    made = pool(machine)
    later = [job.due for job in made.jobs if job.due > machine.now()]
    seconds = max(0.0, min(later) - machine.now()) if later else None
    return Wait(lambda: _next(machine, made) is not None, seconds, 0, 0)


# --- work ----------------------------------------------------------------------------------------


def _registered(call: Call, function: int, context: int) -> int:
    return call.machine.handles.add(Registered(function, context))


@api("kernel32", "CreateThreadpoolWork CreateThreadpoolWait CreateThreadpoolTimer", 3)
def create_object(call: Call) -> int:
    return _registered(call, call[0], call[1])


@api("ntdll", "TpAllocWork TpAllocWait TpAllocTimer", 4)
def allocate_object(call: Call) -> int:
    call.put_pointer(call[0], _registered(call, call[1], call[2]))
    return 0


@api("kernel32 ntdll", "SubmitThreadpoolWork TpPostWork", 1)
def submit_work(call: Call) -> int:
    found = call.machine.handles.get(call[0], Registered)
    if found is not None:
        arguments = (call.machine.heap.zeroed(64), found.context, call[0])
        queue(call.machine, Job(found.function, arguments, owner=call[0]))
    return 0


@api("kernel32", "TrySubmitThreadpoolCallback", 3)
def submit_callback(call: Call) -> int:
    queue(call.machine, Job(call[0], (call.machine.heap.zeroed(64), call[1])))
    return 1


@api("ntdll", "TpSimpleTryPost", 3)
def simple_post(call: Call) -> int:
    queue(call.machine, Job(call[0], (call.machine.heap.zeroed(64), call[1])))
    return 0


@api("kernel32", "QueueUserWorkItem", 3)
def queue_work_item(call: Call) -> int:
    queue(call.machine, Job(call[0], (call[1],)))
    return 1


@api("ntdll", "RtlQueueWorkItem", 3)
def queue_item(call: Call) -> int:
    queue(call.machine, Job(call[0], (call[1],)))
    return 0


@api(
    "kernel32 ntdll",
    "WaitForThreadpoolWorkCallbacks WaitForThreadpoolWaitCallbacks "
    "WaitForThreadpoolTimerCallbacks TpWaitForWork TpWaitForWait TpWaitForTimer",
    2,
)
def wait_for_callbacks(call: Call) -> Answer:
    """Wait for what was queued of one object, or cancel what has not begun."""
    made, owner = pool(call.machine), call[0]
    if call.u32(1):
        made.forget(owner)

    def done() -> bool:
        waiting = any(job.owner == owner and _may_run(call.machine, job) for job in made.jobs)
        return not waiting and made.running != owner

    return Wait(done, None, 0, 0)


# --- waits ---------------------------------------------------------------------------------------


def _due(call: Call, place: int) -> float:
    """When a FILETIME says: relative where it is negative, at once otherwise."""
    if not place:
        return 0.0
    raw: int = struct.unpack("<q", call.machine.memory.read(place, 8))[0]
    return call.machine.now() + (-raw / 1e7 if raw < 0 else 0.0)


def _wait(machine: Machine, job: Job, ends: bool) -> None:
    """Queue what waits for a handle: one that is signalled already is taken before anybody else
    asks for it. `ends`: it runs late where the handle is not signalled in time."""
    if take(machine, job.waits_for):
        job.waits_for = 0
    elif ends and job.late is not None:
        queue(machine, job.late)
    queue(machine, job)


@api("kernel32 ntdll", "SetThreadpoolWait TpSetWait", 3)
def set_wait(call: Call) -> int:
    machine, owner = call.machine, call[0]
    found = machine.handles.get(owner, Registered)
    pool(machine).forget(owner)
    if found is None or not call[1]:
        return 0
    arguments = (machine.heap.zeroed(64), found.context, owner)
    late = Job(found.function, (*arguments, _TIMED_OUT), _due(call, call[2]), owner)
    _wait(machine, Job(found.function, (*arguments, 0), 0.0, owner, call[1], late), bool(call[2]))
    return 0


@api("kernel32", "RegisterWaitForSingleObject", 6)
def register_wait(call: Call) -> int:
    machine = call.machine
    handle = machine.handles.add(Plain("wait"))
    call.put_pointer(call[0], handle)
    late = Job(call[2], (call[3], 1), machine.now() + call.u32(4) / 1000, handle)
    job = Job(call[2], (call[3], 0), 0.0, handle, call[1], late)
    _wait(machine, job, call.u32(4) != _FOR_EVER)
    return 1


# --- timers --------------------------------------------------------------------------------------


def _fires(machine: Machine, job: Job, period: float) -> None:
    """A timer: once, or a few times where it repeats."""
    for number in range(_REPEATS if period else 1):
        queue(
            machine,
            Job(job.function, job.arguments, job.due + number * period, owner=job.owner),
        )


@api("kernel32 ntdll", "SetThreadpoolTimer SetThreadpoolTimerEx TpSetTimer", 4)
def set_timer(call: Call) -> int:
    machine, owner = call.machine, call[0]
    found = machine.handles.get(owner, Registered)
    pool(machine).forget(owner)
    if found is not None and call[1]:
        arguments = (machine.heap.zeroed(64), found.context, owner)
        job = Job(found.function, arguments, _due(call, call[1]), owner=owner)
        _fires(machine, job, call.u32(2) / 1000)
    return 0


@api("kernel32", "CreateTimerQueueTimer", 7)
def create_queue_timer(call: Call) -> int:
    machine = call.machine
    handle = machine.handles.add(Plain("timer"))
    call.put_pointer(call[0], handle)
    due = machine.now() + call.u32(4) / 1000
    _fires(machine, Job(call[2], (call[3], 1), due, owner=handle), call.u32(5) / 1000)
    return 1


@api("winmm", "timeSetEvent", 5)
def set_multimedia_timer(call: Call) -> int:
    """A function, unless the flags say that an event is to be set (TIME_CALLBACK_EVENT_SET)."""
    machine, period = call.machine, call.u32(0) / 1000
    if not call.u32(4) & 0x30:
        job = Job(call[2], (1, 0, call[3], 0, 0), machine.now() + period)
        _fires(machine, job, period if call.u32(4) & 1 else 0.0)
    return 1


constants("winmm", "timeKillEvent/1=0 timeGetDevCaps/2=0")
