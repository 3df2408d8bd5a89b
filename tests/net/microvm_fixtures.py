"""The virtual machine that the tests of this folder share, or the reason why there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.emulation import Absent
from gateway.emulation.environments import DEFAULT_MICROVM
from gateway.emulation.microvm.environment import MicroVm
from gateway.sandbox.blocking import BlockingGuests
from tools.corpus.detections.compiled import COMPILERS


def make_microvm() -> Iterator[MicroVm]:
    """The environment with the guest that was built; skips where none was, or no compiler is."""
    guest = Path(os.environ.get("SLUICE_MICROVM", DEFAULT_MICROVM))
    guests = BlockingGuests()
    try:
        environment = MicroVm(guest, guests)
        state = environment.probe()
        if isinstance(state, Absent):
            pytest.skip(state.reason)
        missing = [name for name in COMPILERS.values() if shutil.which(name) is None]
        if missing:
            pytest.skip(f"no compiler for Windows: {', '.join(missing)}")
        yield environment
    finally:
        guests.close()
