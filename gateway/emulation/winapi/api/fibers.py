"""Fibers: stacks between which the program itself switches. Each is a thread here; one runs."""

from __future__ import annotations

from gateway.emulation.winapi.calls import Answer, Call, Invoke, Running, Wait, api, constants
from gateway.emulation.winapi.machine import Machine
from gateway.emulation.winapi.threads import Thread

_SIZE = 64
"""Bytes of what a fiber's number points to; programs read its first field, their own argument."""

_ACTIVE, _OWNERS = "active fiber", "fibers"

constants("kernel32", "ConvertFiberToThread/0=1")


def _owners(machine: Machine) -> dict[int, Thread]:
    """The threads behind fibers, by the fibers' addresses."""
    made: dict[int, Thread] = machine.keep.things.setdefault(_OWNERS, {})
    return made


def _made(machine: Machine, argument: int) -> int:
    place = machine.heap.zeroed(_SIZE)
    machine.memory.put_pointer(place, argument)
    return place


def _current(machine: Machine) -> int:
    """The fiber of the running thread, 0 where it is none."""
    owners = _owners(machine).items()
    return next((fiber for fiber, thread in owners if thread is machine.current), 0)


@api("kernel32", "ConvertThreadToFiber", 1)
def convert(call: Call) -> int:
    return _converted(call)


@api("kernel32", "ConvertThreadToFiberEx", 2)
def convert_ex(call: Call) -> int:
    return _converted(call)


def _converted(call: Call) -> int:
    machine = call.machine
    fiber = _made(machine, call[0])
    _owners(machine)[fiber] = machine.current
    machine.keep.things[_ACTIVE] = fiber
    machine.memory.put_pointer(machine.blocks.teb + 4 * machine.width, fiber)  # TEB.FiberData
    return fiber


@api("kernel32", "CreateFiber", 3)
def create(call: Call) -> int:
    return _created(call.machine, call[1], call[2])


@api("kernel32", "CreateFiberEx", 5)
def create_ex(call: Call) -> int:
    return _created(call.machine, call[3], call[4])


def _created(machine: Machine, function: int, argument: int) -> int:
    fiber = _made(machine, argument)

    def running() -> Running:
        yield Invoke(function, (argument,))
        machine.end(0)  # a fiber that returns ends its thread
        return 0

    thread = machine.start_thread(running(), suspended=True)
    place, width = 4 * machine.width, machine.width
    data = fiber.to_bytes(width, "little")
    thread.block = thread.block[:place] + data + thread.block[place + width :]
    _owners(machine)[fiber] = thread
    return fiber


@api("kernel32", "SwitchToFiber", 1)
def switch(call: Call) -> Answer:
    machine, here = call.machine, _current(call.machine)
    thread = _owners(machine).get(call[0])
    if thread is None or thread is machine.current:
        return 0
    thread.suspended = 0
    machine.keep.things[_ACTIVE] = call[0]
    return Wait(lambda: machine.keep.things[_ACTIVE] == here, None, 0, 0)


@api("kernel32", "DeleteFiber", 1)
def delete(call: Call) -> int:
    thread = _owners(call.machine).pop(call[0], None)
    if thread is call.machine.current:
        call.machine.exit_thread(0)
    elif thread is not None:
        thread.ended = True
    return 0


@api("kernel32", "IsThreadAFiber", 0)
def is_fiber(call: Call) -> int:
    return int(_current(call.machine) != 0)
