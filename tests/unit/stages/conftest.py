"""One inspector for all tests of stages: starting one takes a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.stages.line import Line


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with Line(tmp_path_factory.mktemp("stages")) as line:
        yield line
