"""What a shell keeps of a command file that it runs: its lines, its place, what is still open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gateway.emulation.cmd.variables import Variables

_LABEL = re.compile(r"[\s,;=]*:[\s,;=]*([^\s:+,;=&|<>()^]+)")
_TURNS_MAX = 500
"""Times that one label is gone back to; who counts further than that computes nothing useful."""


class Jump(Exception):  # noqa: N818 - control flow, no error
    """goto: on to a label of this file."""

    def __init__(self, label: str) -> None:
        self.label = label


class Leave(Exception):  # noqa: N818 - control flow, no error
    """exit: `whole` ends the shell, else only the file or routine."""

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole


@dataclass(frozen=True, slots=True)
class Later:
    """A label that one way of an undecided condition goes to, with the variables of that moment."""

    label: str
    variables: Variables


@dataclass(slots=True)
class Frame:
    """A run of a command file or of a routine in it.

    arguments: the file's name as it was called, then what follows. visits: at a label, how often,
    and what the variables and effects were when it was there last.
    """

    lines: list[str]
    arguments: tuple[str, ...]
    at: int = 0
    later: list[Later] = field(default_factory=list)
    visits: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def find(self, untrusted_label: str) -> int | None:
        """The line after a label, looked for from here on and then from the top."""
        wanted = untrusted_label.lower()
        size = len(self.lines)
        for step in range(size):
            place = (self.at + step) % size
            found = _LABEL.match(self.lines[place])
            if found is not None and found[1].lower() == wanted:
                return place + 1
        return None

    def turns(self, label: str, state: int, effects: int) -> tuple[int, bool]:
        """How often the label was gone to, and whether nothing has changed since the last time."""
        count, old_state, old_effects = self.visits.get(label, (0, 0, -1))
        self.visits[label] = (count + 1, state, effects)
        return count, count > 0 and state == old_state and effects >= old_effects

    def over(self, label: str) -> bool:
        """Whether a label was gone to often enough."""
        return self.visits.get(label, (0, 0, 0))[0] > _TURNS_MAX
