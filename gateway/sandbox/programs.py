"""What guests of the emulator's other zygote can do: run one Windows program. Imported by it only.

It runs under the Python environment that holds speakeasy (`gateway.emulation.winapi.place`).
"""

from __future__ import annotations

import resource
import sys
from typing import Final

import msgspec

from gateway.emulation.scripts.wire import Request
from gateway.emulation.winapi import run as programs
from gateway.sandbox.guest import Operation, Sink, operation
from gateway.sandbox.limits import DETONATION_OUTPUT

_RECURSION = 5000


class Done(msgspec.Struct, frozen=True):
    """The whole answer: what was seen has been written to the output."""


def preload() -> None:
    """Import and use everything once; what guests may write is bounded before any is made."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (DETONATION_OUTPUT, DETONATION_OUTPUT))
    sys.setrecursionlimit(_RECURSION)
    programs.preload()


def run_winapi(data: bytes, request: Request, out: Sink) -> Done:
    """A program, a library or machine code."""
    programs.run(data, request, out)
    return Done()


OPERATIONS: Final[dict[str, Operation]] = {"winapi": operation(Request, run_winapi)}
