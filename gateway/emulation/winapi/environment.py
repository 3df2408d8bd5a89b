"""The environment `winapi`, the host's side: Windows programs in guests of their own Python."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.emulation.contract import Absent, Present, Sample
from gateway.emulation.scripts.confined import Guests
from gateway.emulation.scripts.environment import ScriptEnvironment
from gateway.emulation.winapi import place

NAME = "winapi"
TYPES = frozenset({"pe", "shellcode"})

_DOTNET = b"mscoree.dll"
"""What every program for .NET imports, and nothing else."""

_LOOKED_AT = 1 << 20


@dataclass(slots=True)
class WinapiEnvironment(ScriptEnvironment):
    """As the script environments, but absent where its own Python environment is."""

    def probe(self) -> Present | Absent:
        """Whether the second environment is installed and a guest starts in it."""
        if reason := place.missing():
            return Absent(reason)
        # `super()` does not find its class in a dataclass with slots.
        return ScriptEnvironment.probe(self)


def _refused(sample: Sample) -> str:
    """Programs of .NET hold no machine code: they need its runtime."""
    if sample.type == "pe" and _DOTNET in sample.data[:_LOOKED_AT].lower():
        head = sample.data[:_LOOKED_AT]
        if (b"BSJB" in sample.data and b"_CorExeMain" in head) or b"_CorDllMain" in head:
            return "winapi: the program is written for .NET, whose code is not emulated"
    return ""


def winapi_environment(guests: Guests) -> WinapiEnvironment:
    """Programs, libraries and bare machine code for Windows, of 32 and 64 bits."""
    return WinapiEnvironment(NAME, TYPES, guests, _refused)
