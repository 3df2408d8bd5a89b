"""The guest environment that the tests of this folder share, or the reason why there is none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.emulation import Absent, Gvisor
from gateway.emulation.environments import DEFAULT_ROOT


def guest_root() -> Path:
    """The guest root to test with."""
    return Path(os.environ.get("SLUICE_GUESTROOT", DEFAULT_ROOT))


def make_gvisor() -> Iterator[Gvisor]:
    """A working environment with a directory of its own; skips where there is none."""
    with tempfile.TemporaryDirectory(prefix=f"sluice-guests-{os.getpid()}-") as work:
        environment = Gvisor(guest_root(), Path(work))
        state = environment.probe()
        if isinstance(state, Absent):
            pytest.skip(state.reason)
        yield environment
