"""Labs for the namespace tests: made once per module and mode, named by this process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tools.lab import Lab, Mode, down, up


def _need_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, for network namespaces")
    for tool in ("ip", "nft"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs the program {tool}")


def _labs(request: pytest.FixtureRequest, mode: Mode) -> Iterator[Lab]:
    _need_root()
    module = request.module.__name__.rpartition(".")[2].removeprefix("test_drivers_")[:6]
    name = f"t{os.getpid()}-{module.replace('_', '-').strip('-')}-{mode.value[0]}"
    with ExitStack() as stack:
        stack.callback(down, name)
        yield up(name, mode, offloads=False)


@pytest.fixture(scope="module")
def bridge_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    yield from _labs(request, Mode.BRIDGE)


@pytest.fixture(scope="module")
def routed_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    yield from _labs(request, Mode.ROUTED)


@pytest.fixture(params=["bridge", "routed"])
def lab(request: pytest.FixtureRequest) -> Lab:
    """The test runs in both modes."""
    found = request.getfixturevalue(f"{request.param}_lab")
    assert isinstance(found, Lab)
    return found
