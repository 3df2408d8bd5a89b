"""How hostile bytes are parsed: confined guests, and the inspector that callers ask.

Names are loaded when they are first used (PEP 562): the host process is a module of this package
too, and every page it holds is copied with each guest it forks.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.engines.unpack.model import (
        Damaged,
        Encrypted,
        Limit,
        OverLimit,
        Problem,
        UnpackLimits,
        Unsupported,
    )
    from gateway.sandbox.client import Inspector
    from gateway.sandbox.contents import (
        FileContent,
        SharedFile,
        content_from_bytes,
        content_in_file,
        joined,
        memory_file,
        spool_file,
    )
    from gateway.sandbox.launch import HostProcess, start_host
    from gateway.sandbox.results import (
        Extracted,
        GuestFailed,
        GuestTimedOut,
        MailDefect,
        NewContent,
        NotLocked,
        ParsedMail,
        ParsedPart,
        Repacked,
        StillLocked,
        Unlocked,
        Unpacked,
        UnpackedChild,
    )

__all__ = [
    "Damaged",
    "Encrypted",
    "Extracted",
    "FileContent",
    "GuestFailed",
    "GuestTimedOut",
    "HostProcess",
    "Inspector",
    "Limit",
    "MailDefect",
    "NewContent",
    "NotLocked",
    "OverLimit",
    "ParsedMail",
    "ParsedPart",
    "Problem",
    "Repacked",
    "SharedFile",
    "StillLocked",
    "Unlocked",
    "UnpackLimits",
    "Unpacked",
    "UnpackedChild",
    "Unsupported",
    "content_from_bytes",
    "content_in_file",
    "joined",
    "memory_file",
    "spool_file",
    "start_host",
]

_HOMES = {
    "gateway.engines.unpack.model": (
        *("Damaged", "Encrypted", "Limit", "OverLimit", "Problem", "UnpackLimits", "Unsupported"),
    ),
    "gateway.sandbox.client": ("Inspector",),
    "gateway.sandbox.contents": (
        *("FileContent", "SharedFile", "content_from_bytes", "content_in_file"),
        *("joined", "memory_file", "spool_file"),
    ),
    "gateway.sandbox.launch": ("HostProcess", "start_host"),
    "gateway.sandbox.results": (
        *("Extracted", "GuestFailed", "GuestTimedOut", "MailDefect"),
        *("NewContent", "NotLocked", "ParsedMail", "ParsedPart", "Repacked", "StillLocked"),
        *("Unlocked", "Unpacked", "UnpackedChild"),
    ),
}
"""Where each public name lives."""


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
