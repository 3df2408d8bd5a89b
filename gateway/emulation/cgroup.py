"""A cgroup per guest: bounds its memory and processes from outside, and ends them all at once.

Works on version 2 and on version 1 hierarchies. It must never leave a group behind, and it never
touches a group that it did not make. Changes with the kernel's interface, with nothing else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
GROUP = "sluice.emulation"
"""Parent of all guests' groups."""

_V1_CONTROLLERS = ("memory", "pids")

SENTRY_MEMORY = 192 << 20
"""Bytes on top of the guest's own memory: gVisor's kernel and its file server take about 60 MiB."""

_HELPER_TASKS = 160
"""Threads of gVisor itself on top of the guest's processes."""

_TASKS_PER_PROCESS = 4
"""Host tasks per guest process on the ptrace and systrap platforms, with room to spare."""

_CPU_WEIGHT = "5"
"""Of all guests together against 100 of every other group beside theirs: where the system shares
the CPU by groups, niceness counts only within one."""

_PAUSE = 0.002
"""Seconds between two attempts: dying takes about this long."""

_ATTEMPTS = 3
"""To make a group: another gateway may be removing the parent, empty until now, at that moment."""

_KILL_SECONDS = 5.0
"""How long dying processes are waited for. They hold no disk state, so it takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Group:
    """One guest's cgroup: its directories (one on version 2, one per controller on version 1)."""

    directories: tuple[Path, ...]

    def processes(self) -> frozenset[int]:
        """Process numbers in the group."""
        found: set[int] = set()
        for directory in self.directories:
            try:
                found.update(map(int, (directory / "cgroup.procs").read_text().split()))
            except OSError:
                continue
        return frozenset(found)

    def memory_ran_out(self) -> bool:
        """True when the kernel ended a process of the group for lack of memory."""
        names = ("memory.events", "memory.oom_control")
        return self._counted(names, "oom_kill")

    def tasks_ran_out(self) -> bool:
        """True when the kernel refused the group a further process."""
        return self._counted(("pids.events",), "max")

    def _counted(self, names: tuple[str, ...], key: str) -> bool:
        paths = (directory / name for directory in self.directories for name in names)
        return any(_counter(path, key) > 0 for path in paths)

    def end(self) -> bool:
        """Kill everything in the group and remove it. False when something would not die."""
        deadline = time.monotonic() + _KILL_SECONDS
        while not all(_removed(directory) for directory in self.directories):
            # a process may enter between a look and the removal, so both are in one loop
            for pid in self.processes():
                _kill(pid)
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)
        return True


def available(mount: Path = MOUNT) -> bool:
    """True where groups with a memory limit can be made."""
    group = create(f"probe-{os.getpid()}-{time.monotonic_ns()}", 1 << 30, 16, mount)
    return group is not None and group.end()


def create(name: str, memory: int, processes: int, mount: Path = MOUNT) -> Group | None:
    """Make the group `name` for a guest with `memory` bytes and `processes` of its own.

    None where the system has no usable controllers or does not let us.
    """
    for _ in range(_ATTEMPTS):
        parents = _parents(mount)
        if not parents:
            return None
        group = Group(tuple(parent / name for parent in parents))
        try:
            for directory in group.directories:
                directory.mkdir(parents=True)
            _limit(group, memory + SENTRY_MEMORY, processes * _TASKS_PER_PROCESS + _HELPER_TASKS)
        except OSError:
            group.end()
        else:
            return group
    return None


def tidy(mount: Path = MOUNT) -> None:
    """Remove the parent of all guests' groups, unless it still holds one."""
    for parent in _parents(mount):
        with contextlib.suppress(OSError):
            parent.rmdir()


def leftovers(mount: Path = MOUNT) -> dict[str, Group]:
    """All groups of guests that are there now, by name."""
    found: dict[str, list[Path]] = {}
    for parent in _parents(mount):
        for directory in parent.iterdir() if parent.is_dir() else ():
            if directory.is_dir():
                found.setdefault(directory.name, []).append(directory)
    return {name: Group(tuple(directories)) for name, directories in found.items()}


def _parents(mount: Path) -> tuple[Path, ...]:
    """The directories that hold guests' groups; on version 2 with the controllers switched on."""
    if not (mount / "cgroup.controllers").exists():
        parents = tuple(mount / controller / GROUP for controller in _V1_CONTROLLERS)
        return parents if all(parent.parent.is_dir() for parent in parents) else ()
    parent = mount / GROUP
    try:
        parent.mkdir(exist_ok=True)
        if (parent / "cpu.weight").exists():
            (parent / "cpu.weight").write_text(_CPU_WEIGHT)
        for directory in (mount, parent):
            if not {"memory", "pids"} <= set(_words(directory / "cgroup.subtree_control")):
                (directory / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError:
        with contextlib.suppress(OSError):
            parent.rmdir()
        return ()
    return (parent,)


def _limit(group: Group, memory: int, tasks: int) -> None:
    for directory in group.directories:
        values = {"memory.max": memory, "memory.swap.max": 0, "memory.oom.group": 1}
        values |= {"memory.limit_in_bytes": memory, "pids.max": tasks}
        required = {"memory.max", "memory.limit_in_bytes", "pids.max"}
        present = {name for name in values if (directory / name).exists()}
        if not present & required:
            raise FileNotFoundError(f"{directory} has no limits")
        for name in sorted(present):
            (directory / name).write_text(str(values[name]))


def _words(path: Path) -> list[str]:
    return path.read_text().split()


def _counter(path: Path, key: str) -> int:
    try:
        pairs = (line.split() for line in path.read_text().splitlines())
        return sum(int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == key)
    except OSError:
        return 0


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _removed(directory: Path) -> bool:
    """Try to remove a group; the kernel refuses while anything is in it."""
    try:
        directory.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
