"""The system calls a guest may make: an allow-list, compiled once, installed in every guest.

A guest works on memory and on descriptors it was given. It opens nothing, connects nowhere and
makes no process; such calls fail with EPERM, so that a library which merely tries goes on without.
Calls that only an exploit makes end the guest. See seccomp(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket

import pyseccomp

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

ALLOWED: tuple[str, ...] = (
    # descriptors it has: the socket, the input, the output
    *("read", "write", "pread64", "pwrite64", "readv", "writev", "lseek", "close", "fstat"),
    *("ftruncate", "recvmsg", "recvfrom", "sendmsg", "sendto", "poll", "ppoll"),
    # memory
    *("mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "membarrier"),
    # locks and signals within the process
    *("futex", "rseq", "set_robust_list", "restart_syscall", "sched_yield"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    # clock, randomness, facts about itself
    *("clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom"),
    *("getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "sysinfo"),
    *("uname", "sched_getaffinity", "getcwd"),
    # the end
    *("exit", "exit_group"),
)

FATAL: tuple[str, ...] = (
    *("execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "bpf"),
    *("userfaultfd", "io_uring_setup", "keyctl", "add_key", "mount", "unshare", "setns"),
    *("init_module", "finit_module", "kexec_load", "perf_event_open"),
)
"""No parser and no library calls these: who does has taken the guest over."""


_DENIED_TO_PROGRAMS: tuple[str, ...] = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "bpf", "userfaultfd", "keyctl", "add_key"),
    *("request_key", "io_uring_setup", "io_uring_enter", "io_uring_register", "perf_event_open"),
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at"),
    *("name_to_handle_at", "init_module", "finit_module", "delete_module", "kexec_load", "swapon"),
    *("swapoff", "reboot", "acct", "quotactl", "settimeofday", "clock_settime", "sethostname"),
    *("setdomainname", "iopl", "ioperm", "syslog", "personality"),
)
"""For a program that works on files in a file system of its own (LibreOffice): what it never does
and exploits of the kernel do. It gets sockets to itself only."""


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class SystemCallFilter:
    """The compiled filter. Building takes half a millisecond, installing 0.07 ms."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._code = ctypes.create_string_buffer(_compile())
        length = (len(self._code) - 1) // 8  # sizeof(struct sock_filter)
        self._program = _Program(length, ctypes.addressof(self._code))

    def install(self) -> None:
        """Bind this process to the filter for ever. Raises OSError when the kernel refuses."""
        if self._libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no_new_privs was refused")
        program = ctypes.byref(self._program)
        if self._libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the system call filter was refused")


def program_filter() -> bytes:
    """The filter for a program that a guest starts, as BPF: a list of what is denied."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in _DENIED_TO_PROGRAMS:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
    other_families = pyseccomp.Arg(0, pyseccomp.NE, socket.AF_UNIX)
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "socket", other_families)
    return _exported(rules)


def _compile() -> bytes:
    """The filter as BPF. A call of another architecture (x32, i386) ends the process by default."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        rules.add_rule(pyseccomp.ALLOW, name)
    for name in FATAL:
        rules.add_rule(pyseccomp.KILL_PROCESS, name)
    return _exported(rules)


def _exported(rules: pyseccomp.SyscallFilter) -> bytes:
    memory = os.memfd_create("filter", os.MFD_CLOEXEC)
    with os.fdopen(memory, "r+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
