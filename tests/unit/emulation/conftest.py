"""Confined guests for the tests of these folders, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.sandbox.blocking import BlockingGuests


@pytest.fixture(scope="session")
def guests() -> Iterator[BlockingGuests]:
    made = BlockingGuests()
    try:
        made.confinement()
    except OSError as error:
        pytest.skip(f"no confined guest starts here: {error}")
    yield made
    made.close()
