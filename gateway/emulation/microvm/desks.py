"""The desks of the guest: one for Windows programs, one for documents. Data.

Each is started once and has a saved state of its own, from the same image: a run begins with what
it needs already in memory, and with nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Desk:
    """name: as the guest is told; memory_mib: of the guest.

    boot_seconds: for it to become ready under emulation. With KVM it is a tenth; where KVM only
    seems to be there, nothing happens at all.
    """

    name: str
    memory_mib: int
    boot_seconds: float

    @property
    def memory_file(self) -> str:
        """The saved memory, beside the image."""
        return f"{self.name}.memory"

    @property
    def state_file(self) -> str:
        """Everything else of the saved state: processors and devices."""
        return f"{self.name}.state"


PROGRAMS = Desk("programs", 768, 1800.0)
"""Wine's services, a screen and a program take 250 MiB; the rest is for the files that the sample
writes, since the disk is memory, too. Ready after two minutes on two cores that have nothing else
to do, after ten on busy ones."""

DOCUMENTS = Desk("documents", 1024, 3600.0)
"""LibreOffice takes 400 MiB with what it has read from the disk."""

DESKS: tuple[Desk, ...] = (PROGRAMS, DOCUMENTS)

WORD = "sluice.desk"
"""The kernel's parameter that names the desk."""
