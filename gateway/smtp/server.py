"""The machine that faces the client: octets in, events out; replies in, octets out.

Purpose: everything a client may send on one connection, in sequence, within limits. It holds no
opinion on mail: each command in sequence becomes an event, and whoever drives the machine answers
it by ticket. Tickets may be answered in any order; replies leave in the order of the commands
(RFC 2920 section 3.2), and only then does the state move, by the table of `states.py`.
Must never: read a command from octets that came before the answer to EHLO, STARTTLS, AUTH or DATA
(command injection, RFC 3207 section 6); take for a command what was sent as body; wait without a
bound on what it keeps.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from gateway.smtp import replies
from gateway.smtp.body import BodyFilter, BodyPolicy
from gateway.smtp.commands import AuthLine, Bdat, Command, Mail, Rcpt
from gateway.smtp.errors import LocalProtocolError, Refusal
from gateway.smtp.events import (
    BodyChunkReceived,
    BodyEnded,
    CommandReceived,
    CommandRefused,
    ConnectionClosed,
    ProtocolViolated,
    ServerEvent,
)
from gateway.smtp.intake import ChunkIntake, DotIntake, Intake
from gateway.smtp.limits import (
    AUTH_LINE,
    DISCARD_AFTER_LIMIT,
    ERRORS,
    INPUT_BUFFER,
    LONGEST_COMMAND_LINE,
    RECIPIENTS,
)
from gateway.smtp.lines import BadLine, LineReader, Octets
from gateway.smtp.offer import Extension, Offer
from gateway.smtp.parse import parse
from gateway.smtp.replies import Reply
from gateway.smtp.states import Kind, State, Verb, after, hoped, legal

GREETING_TICKET: Final = 0
"""The ticket of the greeting: the connection itself is answered first."""


class EarlyInput(StrEnum):
    """What the client sends before the answer to a command that changes the state. After STARTTLS
    it is refused in any case."""

    REFUSE = "refuse"  # 554 and close, as Postfix 3.9 does
    SERIALISE = "serialise"  # wait: read it once the answer is out


@dataclass(frozen=True, slots=True)
class ServerPolicy:
    """What the machine enforces by itself; `max_size` comes with the body policy."""

    body: BodyPolicy = field(default_factory=BodyPolicy)
    early_input: EarlyInput = EarlyInput.REFUSE
    recipients: int = RECIPIENTS
    errors: int = ERRORS


_HOLDS_INPUT: Final = frozenset(
    {
        Verb.CONNECT,
        Verb.EHLO,
        Verb.HELO,
        Verb.STARTTLS,
        Verb.AUTH,
        Verb.AUTH_LINE,
        Verb.DATA,
        Verb.BODY,
        Verb.BDAT_LAST,
        Verb.QUIT,
    }
)
"""Nothing after these is read before their answer is out: it decides how the rest is to be read."""

_NO_EARLY_INPUT: Final = _HOLDS_INPUT - {Verb.BODY, Verb.BDAT_LAST, Verb.QUIT}
"""Nothing may even arrive before the answer to these (RFC 2920 3.1, RFC 3207 4.2, RFC 4954 4)."""


@dataclass(slots=True)
class _Slot:
    """One reply owed to the client. `closes`: the connection ends with it."""

    ticket: int
    verb: Verb
    reply: Reply | None = None
    closes: bool = False


class Server:
    """One connection of a client.

    Call `receive` or `receive_eof`, then `events`; `reply` with the tickets of those events; then
    `events` again (a reply may free input that waited), and send what `take_output` gives.
    """

    def __init__(self, policy: ServerPolicy) -> None:
        self._policy = policy
        self._state = State.CONNECTED
        self._ahead = hoped(State.CONNECTED, Verb.CONNECT)  # where the client hopes to be
        self._slots: deque[_Slot] = deque([_Slot(GREETING_TICKET, Verb.CONNECT)])
        self._tickets = GREETING_TICKET
        self._offer = Offer()
        self._input = Octets()
        self._lines = LineReader()
        self._output: list[bytes] = []
        self._found: list[ServerEvent] = []
        self._waiting_chunk: Bdat | None = None
        self._intake: Intake | None = None
        self._chunk: Bdat | None = None
        self._swallowing: Reply | None = None
        self._filter: BodyFilter | None = None
        self._smtputf8 = False
        self._recipients = 0
        self._errors = 0

    # --- what the driver sees ---------------------------------------------------------------

    @property
    def state(self) -> State:
        """State by the replies that are out."""
        return self._state

    @property
    def owes(self) -> bool:
        """Whether any reply is owed."""
        return bool(self._slots)

    @property
    def next_ticket(self) -> int | None:
        """The ticket whose reply is the next to leave; None when nothing is owed."""
        return self._slots[0].ticket if self._slots else None

    @property
    def wants_input(self) -> bool:
        """False while enough unread input is kept: stop reading the socket."""
        return len(self._input) < INPUT_BUFFER

    def offer(self, offer: Offer) -> None:
        """From now on these extensions are offered; their parameters and verbs are accepted."""
        self._offer = offer

    def receive(self, data: bytes) -> None:
        """Octets from the client (after TLS is undone)."""
        if self._state is State.TLS:
            raise LocalProtocolError("octets of a TLS handshake given to the SMTP machine")
        if self._state is not State.CLOSED:
            self._input.append(data)

    def receive_eof(self) -> None:
        """The client closed, or its connection broke."""
        if self._state is not State.CLOSED:
            self._found.append(ConnectionClosed(owed=self.owes))
            self._close()

    def tls_started(self) -> None:
        """The handshake ended well: all that was said in the clear is forgotten (RFC 3207 4.2)."""
        moved = after(self._state, Verb.HANDSHAKE, Kind.OK)
        if moved is None:
            raise LocalProtocolError(f"no TLS handshake is due in state {self._state}")
        self._state = self._ahead = moved
        self._offer = Offer()

    def events(self) -> list[ServerEvent]:
        """What was seen since the last call, as far as the replies allow to read on."""
        while self._step():
            pass
        found, self._found = self._found, []
        return found

    def reply(self, ticket: int, reply: Reply, *, closes: bool = False) -> None:
        """Answer `ticket`; `closes` ends the session with it. Ignored once the session is over."""
        if self._state is State.CLOSED:
            return
        for slot in self._slots:
            if slot.ticket == ticket and slot.reply is None:
                slot.reply, slot.closes = reply, closes
                self._flush()
                return
        raise LocalProtocolError(f"ticket {ticket} does not wait for a reply")

    def farewell(self, reply: Reply) -> None:
        """End the session now: every reply owed is replaced by `reply`, once."""
        if self._state is not State.CLOSED:
            self._output.append(reply.to_bytes())
            self._close()

    def take_output(self) -> bytes:
        """Octets to send to the client."""
        if not self._output:
            return b""
        output = self._output[0] if len(self._output) == 1 else b"".join(self._output)
        self._output.clear()
        return output

    # --- replies ----------------------------------------------------------------------------

    def _flush(self) -> None:
        """Send what is answered at the head of the queue, and move by it."""
        while self._slots and (reply := self._slots[0].reply) is not None:
            slot = self._slots.popleft()
            before = self._state
            moved = after(before, slot.verb, reply.kind)
            if moved is None:
                raise LocalProtocolError(f"{slot.verb} cannot be answered {reply.kind} now")
            self._output.append(reply.to_bytes())
            if slot.closes or moved is State.CLOSED:
                self._close()
                return
            self._enter(moved)
            if moved is not hoped(before, slot.verb):
                self._look_ahead()

    def _enter(self, state: State) -> None:
        self._state = state
        if state is State.DATA:
            self._intake = DotIntake()
            self._filter = BodyFilter(self._policy.body, self._smtputf8)
        elif state in (State.READY, State.BROKEN):
            self._filter = None

    def _look_ahead(self) -> None:
        """Fold the hoped-for answers of what is still owed over the state."""
        self._ahead = self._state
        for slot in self._slots:
            self._ahead = hoped(self._ahead, slot.verb)

    def _close(self) -> None:
        self._state = self._ahead = State.CLOSED
        self._slots.clear()
        self._input.take_all()
        self._intake = self._waiting_chunk = self._filter = None

    def _fail(self, reason: str, reply: Reply) -> bool:
        """The client cannot be read any further."""
        self.farewell(reply)
        self._found.append(ProtocolViolated(reason, reply))
        return False

    # --- input ------------------------------------------------------------------------------

    def _step(self) -> bool:
        """Read one thing; False when nothing more can be read now."""
        if self._state in (State.CLOSED, State.TLS):
            return False
        if self._intake is not None:
            return self._read_body(self._intake)
        if self._waiting_chunk is not None:
            return self._start_chunk(self._waiting_chunk)
        if self._slots and self._slots[-1].verb in _HOLDS_INPUT:
            return self._check_early_input(self._slots[-1].verb)
        return self._read_line()

    def _check_early_input(self, verb: Verb) -> bool:
        refuse = self._policy.early_input is EarlyInput.REFUSE or verb is Verb.STARTTLS
        if len(self._input) and refuse and verb in _NO_EARLY_INPUT:
            return self._fail(f"input before the answer to {verb}", replies.UNEXPECTED_INPUT)
        return False

    def _read_line(self) -> bool:
        in_auth = self._state is State.AUTH
        line = self._lines.next_line(self._input, AUTH_LINE if in_auth else LONGEST_COMMAND_LINE)
        if line is None:
            return False
        if isinstance(line, BadLine):
            reply = replies.LINE_TOO_LONG if line is BadLine.TOO_LONG else replies.BAD_LINE_END
            if in_auth:
                # The next hop still waits for this line; there is no way to refuse just one side.
                return self._fail("unreadable line in an AUTH exchange", reply)
            return self._refuse(reply, b"")
        if in_auth:
            return self._accept(AuthLine(line))
        try:
            command = parse(line, self._offer, smtputf8=self._smtputf8)
        except Refusal as refusal:
            return self._refuse(refusal.reply, line)
        return self._on_command(command, line)

    def _on_command(self, command: Command, line: bytes) -> bool:
        if isinstance(command, Bdat):
            self._waiting_chunk = command
            return True
        if not legal(self._ahead, command.verb):
            return self._refuse(self._out_of_sequence(command.verb), line)
        if isinstance(command, Mail):
            if command.size is not None and command.size > self._size_limit:
                return self._refuse(replies.MAIL_TOO_LARGE, line)
            self._smtputf8 = command.smtputf8
            self._recipients = 0
        elif isinstance(command, Rcpt):
            self._recipients += 1
            if self._recipients > self._policy.recipients:
                return self._refuse(replies.TOO_MANY_RECIPIENTS, b"", counts=False)
        return self._accept(command)

    def _accept(self, command: Command) -> bool:
        self._found.append(CommandReceived(self._owe(command.verb), command))
        return True

    def _owe(self, verb: Verb, reply: Reply | None = None) -> int:
        self._tickets += 1
        self._slots.append(_Slot(self._tickets, verb, reply))
        self._ahead = hoped(self._ahead, verb) if reply is None else self._ahead
        return self._tickets

    def _refuse(self, reply: Reply, line: bytes, *, counts: bool = True) -> bool:
        """Answer in its turn without asking anybody."""
        untrusted_line = b"" if line[:4].upper() == b"AUTH" else line
        self._errors += counts
        if self._errors > self._policy.errors:
            return self._fail("too many errors", replies.TOO_MANY_ERRORS)
        if reply is replies.BAD_CHUNK_SIZE:
            # How many octets of body follow is unknown: reading on would take body for commands.
            return self._fail("BDAT without a size", reply)
        self._found.append(CommandRefused(reply, untrusted_line))
        self._owe(Verb.UNKNOWN, reply)
        self._flush()
        return True

    def _out_of_sequence(self, verb: Verb) -> Reply:
        if verb is Verb.DATA and self._ahead is State.MAIL:
            return replies.NO_RECIPIENTS
        return replies.BAD_SEQUENCE

    @property
    def _size_limit(self) -> int:
        offered = self._offer.size if self._offer.has(Extension.SIZE) else None
        return min(offered or self._policy.body.max_size, self._policy.body.max_size)

    # --- bodies -----------------------------------------------------------------------------

    def _start_chunk(self, chunk: Bdat) -> bool:
        """A chunk's octets follow its line at once, wanted or not; whether they are is known only
        when everything before is answered."""
        if self._slots:
            return False
        self._waiting_chunk = None
        self._intake, self._chunk = ChunkIntake(chunk.size), chunk
        if not legal(self._state, chunk.verb):
            no_recipients = self._state is State.MAIL
            self._swallowing = replies.NO_RECIPIENTS if no_recipients else replies.BAD_SEQUENCE
            return True
        if self._filter is None:
            self._filter = BodyFilter(self._policy.body, self._smtputf8)
        return self._accept(chunk)

    def _read_body(self, intake: Intake) -> bool:
        before = len(self._input)
        octets, complete = intake.feed(self._input)
        if self._swallowing is None:
            self._pass_on(octets)
        if self._state is State.CLOSED or not (complete or len(self._input) != before):
            return False
        if complete:
            self._intake = None
            self._end_intake()
        return True

    def _pass_on(self, octets: bytes) -> None:
        assert self._filter is not None, "a body without a filter"
        data = self._filter.feed(octets)
        excess = self._filter.facts.size - self._size_limit
        if excess > DISCARD_AFTER_LIMIT:
            self._fail("the mail goes on far past the size limit", replies.MAIL_TOO_LARGE)
        elif data and excess <= 0:
            self._found.append(BodyChunkReceived(data))

    def _end_intake(self) -> None:
        chunk, self._chunk = self._chunk, None
        if self._swallowing is not None:
            self._refuse(self._swallowing, b"")
            self._swallowing = None
        elif chunk is None:
            self._end_body(self._owe(Verb.BODY))
        elif chunk.last:
            self._end_body(self._slots[-1].ticket)
        else:
            self.reply(self._slots[-1].ticket, replies.CHUNK_OK)

    def _end_body(self, ticket: int) -> None:
        assert self._filter is not None, "a body without a filter"
        last = self._filter.end()
        if last:
            self._found.append(BodyChunkReceived(last))
        facts, refusal = self._filter.facts, self._filter.refusal
        if refusal is None and facts.size > self._size_limit:
            refusal = replies.MAIL_TOO_LARGE
        self._found.append(BodyEnded(ticket, facts, refusal))
