"""CPU seconds and memory of a system under test: a set of processes with all their children.

Read from /proc. Children that were reaped count too: the kernel adds their times to their
parent's (proc(5), cutime and cstime).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_TICKS = os.sysconf("SC_CLK_TCK")
_KB = 1024

ROLES = (
    ("gateway.daemon.interceptor", "interceptor"),
    ("gateway.daemon.worker", "worker"),
    ("gateway.daemon.emulator", "emulator"),
    ("gateway.sandbox.host", "inspector"),
    ("gateway.daemon", "supervisor"),
)
"""What a command line contains, and what the process is; forked guests keep their host's."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory in octets: `rss` by role (pages that processes share count in each of them), and
    `pss`, the whole with shared pages counted once. `processes` are how many there were."""

    rss: dict[str, int]
    pss: int
    processes: int


def tree(roots: Sequence[int]) -> list[psutil.Process]:
    """The processes `roots` and everything below them."""
    found: dict[int, psutil.Process] = {}
    for pid in roots:
        try:
            root = psutil.Process(pid)
            for one in (root, *root.children(recursive=True)):
                found[one.pid] = one
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def cpu_seconds(roots: Sequence[int]) -> float:
    """CPU seconds that the trees of `roots` used so far, living and reaped."""
    return sum(_cpu_of(one.pid) for one in tree(roots))


def cpu_by_role(roots: Sequence[int]) -> dict[str, float]:
    """The same, apart for each role."""
    found: dict[str, float] = {}
    for one in tree(roots):
        try:
            role = role_of(one.cmdline())
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        found[role] = found.get(role, 0.0) + _cpu_of(one.pid)
    return found


def memory(roots: Sequence[int]) -> Memory:
    """What the trees of `roots` hold in memory now."""
    rss: dict[str, int] = {}
    pss = count = 0
    for one in tree(roots):
        try:
            role = role_of(one.cmdline())
            whole = one.memory_full_info()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        rss[role] = rss.get(role, 0) + whole.rss
        pss += whole.pss
        count += 1
    return Memory(rss, pss, count)


def role_of(command: Sequence[str]) -> str:
    """The role of a process by its command line."""
    for module, role in ROLES:
        if module in command:
            return role
    return "other"


def workers_of(roots: Sequence[int]) -> int:
    """How many workers the gateway under `roots` has."""
    return sum(role_of(one.cmdline()) == "worker" for one in tree(roots))


def _cpu_of(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    # utime, stime, cutime, cstime are fields 14 to 17; the name, field 2, may hold blanks.
    return sum(int(field) for field in stat.rpartition(")")[2].split()[11:15]) / _TICKS
