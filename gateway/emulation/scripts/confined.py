"""What runs hostile code for an environment: a confined guest, asked for by an operation's name.

The daemon gives one that forks guests of a zygote (`gateway.sandbox.blocking`); this module only
says what environments need of it, because emulation stands below the sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Confined:
    """How a guest's run ended. `output` is what it had written, however it ended.

    lost: why it ended without an answer, empty when it answered; timed_out: it was killed.
    """

    output: bytes
    lost: str = ""
    timed_out: bool = False


class Guests(Protocol):
    """Makes one guest for each run. Blocking; safe to call from several threads at once."""

    def confinement(self) -> str:
        """What confines the guests, in words. Raises OSError when none can be had."""
        ...

    def run(self, operation: str, data: bytes, request: object, seconds: float) -> Confined:
        """Run an operation on `data` in a guest of its own, killed after `seconds`."""
        ...


class NoGuests:
    """Where nothing can be confined, nothing runs."""

    def confinement(self) -> str:
        """Raises OSError."""
        raise OSError("there is no sandbox for scripts here")

    def run(self, operation: str, data: bytes, request: object, seconds: float) -> Confined:
        """Nothing runs."""
        return Confined(b"", "there is no sandbox for scripts here")
