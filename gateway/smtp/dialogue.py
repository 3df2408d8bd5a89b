"""Where one connection stands: the state by the answers given, and the state hoped for.

Purpose: both machines move by the table of `states.py` through this one class. With PIPELINING a
command is judged in the state its sender believes in: the state if everything before it is answered
well (`ahead`). A bad answer puts `ahead` right again.
Must never: move in any way but by the table.
"""

from __future__ import annotations

from collections import deque

from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.states import Kind, State, Verb, after, hoped, legal


class Dialogue:
    """The exchanges of one connection; the greeting is owed from the start."""

    __slots__ = ("_open", "ahead", "state")

    def __init__(self) -> None:
        self.state = State.CONNECTED
        self.ahead = hoped(State.CONNECTED, Verb.CONNECT)
        self._open: deque[Verb] = deque([Verb.CONNECT])

    def allows(self, verb: Verb) -> bool:
        """Whether `verb` is in sequence after all that was begun."""
        return legal(self.ahead, verb)

    def begin(self, verb: Verb) -> None:
        """`verb` was said; its answer is owed."""
        self._open.append(verb)
        self.ahead = hoped(self.ahead, verb)

    def answer(self, kind: Kind) -> bool:
        """The oldest exchange was answered; False when that answer makes no sense there."""
        verb = self._open.popleft()
        before = self.state
        moved = after(before, verb, kind)
        if moved is None:
            return False
        self.state = moved
        if moved is not hoped(before, verb):
            self.ahead = moved
            for each in self._open:
                self.ahead = hoped(self.ahead, each)
        return True

    def encrypt(self) -> None:
        """The TLS handshake ended well. Raises LocalProtocolError when none was due."""
        moved = after(self.state, Verb.HANDSHAKE, Kind.OK)
        if moved is None:
            raise LocalProtocolError(f"no TLS handshake is due in state {self.state}")
        self.state = self.ahead = moved

    def close(self) -> None:
        """The connection is over; nothing is owed any more."""
        self.state = self.ahead = State.CLOSED
        self._open.clear()
