"""The machine that faces the next hop: commands in, octets out; octets in, replies out.

Purpose: write commands in sequence, hold back those that may not be sent yet (a next hop without
PIPELINING gets one at a time), match each reply to its command, and move by the table of
`states.py`.
Must never: send a line that was not built by `commands.py`; read on after a reply that is malformed
or answers nothing; keep what was said before TLS (response injection).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from gateway.smtp.commands import Command, Ehlo
from gateway.smtp.data import DotEncoder
from gateway.smtp.dialogue import Dialogue
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.events import (
    ClientEvent,
    ConnectionClosed,
    ProtocolViolated,
    ReplyReceived,
    UnaskedReplyReceived,
)
from gateway.smtp.limits import (
    DATA_DONE_TIMEOUT,
    DATA_INIT_TIMEOUT,
    GREETING_TIMEOUT,
    MAIL_TIMEOUT,
    RCPT_TIMEOUT,
)
from gateway.smtp.lines import BadReply, Octets, ReplyReader
from gateway.smtp.offer import NOTHING, Extension, Offer, read_offer
from gateway.smtp.replies import Reply
from gateway.smtp.states import Kind, State, Verb

_MAY_BE_FOLLOWED: Final = frozenset({Verb.MAIL, Verb.RCPT, Verb.RSET})
"""Commands after which another may be sent unanswered, given PIPELINING (RFC 2920 3.1). NOOP and
the rest end a group."""

_TIMEOUTS: Final = {
    Verb.CONNECT: GREETING_TIMEOUT,
    Verb.RCPT: RCPT_TIMEOUT,
    Verb.DATA: DATA_INIT_TIMEOUT,
    Verb.BODY: DATA_DONE_TIMEOUT,
    Verb.BDAT: DATA_DONE_TIMEOUT,
    Verb.BDAT_LAST: DATA_DONE_TIMEOUT,
}

NO_TAG: Final = 0


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One command that is, or will be, on its way."""

    tag: int
    verb: Verb
    command: Command | None


