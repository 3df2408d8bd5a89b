"""What a zygote takes from itself before it forks guests, and what each guest gives up on top.

The expensive things are done once and inherited: namespaces of its own, an empty root, an
unprivileged account without capabilities, limits. Each guest adds the system call filter and the
limits that a zygote cannot bear. What could not be had is reported, not hidden; without the
filter nothing runs at all. See namespaces(7), pivot_root(2), user_namespaces(7), setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.sandbox import limits

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUTS = 0x04000000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_REC, _MS_PRIVATE = 16384, 1 << 18
_MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_LAST_CAPABILITY = 63
_MADV_COLLAPSE = 25
_HUGE_PAGE = 2 * 1024 * 1024
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_NAMESPACES = {
    "network": _CLONE_NEWNET,
    "mounts": _CLONE_NEWNS,
    "processes": _CLONE_NEWPID,
    "ipc": _CLONE_NEWIPC,
    "hostname": _CLONE_NEWUTS,
}

NOBODY = 65534
"""The account of guests that root starts; it owns nothing."""

_EMPTY_ROOT = "/tmp"
"""Where the empty root is mounted before it becomes the root; any directory does."""

_libc = ctypes.CDLL(None, use_errno=True)


class Confinement(msgspec.Struct, frozen=True):
    """What was achieved and what was not, by the names people read in `status`."""

    achieved: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process holds, in bytes (proc(5), statm)."""

    address_space: int
    data: int


def enter_namespaces(*, starts_programs: bool = False) -> Confinement:
    """Give the children of this process namespaces of their own (all but the root directory).

    As root directly; otherwise through a user namespace, where the kernel permits one. A zygote
    that `starts_programs` stays among the machine's processes: bubblewrap makes a namespace of them
    itself, and looks its child up in /proc by the number it has here.
    """
    names = tuple(name for name in _NAMESPACES if not (starts_programs and name == "processes"))
    wanted = 0
    for name in names:
        wanted |= _NAMESPACES[name]
    if _libc.unshare(wanted) == 0:
        return Confinement(names, ())
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(wanted | _CLONE_NEWUSER) == 0:
        _map_ids(uid, gid)
        return Confinement((*names, "users"), ())
    return Confinement((), names)


def _map_ids(uid: int, gid: int) -> None:
    """Keep one's own ids in the new user namespace (user_namespaces(7))."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def become_confined(before: Confinement, guest_memory: int = limits.GUEST_MEMORY) -> Confinement:
    """The zygote's last step before it serves: empty root, no privilege, limits.

    `before` is what `enter_namespaces` achieved for it, `guest_memory` the bytes a guest may add
    to what it starts with. Afterwards nothing can be imported.
    """
    memory = memory_now()
    achieved, missing = list(before.achieved), list(before.missing)
    if "mounts" in achieved:
        (achieved if _empty_root() else missing).append("empty root")
    else:
        missing.append("empty root")
    _drop_privilege()
    achieved += ["no privilege", "limits", "system calls"]
    _set_limits(memory, guest_memory)
    return Confinement(tuple(achieved), tuple(missing))


def become_unprivileged(before: Confinement) -> Confinement:
    """The last step of a zygote whose guests start a program behind walls of its own: no privilege.
    It keeps the file system, because the walls are made from it."""
    _drop_privilege()
    _limit(resource.RLIMIT_CORE, 0)
    return Confinement((*before.achieved, "no privilege"), before.missing)


def mount_memory(path: str) -> bool:
    """Mount an empty file system in memory at `path`, for this process and its children alone.
    Whether that could be done."""
    if _libc.unshare(_CLONE_NEWNS) != 0:
        return False
    private = _libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    return bool(private == 0 and _libc.mount(b"none", path.encode(), b"tmpfs", flags, None) == 0)


def _empty_root() -> bool:
    """Make an empty read-only tmpfs the root; the old root is out of reach."""
    private = _libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    target = _EMPTY_ROOT.encode()
    mounted = _libc.mount(b"none", target, b"tmpfs", flags, b"size=4k,mode=0555")
    if private != 0 or mounted != 0:
        return False
    os.chdir(_EMPTY_ROOT)
    number = _SYS_PIVOT_ROOT.get(os.uname().machine, -1)
    # pivot_root(".", "."): the old root comes to lie over the new one and is taken off.
    if _libc.syscall(number, b".", b".") != 0 or _libc.umount2(b".", _MNT_DETACH) != 0:
        return False
    os.chdir("/")
    _libc.mount(b"none", b"/", None, flags | _MS_REMOUNT | _MS_RDONLY, None)
    return True


def _drop_privilege() -> None:
    """Nobody's account, an empty bounding set, no new privileges; not dumpable to its account."""
    for capability in range(_LAST_CAPABILITY + 1):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    else:
        _clear_capabilities()
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _clear_capabilities() -> None:
    """Give up what a user namespace gave (capset(2), version 3, all sets empty)."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def die_with_parent() -> None:
    """Be killed when the parent ends, however it ends. A change of account clears this."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def memory_now() -> Memory:
    """Address space and private data of this process, read while /proc is still there."""
    pages = [int(field) for field in Path("/proc/self/statm").read_text().split()]
    size = resource.getpagesize()
    return Memory(pages[0] * size, pages[5] * size)


def _set_limits(memory: Memory, guest_memory: int) -> None:
    """Limits that zygote and guests share; memory is counted on top of what is there already."""
    _limit(resource.RLIMIT_DATA, memory.data + guest_memory)
    _limit(resource.RLIMIT_AS, memory.address_space + limits.GUEST_ADDRESS_SPACE + guest_memory)
    _limit(resource.RLIMIT_FSIZE, limits.GUEST_OUTPUT)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, limits.GUEST_DESCRIPTORS)


def gather_memory() -> None:
    """Put the private memory of this process into huge pages where that is possible.

    fork(2) copies a page table entry for each page: a fifth fewer CPU cycles per guest. Best
    effort: kernels before 6.1 have no MADV_COLLAPSE, and nothing depends on it.
    """
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights != "rw-p" or inode != "0" or name not in ([], ["[heap]"]):
            continue
        first, last = (int(end, 16) for end in span.split("-"))
        start = -(-first // _HUGE_PAGE) * _HUGE_PAGE
        length = last // _HUGE_PAGE * _HUGE_PAGE - start
        if length > 0:
            _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_COLLAPSE)


def limit_guest(pid: int) -> None:
    """What only a guest can bear: no process, little CPU. Set by the zygote for its new guest: each
    call within the guest would touch, and so copy, pages (a quarter of a millisecond for these).

    Both stand behind other walls, so it does not matter that the guest runs already: the system
    call filter forbids processes, and budgets are kept from outside. Raises ProcessLookupError
    when the guest has ended meanwhile.
    """
    resource.prlimit(pid, resource.RLIMIT_NPROC, (0, 0))
    seconds = limits.GUEST_CPU_SECONDS
    resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))
