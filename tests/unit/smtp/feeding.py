"""Helpers: the same octets whole, octet by octet and with octets behind them; machines on rails.

h11's tests do the same for every parser (`tr()`): how octets are split must never matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.smtp.commands import Bdat
from gateway.smtp.events import BodyChunkReceived, BodyEnded, CommandReceived, ServerEvent
from gateway.smtp.lines import BadReply, LineReader, Octets, ReplyReader
from gateway.smtp.offer import Extension, Offer
from gateway.smtp.policy import EarlyInput, ServerPolicy
from gateway.smtp.replies import OK, START_DATA, START_TLS, Reply
from gateway.smtp.server import GREETING_TICKET, Server
from gateway.smtp.states import State, Verb

EVERYTHING = Offer(
    tuple(Extension),
    size=1_000_000,
    mechanisms="PLAIN LOGIN",
)
"""An offer with every extension."""

BANNER = Reply(220, (b"mx.example.net ESMTP",))


def whole(data: bytes) -> Iterator[bytes]:
    """One piece."""
    yield data


def octet_by_octet(data: bytes) -> Iterator[bytes]:
    """As many pieces as octets."""
    for position in range(len(data)):
        yield data[position : position + 1]


def in_threes(data: bytes) -> Iterator[bytes]:
    """Pieces that cut CRLF.CRLF at odd places."""
    for position in range(0, len(data), 3):
        yield data[position : position + 3]


FEEDINGS: tuple[Callable[[bytes], Iterator[bytes]], ...] = (whole, octet_by_octet, in_threes)


def read_lines(data: bytes, limit: int) -> list[object]:
    """What LineReader makes of `data`; asserts that the splitting does not matter."""
    results = []
    for feeding in FEEDINGS:
        octets, reader, lines = Octets(), LineReader(), list[object]()
        for piece in feeding(data):
            octets.append(piece)
            while (line := reader.next_line(octets, limit)) is not None:
                lines.append(line)
        results.append(lines)
    assert results[0] == results[1] == results[2]
    return results[0]


def read_replies(data: bytes) -> list[Reply | BadReply]:
    """What ReplyReader makes of `data`, up to the first bad reply; asserts that the splitting does
    not matter."""
    results = []
    for feeding in FEEDINGS:
        octets, reader, replies = Octets(), ReplyReader(), list[Reply | BadReply]()
        for piece in feeding(data):
            octets.append(piece)
            while not (replies and isinstance(replies[-1], BadReply)):
                reply = reader.next_reply(octets)
                if reply is None:
                    break
                replies.append(reply)
        results.append(replies)
    assert results[0] == results[1] == results[2]
    return results[0]


@dataclass
class Played:
    """What a server machine did with a client's octets."""

    events: list[ServerEvent] = field(default_factory=list)
    output: bytes = b""
    state: State = State.CONNECTED

    @property
    def body(self) -> bytes:
        """All body octets given out."""
        return b"".join(each.data for each in self.events if isinstance(each, BodyChunkReceived))

    @property
    def others(self) -> list[ServerEvent]:
        """All events that are no body octets."""
        return [each for each in self.events if not isinstance(each, BodyChunkReceived)]

    @property
    def codes(self) -> list[int]:
        """The codes of all replies, in order."""
        return [int(line[:3]) for line in self.output.splitlines() if line[3:4] == b" "]

    @property
    def verbs(self) -> list[Verb]:
        """The verbs of all commands accepted."""
        return [e.command.verb for e in self.events if isinstance(e, CommandReceived)]


ANSWERS: Mapping[Verb, Reply] = {
    Verb.DATA: START_DATA,
    Verb.STARTTLS: START_TLS,
    Verb.AUTH: Reply(334, (b"VXNlcm5hbWU6",)),
    Verb.AUTH_LINE: Reply(235, (b"2.7.0 Ok",)),
    Verb.QUIT: Reply(221, (b"2.0.0 Bye",)),
}


class Rails:
    """A server machine whose every command is answered at once, by `answers` or 250."""

    def __init__(
        self,
        policy: ServerPolicy | None = None,
        *,
        offer: Offer = EVERYTHING,
        answers: Mapping[Verb, Reply] = ANSWERS,
    ) -> None:
        serial = ServerPolicy(early_input=EarlyInput.SERIALISE)
        self.server = Server(policy or serial)
        self.played = Played()
        self._answers = answers
        self.server.offer(offer)
        self.server.reply(GREETING_TICKET, BANNER)
        self.server.take_output()
        self._collect()

    def feed(self, data: bytes) -> None:
        """Octets of the client."""
        if self.server.state is not State.TLS:
            self.server.receive(data)
            self._collect()

    def _collect(self) -> None:
        while events := self.server.events():
            self.played.events += events
            for event in events:
                if isinstance(event, BodyEnded):
                    self.server.reply(event.ticket, event.refusal or OK)
                elif isinstance(event, CommandReceived) and not isinstance(event.command, Bdat):
                    self._answer(event.ticket, event.command.verb)
        self.played.output += self.server.take_output()
        self.played.state = self.server.state

    def _answer(self, ticket: int, verb: Verb) -> None:
        self.server.reply(ticket, self._answers.get(verb, OK))


def play(
    data: bytes,
    policy: ServerPolicy | None = None,
    *,
    offer: Offer = EVERYTHING,
    answers: Mapping[Verb, Reply] = ANSWERS,
) -> Played:
    """What a server on rails makes of `data`; asserts that the splitting does not matter."""
    results: list[Played] = []
    for feeding in FEEDINGS:
        rails = Rails(policy, offer=offer, answers=answers)
        for piece in feeding(data):
            rails.feed(piece)
        results.append(rails.played)
    first = results[0]
    for other in results[1:]:
        assert first.others == other.others
        assert first.body == other.body
        assert first.output == other.output
        assert first.state == other.state
    return first
