"""Detonations that were seen to their end, kept for a while: the same sample is not run again.

Kept by everything that a run depends on: bytes, type, name, time, environment asked for, and the
version of the rules. In memory only, and bounded: the verdict cache of the workers is the lasting
one, this one also serves other policies and other plans.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 256
"""Results kept."""

MOST_BYTES = 32 << 20
"""Bytes of all results together, as their keeper counts them."""

SECONDS = 3600.0
"""Age at which a result is forgotten: programs look at clocks, and environments are renewed."""


class Shown(Generic[T]):
    """Results by key, the oldest forgotten first. `clock` in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, int, T]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> T | None:
        """The result, while it is young enough."""
        found = self._kept.get(key)
        if found is None or self._clock() - found[0] > SECONDS:
            return None
        return found[2]

    def put(self, key: Hashable, result: T, size: int) -> None:
        """Keep `result` of `size` bytes; what alone is beyond the limit is not kept."""
        if size > MOST_BYTES:
            return
        self._forget(key)
        self._kept[key] = (self._clock(), size, result)
        self._bytes += size
        while len(self._kept) > MOST or self._bytes > MOST_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Hashable) -> None:
        if key in self._kept:
            self._bytes -= self._kept.pop(key)[1]
