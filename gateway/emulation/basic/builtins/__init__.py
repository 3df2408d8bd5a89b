"""Functions that both dialects have without being told, by name in lower case."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.values import Value
from gateway.emulation.basic.builtins import arrays, code, dates, formats, numbers, strings

FUNCTIONS: dict[str, Callable[..., Value]] = {
    **strings.FUNCTIONS,
    **numbers.FUNCTIONS,
    **arrays.FUNCTIONS,
    **dates.FUNCTIONS,
    **formats.FUNCTIONS,
    **code.FUNCTIONS,
}
"""Each takes the machine first, then the arguments; parameters have the names VBA gives them."""

__all__ = ["FUNCTIONS"]
