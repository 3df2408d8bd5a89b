"""How the installed `runsc` is called: its version and which flags it knows, found by asking it.

Debian 12 has gVisor of 2022, Debian 13 of 2024; their flags differ. Nothing here starts a guest.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "runsc"

_ASK_SECONDS = 20.0
"""For a program that only prints; a machine under full load has taken two."""

SYSCALLS: tuple[str, ...] = (
    "execve",
    "execveat",
    "clone",
    "clone3",
    "exit_group",
    "wait4",
    "openat",
    "unlinkat",
    "renameat",
    "renameat2",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "linkat",
    "symlinkat",
    "mkdirat",
    "truncate",
    "ftruncate",
    "chdir",
    "fchdir",
    "connect",
    "bind",
    "listen",
    "socket",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "dup",
    "dup3",
    "ptrace",
    "process_vm_writev",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "setuid",
    "setgid",
    "setreuid",
    "setresuid",
    "kill",
    "tkill",
    "tgkill",
    "memfd_create",
    "nanosleep",
    "clock_nanosleep",
    "prctl",
    "setsid",
    "init_module",
    "finit_module",
    "bpf",
    "reboot",
    "settimeofday",
    "clock_settime",
    "unshare",
    "setns",
    "mprotect",
)
"""The system calls that can be behaviour. Tracing only these makes guests about a third faster."""

_X86_ONLY: tuple[str, ...] = (
    "fork",
    "vfork",
    "open",
    "creat",
    "unlink",
    "rmdir",
    "rename",
    "chmod",
    "chown",
    "lchown",
    "link",
    "symlink",
    "mkdir",
    "dup2",
)
"""Calls that younger architectures do not have; naming one there is an error."""


class RunscError(Exception):
    """`runsc` is missing or does not answer; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Runsc:
    """A `runsc` program, what it calls itself, and the names of its flags."""

    program: Path
    version: str
    flags: frozenset[str]
    platforms: tuple[str, ...]

    def options(
        self, state: Path, trace: Path, platform_name: str, calls: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Options before the subcommand. `trace` is the path of the named pipe for the log."""
        overlay = "--overlay2=all:memory" if "overlay2" in self.flags else "--overlay"
        options = [
            f"--root={state}",
            f"--platform={platform_name}",
            "--network=none",
            "--net-raw",
            "--ignore-cgroups",
            overlay,
            "--strace",
            f"--strace-syscalls={','.join(calls)}",
            f"--debug-log={trace}",
            "--debug-log-format=json",
            "--debug-command=boot",
        ]
        if "directfs" in self.flags:
            options.append("--directfs=false")
        return tuple(options)


def traced_calls(machine: str = platform.machine()) -> tuple[str, ...]:
    """The calls to trace on this architecture."""
    return (*SYSCALLS, *_X86_ONLY) if machine == "x86_64" else SYSCALLS


def find(program: Path | None = None) -> Runsc:
    """Ask `program` (or the one on the path) for its version and flags. Raises RunscError."""
    found = program or _on_path()
    version = re.search(r"version (\S+)", _ask(found, "--version"))
    listing = _ask(found, "flags")
    flags = frozenset(re.findall(r"^ +-([\w-]+)", listing, re.MULTILINE))
    if version is None or "strace" not in flags:
        raise RunscError(f"{found} does not answer like runsc")
    words = re.search(r"-platform (?:string|value)\n(.*)", listing)
    described = words[1] if words else ""
    platforms = tuple(name for name in ("systrap", "ptrace") if name in described)
    return Runsc(found, version[1], flags, platforms or ("ptrace",))


def _on_path() -> Path:
    found = shutil.which(PROGRAM)
    if found is None:
        raise RunscError("runsc (gVisor) is not installed: install it with 'apt-get install runsc'")
    return Path(found)


def _ask(program: Path, word: str) -> str:
    try:
        answer = subprocess.run(
            [program, word],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunscError(f"{program} does not start: {error}") from error
    return answer.stdout + answer.stderr