class Client:
    """One connection to a next hop.

    Call `send`, `send_body`, `end_body`; `receive` or `receive_eof`, then `events`; and after each
    of them send what `take_output` gives.
    """

    def __init__(self) -> None:
        self._dialogue = Dialogue()
        self._awaited: deque[_Exchange] = deque([_Exchange(NO_TAG, Verb.CONNECT, None)])
        self._queue: deque[_Exchange] = deque()
        self._offer = NOTHING
        self._input = Octets()
        self._replies = ReplyReader()
        self._encoder: DotEncoder | None = None
        self._output: list[bytes] = []
        self._found: list[ClientEvent] = []

    # --- what the driver sees ---------------------------------------------------------------

    @property
    def state(self) -> State:
        """State by the replies received."""
        return self._dialogue.state

    @property
    def ahead(self) -> State:
        """State if all that is on its way is answered well."""
        return self._dialogue.ahead

    @property
    def offer(self) -> Offer:
        """What the next hop's last EHLO answer offers."""
        return self._offer

    @property
    def awaited(self) -> Verb | None:
        """What the next reply will answer; None when the next hop owes nothing."""
        return self._awaited[0].verb if self._awaited else None

    @property
    def timeout(self) -> float | None:
        """Seconds the next hop has for its next reply (RFC 5321 4.5.3.2); None: it owes none."""
        return _TIMEOUTS.get(self._awaited[0].verb, MAIL_TIMEOUT) if self._awaited else None

    def may_send(self, verb: Verb) -> bool:
        """Whether `verb` is in sequence behind everything that was sent or is queued."""
        return self.state is not State.CLOSED and self._dialogue.allows(verb)

    def send(self, command: Command, tag: int = NO_TAG) -> None:
        """Send `command`, now or when its turn comes. Raises LocalProtocolError out of sequence."""
        if self.state is State.CLOSED:
            raise LocalProtocolError("the connection to the next hop is closed")
        if not self._dialogue.allows(command.verb):
            raise LocalProtocolError(f"{command.verb} is out of sequence in {self.ahead}")
        self._dialogue.begin(command.verb)
        self._queue.append(_Exchange(tag, command.verb, command))
        self._send_queued()

    def send_body(self, body: bytes) -> None:
        """Send octets of the mail; needs a 354. Raises LocalProtocolError for a bare CR or LF."""
        if self._encoder is None:
            raise LocalProtocolError("no 354 for this body")
        self._output.append(self._encoder.feed(body))

    def end_body(self, tag: int = NO_TAG) -> None:
        """Send the final dot: from here on the next hop may have the mail."""
        if self._encoder is None:
            raise LocalProtocolError("no 354 for this body")
        self._output.append(self._encoder.end())
        self._encoder = None
        self._awaited.append(_Exchange(tag, Verb.BODY, None))
        self._dialogue.begin(Verb.BODY)

    def receive(self, data: bytes) -> None:
        """Octets from the next hop (after TLS is undone)."""
        if self.state is State.TLS:
            raise LocalProtocolError("octets of a TLS handshake given to the SMTP machine")
        if self.state is not State.CLOSED:
            self._input.append(data)

    def receive_eof(self) -> None:
        """The next hop closed, or its connection broke."""
        self._read()
        if self.state is not State.CLOSED:
            self._found.append(ConnectionClosed(owed=bool(self._awaited)))
            self.close()

    def tls_started(self) -> None:
        """The handshake ended well: what was offered in the clear is forgotten (RFC 3207 4.2)."""
        self._dialogue.encrypt()
        self._offer = NOTHING

    def close(self) -> None:
        """We end the connection; what is unsent stays unsent."""
        self._dialogue.close()
        self._awaited.clear()
        self._queue.clear()
        self._output.clear()
        self._encoder = None

    def events(self) -> list[ClientEvent]:
        """What was received since the last call."""
        self._read()
        found, self._found = self._found, []
        return found

    def take_output(self) -> bytes:
        """Octets to send to the next hop."""
        if not self._output:
            return b""
        output = self._output[0] if len(self._output) == 1 else b"".join(self._output)
        self._output.clear()
        return output

    # --- inside -----------------------------------------------------------------------------

    def _send_queued(self) -> None:
        while self._queue and self._may_send():
            exchange = self._queue.popleft()
            if exchange.command is not None:
                self._output.append(exchange.command.to_bytes())
            self._awaited.append(exchange)

    def _may_send(self) -> bool:
        if not self._awaited:
            return True
        if not self._offer.has(Extension.PIPELINING):
            return False
        return self._awaited[-1].verb in _MAY_BE_FOLLOWED

    def _read(self) -> None:
        while self.state not in (State.CLOSED, State.TLS) and self._read_reply():
            pass

    def _read_reply(self) -> bool:
        reply = self._replies.next_reply(self._input)
        if reply is None:
            return False
        if isinstance(reply, BadReply):
            return self._fail(reply.reason)
        if not self._awaited:
            return self._on_unasked(reply)
        return self._on_reply(self._awaited.popleft(), reply)

    def _on_unasked(self, reply: Reply) -> bool:
        if reply.kind is not Kind.BYE:
            return self._fail("a reply that answers nothing")
        self._found.append(UnaskedReplyReceived(reply))
        self._found.append(ConnectionClosed(owed=False))
        self.close()
        return False

    def _on_reply(self, exchange: _Exchange, reply: Reply) -> bool:
        before = self.state
        if not self._dialogue.answer(reply.kind):
            return self._fail(f"{exchange.verb} answered {reply.kind} in state {before}")
        self._found.append(ReplyReceived(exchange.tag, exchange.verb, exchange.command, reply))
        if self.state is State.CLOSED:
            if exchange.verb is not Verb.QUIT:
                self._found.append(ConnectionClosed(owed=bool(self._awaited)))
            self.close()
            return False
        self._on_moved(exchange, reply)
        if self.state is State.TLS and len(self._input):
            return self._fail("octets between the answer to STARTTLS and the handshake")
        self._send_queued()
        return True

    def _on_moved(self, exchange: _Exchange, reply: Reply) -> None:
        if exchange.verb is Verb.DATA and self.state is State.DATA:
            self._encoder = DotEncoder()
        elif isinstance(exchange.command, Ehlo) and reply.ok:
            self._offer = read_offer(reply) if exchange.command.extended else NOTHING

    def _fail(self, reason: str) -> bool:
        """The next hop cannot be understood any further."""
        self._found.append(ProtocolViolated(reason))
        self.close()
        return False
