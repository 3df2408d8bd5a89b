"""Which program of the guest runs a sample, or why none does. Pure apart from looking at the root.

The shebang decides among interpreters of the same family; it never names a program outside them.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from pathlib import Path

from gateway.emulation.bait import DOWNLOADS
from gateway.emulation.contract import Sample
from gateway.emulation.observe import Own, nothing_own
from gateway.emulation.oci import Mount
from gateway.emulation.scripts.hosts import is_module

_INTERPRETERS: dict[str, tuple[str, ...]] = {
    "sh": ("/bin/sh", "/bin/bash", "/bin/dash"),
    "python": ("/usr/bin/python3",),
    "perl": ("/usr/bin/perl",),
    "javascript": ("/usr/bin/node", "/usr/bin/nodejs"),
}
"""By type: the usual interpreter first, then those a shebang may choose."""

TYPES = frozenset({*_INTERPRETERS, "elf"})

_SHEBANG = re.compile(rb"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(\S+)")

_MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
"""e_machine of the ELF header (gABI, chapter 4) for the names that people use."""

_ELF_HEADER = 20
"""Bytes up to and including e_machine."""

_EXECUTABLE = frozenset({2, 3})
"""e_type: ET_EXEC, ET_DYN."""

_UNSAFE = re.compile(r"[^\w.+@=,()\[\] -]", re.ASCII)
_NAME_LIMIT = 120
"""Characters kept of a name: file systems allow 255 bytes, a log line stays readable."""


@dataclass(frozen=True, slots=True)
class Start:
    """How to start a sample: its path in the guest, the program with its arguments.

    mounts: what the guest sees beside its root; own: tells the acts of a program that opens the
    sample from what the sample makes it do.
    """

    path: str
    command: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    own: Own = nothing_own


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Why the sample cannot be started here, in one sentence."""

    reason: str


def guest_name(untrusted_name: str, type_name: str) -> str:
    """A harmless single path component that keeps what a person would recognise."""
    base = untrusted_name.replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = _UNSAFE.sub("_", base).strip(" .")[-_NAME_LIMIT:]
    return cleaned.lstrip("-") or f"sample.{type_name}"


def start(sample: Sample, arguments: tuple[str, ...], root: Path) -> Start | Unsupported:
    """Choose the command for `sample` in the guest root `root`."""
    path = f"{DOWNLOADS}/{guest_name(sample.name, sample.type)}"
    if sample.type == "javascript" and is_module(sample.data) and not path.endswith(".mjs"):
        path += ".mjs"  # node reads no other name as a module
    if sample.type == "elf":
        problem = _elf_problem(sample.data)
        return Unsupported(problem) if problem else Start(path, (path, *arguments))
    known = _INTERPRETERS.get(sample.type)
    if known is None:
        return Unsupported(f"gVisor guests cannot run files of type '{sample.type}'")
    chosen = _chosen_interpreter(sample.data, known)
    if isinstance(chosen, Unsupported):
        return chosen
    if not (root / chosen.lstrip("/")).exists():
        return Unsupported(f"the guest root has no {chosen}")
    return Start(path, (chosen, path, *arguments))


def _chosen_interpreter(untrusted_script: bytes, known: tuple[str, ...]) -> str | Unsupported:
    shebang = _SHEBANG.match(untrusted_script)
    if shebang is None:
        return known[0]
    name = shebang[1].decode("utf-8", "replace").rsplit("/", 1)[-1]
    family = re.sub(r"[\d.]+$", "", name)
    for candidate in known:
        if re.sub(r"\d+$", "", candidate.rsplit("/", 1)[-1]) == family:
            return candidate
    if known[0] == "/bin/sh" and name in _SHELL_ALIASES:
        return _SHELL_ALIASES[name]
    return Unsupported(f"its interpreter '{name[:40]}' is not in the guest")


_SHELL_ALIASES = {"ash": "/bin/dash", "ksh": "/bin/bash", "zsh": "/bin/bash", "rbash": "/bin/bash"}
"""Shells near enough to run common scripts of theirs."""


def _elf_problem(untrusted_program: bytes) -> str:
    """Why this machine cannot run the program; empty when it can."""
    head = untrusted_program[:_ELF_HEADER]
    if len(head) < _ELF_HEADER or head[:4] != b"\x7fELF":
        return "it is no complete ELF program"
    order = "big" if head[5] == 2 else "little"
    kind = int.from_bytes(head[16:18], order)  # type: ignore[arg-type]  # one of two literals
    machine = _MACHINES.get(int.from_bytes(head[18:20], order), "an unknown machine")  # type: ignore[arg-type]  # as above
    if kind not in _EXECUTABLE:
        return "it is an ELF object, not a program"
    if head[4] != 2 or machine != platform.machine():
        return f"it is built for {machine}, this machine is {platform.machine()}"
    return ""
