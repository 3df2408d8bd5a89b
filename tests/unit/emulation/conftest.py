"""Confined guests for the tests of these folders, made once, and the environments that use them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.emulation.scripts import (
    ScriptEnvironment,
    cmd_environment,
    office_environment,
    pdf_environment,
    powershell_environment,
    wsh_environment,
)
from gateway.sandbox.blocking import BlockingGuests
from tests.unit.emulation.judging import started


@pytest.fixture(scope="session")
def guests() -> Iterator[BlockingGuests]:
    yield from started(BlockingGuests())


@pytest.fixture
def wsh(guests: BlockingGuests) -> ScriptEnvironment:
    return wsh_environment(guests)


@pytest.fixture
def office(guests: BlockingGuests) -> ScriptEnvironment:
    return office_environment(guests)


@pytest.fixture
def pdf(guests: BlockingGuests) -> ScriptEnvironment:
    return pdf_environment(guests)


@pytest.fixture
def powershell(guests: BlockingGuests) -> ScriptEnvironment:
    return powershell_environment(guests)


@pytest.fixture
def cmd(guests: BlockingGuests) -> ScriptEnvironment:
    return cmd_environment(guests)
