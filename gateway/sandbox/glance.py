"""A first look at each file a guest meets while it takes a mail or an archive apart.

The guest has the bytes at hand and the rules warm; asking it again for each small text would cost
more than the look itself. Only what needs no foreign parser is looked at here (decision 050);
everything else is examined later, in a guest of its own. Never fails: a look that breaks is none.
"""

from __future__ import annotations

from typing import Final

from gateway.engines import static
from gateway.engines.static.report import StaticReport
from gateway.extraction import foreign
from gateway.sandbox.plain import EXAMINED_PLAINLY, MAX_GLANCED, READ_BY_RULES

MAX_GLANCES: Final = 64
"""Files of one mail or archive looked at in passing."""

_TYPES: Final = READ_BY_RULES | EXAMINED_PLAINLY


class Glances:
    """The looks of one call, counted."""

    def __init__(self, *, wanted: bool) -> None:
        self._left = MAX_GLANCES if wanted else 0

    def at(self, data: bytes, type_name: str, name: str) -> StaticReport | None:
        """What the file shows, or None when it was not looked at."""
        if self._left == 0 or type_name not in _TYPES or len(data) > MAX_GLANCED:
            return None
        self._left -= 1
        try:
            return foreign.attempt(lambda: static.examine(data, type_name, name))
        except Exception:  # noqa: BLE001 - the file's own examination will say what is wrong
            return None
