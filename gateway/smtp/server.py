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
from dataclasses import dataclass
from typing import Final

from gateway.smtp import replies
from gateway.smtp.commands import Auth, AuthLine, Bdat, Command, Mail, Rcpt
from gateway.smtp.dialogue import Dialogue
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
from gateway.smtp.intake import BodyReception, ChunkIntake, DotIntake, Intake
from gateway.smtp.limits import AUTH_LINE, INPUT_BUFFER, LONGEST_COMMAND_LINE
from gateway.smtp.lines import BadLine, LineReader, Octets
from gateway.smtp.offer import NOTHING, Extension, Offer
from gateway.smtp.parse import parse
from gateway.smtp.policy import EarlyInput, ServerPolicy
from gateway.smtp.replies import Reply
from gateway.smtp.states import State, Verb

GREETING_TICKET: Final = 0
"""The ticket of the greeting: the connection itself is answered first."""

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
        self._dialogue = Dialogue()
        self._slots: deque[_Slot] = deque([_Slot(GREETING_TICKET, Verb.CONNECT)])
        self._tickets = GREETING_TICKET
        self._offer = NOTHING
        self._input = Octets()
        self._lines = LineReader()
        self._output: list[bytes] = []
        self._found: list[ServerEvent] = []
        self._chunk: Bdat | None = None  # the chunk that waits for its turn, or is read
        self._intake: Intake | None = None
        self._swallowing: Reply | None = None
        self._body: BodyReception | None = None
        self._smtputf8 = False
        self._recipients = 0
        self._errors = 0
        self._credentials_near = False  # AUTH was tried: what follows may be a password

    # --- what the driver sees ---------------------------------------------------------------

    @property
    def state(self) -> State:
        """State by the replies that are out."""
        return self._dialogue.state

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
        if self.state is State.TLS:
            raise LocalProtocolError("octets of a TLS handshake given to the SMTP machine")
        if self.state is not State.CLOSED:
            self._input.append(data)

    def receive_eof(self) -> None:
        """The client closed, or its connection broke."""
        while self._step():
            pass
        if self.state is not State.CLOSED:
            self._found.append(ConnectionClosed(owed=self.owes))
            self._close()

    def tls_started(self) -> None:
        """The handshake ended well: all that was said in the clear is forgotten (RFC 3207 4.2)."""
        self._dialogue.encrypt()
        self._offer = NOTHING

    def events(self) -> list[ServerEvent]:
        """What was seen since the last call, as far as the replies allow to read on."""
        while self._step():
            pass
        found, self._found = self._found, []
        return found

    def reply(self, ticket: int, reply: Reply, *, closes: bool = False) -> None:
        """Answer `ticket`; `closes` ends the session with it. Ignored once the session is over."""
        if self.state is State.CLOSED:
            return
        for slot in self._slots:
            if slot.ticket == ticket and slot.reply is None:
                slot.reply, slot.closes = reply, closes
                self._flush()
                return
        raise LocalProtocolError(f"ticket {ticket} does not wait for a reply")

    def farewell(self, reply: Reply) -> None:
        """End the session now: every reply owed is replaced by `reply`, once."""
        if self.state is not State.CLOSED:
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
            if not self._dialogue.answer(reply.kind):
                raise LocalProtocolError(f"{slot.verb} cannot be answered {reply.kind} now")
            self._output.append(reply.to_bytes())
            if slot.closes or self.state is State.CLOSED:
                self._close()
            elif self.state is State.DATA:
                self._intake = DotIntake()
                self._body = self._new_body()
            elif self.state in (State.READY, State.BROKEN):
                self._body = None

    def _close(self) -> None:
        self._dialogue.close()
        self._slots.clear()
        self._input.take_all()
        self._intake = self._chunk = self._body = None

    def _fail(self, reason: str, reply: Reply) -> bool:
        """The client cannot be read any further."""
        self.farewell(reply)
        self._found.append(ProtocolViolated(reason, reply))
        return False

    # --- input ------------------------------------------------------------------------------

    def _step(self) -> bool:
        """Read one thing; False when nothing more can be read now."""
        if self.state in (State.CLOSED, State.TLS):
            return False
        if self._intake is not None:
            return self._read_body(self._intake)
        if self._chunk is not None:
            return self._start_chunk(self._chunk)
        if self._slots and self._slots[-1].verb in _HOLDS_INPUT:
            return self._check_early_input(self._slots[-1].verb)
        return self._read_line()

    def _check_early_input(self, verb: Verb) -> bool:
        refuse = self._policy.early_input is EarlyInput.REFUSE or verb is Verb.STARTTLS
        if len(self._input) and refuse and verb in _NO_EARLY_INPUT:
            return self._fail(f"input before the answer to {verb}", replies.UNEXPECTED_INPUT)
        return False

    def _read_line(self) -> bool:
        in_auth = self.state is State.AUTH
        line = self._lines.next_line(self._input, AUTH_LINE if in_auth else LONGEST_COMMAND_LINE)
        if line is None:
            return False
        if isinstance(line, BadLine):
            return self._on_bad_line(line, in_auth=in_auth)
        if in_auth:
            return self._accept(AuthLine(line))
        try:
            command = parse(line, self._offer, smtputf8=self._smtputf8)
        except Refusal as refusal:
            return self._refuse(refusal.reply, line)
        return self._on_command(command, line)

    def _on_bad_line(self, line: BadLine, *, in_auth: bool) -> bool:
        reply = replies.LINE_TOO_LONG if line is BadLine.TOO_LONG else replies.BAD_LINE_END
        if in_auth:
            # The next hop still waits for this line; there is no way to refuse just one side.
            return self._fail("unreadable line in an AUTH exchange", reply)
        return self._refuse(reply)

    def _on_command(self, command: Command, line: bytes) -> bool:
        self._credentials_near = isinstance(command, Auth)
        if isinstance(command, Bdat):
            self._chunk = command
            return True
        if not self._dialogue.allows(command.verb):
            return self._refuse(self._out_of_sequence(command.verb), line)
        if isinstance(command, Mail):
            if command.size is not None and command.size > self._max_size:
                return self._refuse(replies.MAIL_TOO_LARGE, line)
            self._smtputf8 = command.smtputf8
            self._recipients = 0
        elif isinstance(command, Rcpt):
            self._recipients += 1
            if self._recipients > self._policy.recipients:
                return self._refuse(replies.TOO_MANY_RECIPIENTS, counts=False)
        return self._accept(command)

    def _accept(self, command: Command) -> bool:
        self._found.append(CommandReceived(self._owe(command.verb), command))
        return True

    def _owe(self, verb: Verb, reply: Reply | None = None, *, closes: bool = False) -> int:
        self._tickets += 1
        self._slots.append(_Slot(self._tickets, verb, reply, closes))
        self._dialogue.begin(verb)
        return self._tickets

    def _refuse(self, reply: Reply, line: bytes = b"", *, counts: bool = True) -> bool:
        """Answer in its turn without asking anybody; `line` is for the log.

        A client that does not wait for the answer to AUTH, or does not mind it, goes on with its
        name and password; where AUTH is refused they arrive as commands that nobody knows.
        """
        self._errors += counts
        # How many octets of body follow a BDAT without a size is unknown: reading on would take
        # body for commands.
        closes = reply is replies.BAD_CHUNK_SIZE
        if self._errors > self._policy.errors:
            reply, closes = replies.TOO_MANY_ERRORS, True
        self._credentials_near |= line.lstrip()[:4].upper() == b"AUTH"
        self._found.append(CommandRefused(reply, b"" if self._credentials_near else line))
        self._owe(Verb.QUIT if closes else Verb.UNKNOWN, reply, closes=closes)
        self._flush()
        return True

    def _out_of_sequence(self, verb: Verb) -> Reply:
        body = verb in (Verb.DATA, Verb.BDAT, Verb.BDAT_LAST)
        no_recipients = body and self._dialogue.ahead is State.MAIL
        return replies.NO_RECIPIENTS if no_recipients else replies.BAD_SEQUENCE

    @property
    def _max_size(self) -> int:
        offered = self._offer.size if self._offer.has(Extension.SIZE) else None
        return min(offered or self._policy.max_size, self._policy.max_size)

    # --- bodies -----------------------------------------------------------------------------

    def _new_body(self) -> BodyReception:
        return BodyReception(self._policy.body, max_size=self._max_size, smtputf8=self._smtputf8)

    def _start_chunk(self, chunk: Bdat) -> bool:
        """A chunk's octets follow its line at once, wanted or not; whether they are is known only
        when everything before is answered."""
        if self._slots:
            return False
        self._intake = ChunkIntake(chunk.size)
        if not self._dialogue.allows(chunk.verb):
            self._swallowing = self._out_of_sequence(chunk.verb)
            return True
        if self._body is None:
            self._body = self._new_body()
        return self._accept(chunk)

    def _read_body(self, intake: Intake) -> bool:
        waiting = len(self._input)
        octets, complete = intake.feed(self._input)
        if self._swallowing is None and self._body is not None:
            if data := self._body.feed(octets):
                self._found.append(BodyChunkReceived(data))
            if self._body.endless:
                return self._fail("mail far past the size limit", replies.MAIL_TOO_LARGE)
        if complete:
            self._intake = None
            self._end_intake()
            return True
        return len(self._input) != waiting

    def _end_intake(self) -> None:
        chunk, self._chunk = self._chunk, None
        if self._swallowing is not None:
            self._refuse(self._swallowing)
            self._swallowing = None
        elif chunk is None:
            self._end_body(self._owe(Verb.BODY))
        elif chunk.last:
            self._end_body(self._slots[-1].ticket)
        else:
            self.reply(self._slots[-1].ticket, replies.CHUNK_OK)

    def _end_body(self, ticket: int) -> None:
        if self._body is None:
            raise LocalProtocolError("a body ended that never began")
        if last := self._body.end():
            self._found.append(BodyChunkReceived(last))
        self._found.append(BodyEnded(ticket, self._body.facts, self._body.refusal))
