"""Options of the whole test tree: `--image` runs the tests that start the appliance image, alone.

They need a built image and many minutes, so they are no part of a run without it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# No test is judged by the clock.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

IMAGE_TESTS = Path(__file__).parent / "image"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--image`, and the size of its longest test."""
    parser.addoption("--image", action="store_true", help="run the image's tests, and no others")
    parser.addoption("--power-cuts", default=2, type=int, help="of the image's test of them")
    parser.addoption("--seed", default=0, type=int, help="of the moments of the power cuts")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the image's tests, or all the others."""
    wanted = bool(config.getoption("--image"))
    kept = [item for item in items if (IMAGE_TESTS in item.path.parents) is wanted]
    left_out = [item for item in items if item not in set(kept)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
