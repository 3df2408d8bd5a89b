"""What the parts of the relay share: the two machines, the phase, the actions collected so far.

Purpose: one place for "do this", "now we are there" and "it is over"; and for turning what the two
machines want into actions, in an order that is safe to carry out.
Must never: decide anything about a mail.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from gateway.smtp.actions import (
    Action,
    CloseClient,
    CloseServer,
    Log,
    SendToClient,
    SendToServer,
    StartTlsClient,
    StartTlsServer,
)
from gateway.smtp.client import Client
from gateway.smtp.commands import Quit
from gateway.smtp.policy import RelayPolicy
from gateway.smtp.server import Server
from gateway.smtp.states import Phase, State, Turn, Verb, turned

OWN_TAG: Final = -1
"""The tag of commands the relay sends by itself; tickets of the client's commands are positive."""

_NO_QUIT_IN: Final = frozenset({State.CONNECTED, State.TLS, State.AUTH, State.DATA, State.CLOSED})
_NO_QUIT_AFTER: Final = frozenset({Verb.CONNECT, Verb.STARTTLS, Verb.AUTH, Verb.AUTH_LINE})
"""Where a next hop cannot be left with QUIT: it would wait, or read it as something else."""


class Side(StrEnum):
    """One of the two connections."""

    CLIENT = "client"
    SERVER = "server"


class Session:
    """The shared state of one relayed connection.

    `server` faces the client, `client` faces the next hop. `client_lost`: nobody is left to answer.
    """

    def __init__(self, policy: RelayPolicy) -> None:
        self.policy = policy
        self.server = Server(policy.server)
        self.client = Client()
        self.phase = Phase.GREETING
        self.client_lost = False
        self._actions: list[Action] = []
        self._last: list[Action] = []
        self._tls_asked: set[Side] = set()
        self._closed: set[Side] = set()

    @property
    def next_hop_lost(self) -> bool:
        """Whether nothing can be sent to the next hop any more."""
        return self.client.state is State.CLOSED

    def do(self, action: Action) -> None:
        """Have `action` carried out, after those before it."""
        self._actions.append(action)

    def do_last(self, action: Action) -> None:
        """Have `action` carried out after the octets collected so far are sent."""
        self._last.append(action)

    def log(self, what: str, detail: str) -> None:
        """Have a line logged; `detail` must be printable."""
        self._actions.append(Log(what, detail))

    def turn(self, turn: Turn) -> None:
        """Move the relay by the table."""
        self.phase = turned(self.phase, turn)

    def end(self) -> None:
        """The client is gone: leave the next hop, politely if it is in a state to listen."""
        if self.phase is not Phase.CLOSED:
            self.turn(Turn.ENDED)
        if self.client.ahead in _NO_QUIT_IN or self.client.awaited in _NO_QUIT_AFTER:
            self.client.close()
        else:
            self.client.send(Quit(), OWN_TAG)

    def take_actions(self) -> list[Action]:
        """All that is to be done now. Octets go first: what a state asks for (a handshake, a
        close) comes after the reply that announced it."""
        self._collect_output()
        if self.phase is not Phase.OPAQUE:
            self._collect_tls()
            self._collect_closes()
        actions = self._actions + self._last
        self._actions, self._last = [], []
        return actions

    def _collect_output(self) -> None:
        if data := self.client.take_output():
            self._actions.append(SendToServer(data))
        if data := self.server.take_output():
            self._actions.append(SendToClient(data))

    def _collect_tls(self) -> None:
        if self.server.state is State.TLS:
            self._once(Side.CLIENT, self._tls_asked, StartTlsClient())
        if self.client.state is State.TLS:
            self._once(Side.SERVER, self._tls_asked, StartTlsServer())

    def _collect_closes(self) -> None:
        if self.server.state is State.CLOSED:
            self._once(Side.CLIENT, self._closed, CloseClient())
        if self.client.state is State.CLOSED:
            self._once(Side.SERVER, self._closed, CloseServer())

    def _once(self, side: Side, done: set[Side], action: Action) -> None:
        if side not in done:
            done.add(side)
            self._actions.append(action)
