"""The machine that faces the client, on rails: every command answered at once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.smtp import limits, replies
from gateway.smtp.body import BodyPolicy, OnBareLineEnd
from gateway.smtp.commands import AuthLine, Mail, Rcpt
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.events import (
    BodyChunkReceived,
    BodyEnded,
    CommandReceived,
    CommandRefused,
    ConnectionClosed,
    ProtocolViolated,
)
from gateway.smtp.offer import NOTHING, Offer
from gateway.smtp.policy import EarlyInput, ServerPolicy
from gateway.smtp.replies import OK, Reply
from gateway.smtp.server import GREETING_TICKET, Server
from gateway.smtp.states import State, Verb
from tests.unit.smtp.feeding import ANSWERS, BANNER, EVERYTHING, Rails, play

EHLO = b"EHLO me\r\n"
OPEN = EHLO + b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
REFUSED = Reply(550, (b"5.1.1 no",))


def serial(*, body: BodyPolicy | None = None, max_size: int = 1000, **more: int) -> ServerPolicy:
    return ServerPolicy(
        body=body or BodyPolicy(),
        max_size=max_size,
        early_input=EarlyInput.SERIALISE,
        **more,
    )


# --- mails ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("trailing", [b"", b"QUIT\r\n", b"MAIL FROM:<e@f>\r\nQUIT\r\n"])
def test_a_mail(trailing: bytes) -> None:
    played = play(OPEN + b"DATA\r\nS: x\r\n\r\n..text\r\n.\r\n" + trailing)
    assert played.body == b"S: x\r\n\r\n.text\r\n"
    assert played.codes[:5] == [250, 250, 250, 354, 250]
    assert played.state is (State.CLOSED if trailing else State.READY)


def test_many_mails_on_one_connection() -> None:
    mail = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n"
    played = play(EHLO + mail * 5 + b"QUIT\r\n")
    assert sum(isinstance(each, BodyEnded) for each in played.events) == 5
    assert played.codes == [250, *[250, 250, 354, 250] * 5, 221]


def test_commands_carry_their_parameters() -> None:
    played = play(EHLO + b"MAIL FROM:<a@b> SIZE=10\r\nRCPT TO:<c@d> NOTIFY=NEVER\r\n")
    commands = [each.command for each in played.others if isinstance(each, CommandReceived)]
    assert commands[1:] == [Mail("a@b", size=10), Rcpt("c@d", notify="NEVER")]


def test_a_body_that_breaks_a_rule_is_read_to_its_end_and_marked() -> None:
    played = play(OPEN + b"DATA\r\nbare\nLF\r\n.\r\nNOOP\r\n")
    ended = next(each for each in played.events if isinstance(each, BodyEnded))
    assert ended.refusal == replies.BARE_LINE_END
    assert played.codes[-2:] == [550, 250]


def test_smuggled_commands_stay_text() -> None:
    attack = b"text\n.\nMAIL FROM:<x@y>\r\nRCPT TO:<z@y>\r\nDATA\r\nsmuggled\r\n.\r\n"
    policy = serial(body=BodyPolicy(bare_line_end=OnBareLineEnd.REENCODE))
    played = play(OPEN + b"DATA\r\n" + attack, policy)
    assert played.verbs.count(Verb.MAIL) == 1
    assert sum(isinstance(each, BodyEnded) for each in played.events) == 1
    assert b"\r\n.\r\nMAIL FROM:<x@y>\r\n" in played.body  # text; the encoder stuffs the dot


# --- sequence ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commands", "codes"),
    [
        (b"MAIL FROM:<a@b>\r\n", [503]),
        (EHLO + b"RCPT TO:<c@d>\r\n", [250, 503]),
        (EHLO + b"DATA\r\n", [250, 503]),
        (EHLO + b"MAIL FROM:<a@b>\r\nDATA\r\n", [250, 250, 554]),
        (EHLO + b"MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", [250, 250, 503]),
        (EHLO + b"MAIL FROM:<a@b>\r\nRSET\r\nRCPT TO:<c@d>\r\n", [250, 250, 250, 503]),
        (OPEN + EHLO + b"DATA\r\n", [250, 250, 250, 250, 503]),
        (OPEN + b"STARTTLS\r\n", [250, 250, 250, 503]),
        (OPEN + b"AUTH LOGIN\r\n", [250, 250, 250, 503]),
        (b"STARTTLS\r\n", [503]),
        (b"NOOP\r\nRSET\r\nVRFY x\r\nHELP\r\nQUIT\r\n", [250, 250, 250, 250, 221]),
        (b"HELO me\r\nMAIL FROM:<a@b>\r\n", [250, 250]),
        (b"nonsense\r\nNOOP\r\n", [500, 250]),
        (b"NOOP\nNOOP\r\n", [500, 250]),
        (b"x" * 5000 + b"\r\nNOOP\r\n", [500, 250]),
    ],
)
def test_sequence(commands: bytes, codes: list[int]) -> None:
    assert play(commands).codes == codes


def test_a_refused_greeting_leaves_only_quit() -> None:
    server = Server(serial())
    server.reply(GREETING_TICKET, Reply(554, (b"no service",)))
    server.receive(b"EHLO me\r\nQUIT\r\n")
    events = server.events()
    assert [type(each) for each in events] == [CommandRefused, CommandReceived]
    assert server.take_output() == b"554 no service\r\n" + replies.BAD_SEQUENCE.to_bytes()


@pytest.mark.parametrize(
    ("verb", "commands", "state"),
    [
        (Verb.EHLO, EHLO, State.GREETED),
        (Verb.MAIL, EHLO + b"MAIL FROM:<a@b>\r\n", State.READY),
        (Verb.RCPT, OPEN, State.MAIL),
        (Verb.DATA, OPEN + b"DATA\r\n", State.RCPT),
        (Verb.STARTTLS, EHLO + b"STARTTLS\r\n", State.READY),
        (Verb.AUTH, EHLO + b"AUTH LOGIN\r\n", State.READY),
        (Verb.QUIT, EHLO + b"QUIT\r\n", State.READY),
    ],
)
def test_a_refusal_keeps_the_state(verb: Verb, commands: bytes, state: State) -> None:
    played = play(commands, answers={**ANSWERS, verb: REFUSED})
    assert played.state is state
    assert played.codes[-1] == REFUSED.code


# --- pipelining ----------------------------------------------------------------------------------


def test_replies_leave_in_the_order_of_the_commands() -> None:
    rails = Rails(ServerPolicy())
    server = rails.server
    server.receive(EHLO)
    (ehlo,) = server.events()
    assert isinstance(ehlo, CommandReceived)
    server.reply(ehlo.ticket, OK)
    server.receive(b"MAIL FROM:<a@b>\r\nnonsense\r\nNOOP\r\n")
    mail, refused, noop = server.events()
    assert isinstance(mail, CommandReceived)
    assert isinstance(refused, CommandRefused)
    assert isinstance(noop, CommandReceived)
    server.take_output()
    server.reply(noop.ticket, Reply(250, (b"noop",)))
    assert server.take_output() == b""
    server.reply(mail.ticket, Reply(250, (b"mail",)))
    unknown = replies.UNKNOWN_COMMAND.to_bytes()
    assert server.take_output() == b"250 mail\r\n" + unknown + b"250 noop\r\n"


def test_a_ticket_is_answered_once() -> None:
    server = Server(ServerPolicy())
    server.reply(GREETING_TICKET, BANNER)
    for ticket in (GREETING_TICKET, 99):
        with pytest.raises(LocalProtocolError):
            server.reply(ticket, OK)


@pytest.mark.parametrize(
    "data",
    [
        b"EHLO me\r\nMAIL FROM:<a@b>\r\n",
        OPEN.replace(EHLO, b"") + b"DATA\r\nbody\r\n.\r\n",
        b"AUTH PLAIN\r\nAGEAYg==\r\n",
        b"STARTTLS\r\nEHLO injected\r\n",
    ],
)
def test_input_before_an_answer_that_changes_the_state_ends_the_session(data: bytes) -> None:
    server = Server(ServerPolicy())
    server.offer(EVERYTHING)
    server.reply(GREETING_TICKET, BANNER)
    if not data.startswith(b"EHLO"):
        server.receive(EHLO)
        (ehlo,) = server.events()
        assert isinstance(ehlo, CommandReceived)
        server.reply(ehlo.ticket, OK)
    server.take_output()
    server.receive(data)
    events = server.events()
    assert isinstance(events[-1], ProtocolViolated)
    assert server.take_output() == replies.UNEXPECTED_INPUT.to_bytes()
    assert server.state is State.CLOSED
    server.receive(b"NOOP\r\n")
    assert server.events() == []


def test_input_before_the_greeting_ends_the_session() -> None:
    server = Server(ServerPolicy())
    server.receive(b"GET / HTTP/1.1\r\n")
    assert [type(each) for each in server.events()] == [ProtocolViolated]
    assert server.take_output() == replies.UNEXPECTED_INPUT.to_bytes()


# --- STARTTLS and AUTH ---------------------------------------------------------------------------


@pytest.mark.parametrize("early_input", EarlyInput)
def test_octets_behind_starttls_are_never_commands(early_input: EarlyInput) -> None:
    """STARTTLS injection: refused whatever the policy, in one segment or two."""
    for split in (True, False):
        rails = Rails(ServerPolicy(early_input=early_input))
        rails.feed(EHLO)
        server = rails.server
        if split:
            server.receive(b"STARTTLS\r\n")
            server.events()
            server.receive(b"MAIL FROM:<injected@x>\r\n")
        else:
            server.receive(b"STARTTLS\r\nMAIL FROM:<injected@x>\r\n")
        events = server.events()
        assert isinstance(events[-1], ProtocolViolated)
        assert not any(
            isinstance(each, CommandReceived) and isinstance(each.command, Mail) for each in events
        )
        assert server.state is State.CLOSED


def test_after_the_handshake_everything_begins_anew() -> None:
    rails = Rails()
    rails.feed(EHLO)
    rails.feed(b"STARTTLS\r\n")
    assert rails.server.state is State.TLS
    with pytest.raises(LocalProtocolError):
        rails.server.receive(b"\x16\x03\x01")
    rails.server.tls_started()
    rails.feed(b"MAIL FROM:<a@b>\r\n")
    assert rails.played.codes[-1] == 503
    rails.feed(EHLO)
    rails.feed(b"STARTTLS\r\n")  # not offered any more
    assert rails.played.codes[-1] == 502


def test_an_authentication_passes_line_by_line() -> None:
    played = play(EHLO + b"AUTH LOGIN\r\ndXNlcg==\r\nNOOP\r\n")
    assert played.codes == [250, 334, 235, 250]
    assert [type(each.command) for each in played.others if isinstance(each, CommandReceived)][
        2
    ] is AuthLine


@pytest.mark.parametrize("line", [b"x" * limits.AUTH_LINE + b"\r\n", b"bare\n", b"a\rb\r\n"])
def test_an_unreadable_line_of_an_authentication_ends_the_session(line: bytes) -> None:
    played = play(EHLO + b"AUTH LOGIN\r\n" + line)
    assert played.state is State.CLOSED
    assert isinstance(played.others[-1], ProtocolViolated)


def test_a_refused_auth_line_is_not_for_the_log() -> None:
    played = play(EHLO + b"AUTH PLAIN se cret\r\n")
    refused = next(each for each in played.events if isinstance(each, CommandRefused))
    assert refused.untrusted_line == b""
    assert "se cret" not in repr(played.events)


# --- BDAT ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chunks", "body"),
    [
        (b"BDAT 3 LAST\r\nabc", b"abc"),
        (b"BDAT 0 LAST\r\n", b""),
        (b"BDAT 3\r\nabcBDAT 3 LAST\r\ndef", b"abcdef"),
        (b"BDAT 3\r\nabcBDAT 0 LAST\r\n", b"abc"),
        (b"BDAT 0\r\nBDAT 1 LAST\r\nx", b"x"),
        (b"BDAT 5\r\nS: x\rBDAT 3 LAST\r\n\n\r\n", b"S: x\r\n\r\n"),
        (b"BDAT 5 LAST\r\n\r\n.\r\n", b"\r\n.\r\n"),
        (b"BDAT 7\r\nQUIT\r\n.NOOP\r\nBDAT 1 LAST\r\nx", b"QUIT\r\n.x"),
    ],
)
@pytest.mark.parametrize("trailing", [b"", b"NOOP\r\n"])
def test_chunks(chunks: bytes, body: bytes, trailing: bytes) -> None:
    played = play(OPEN + chunks + trailing)
    assert played.body == body
    assert sum(isinstance(each, BodyEnded) for each in played.events) == 1
    assert set(played.codes) == {250}
    assert played.state is State.READY


def test_a_bare_line_end_in_a_chunk_is_found_across_chunks() -> None:
    played = play(OPEN + b"BDAT 2\r\na\rBDAT 2 LAST\r\nb\n")
    ended = next(each for each in played.events if isinstance(each, BodyEnded))
    assert ended.facts.bare_line_end
    assert played.codes[-1] == 550


@pytest.mark.parametrize(
    ("commands", "codes"),
    [
        (EHLO + b"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n", [250, 503, 250]),
        (EHLO + b"MAIL FROM:<a@b>\r\nBDAT 6\r\nQUIT\r\nNOOP\r\n", [250, 250, 554, 250]),
        (OPEN + b"BDAT 1\r\nxDATA\r\n", [250, 250, 250, 250, 503]),
        (OPEN + b"BDAT 1\r\nxMAIL FROM:<a@b>\r\n", [250, 250, 250, 250, 503]),
        (OPEN + b"BDAT 1\r\nxRSET\r\nBDAT 1 LAST\r\ny", [250, 250, 250, 250, 250, 503]),
        (OPEN + b"BDAT 1\r\nxQUIT\r\n", [250, 250, 250, 250, 221]),
    ],
)
def test_chunks_out_of_sequence_are_swallowed(commands: bytes, codes: list[int]) -> None:
    played = play(commands)
    assert played.codes == codes
    assert not any(isinstance(each, BodyEnded) for each in played.events)


def test_after_rset_the_old_chunks_are_gone() -> None:
    again = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 1 LAST\r\ny"
    played = play(OPEN + b"BDAT 1\r\nxRSET\r\n" + again)
    ended = next(each for each in played.events if isinstance(each, BodyEnded))
    assert ended.facts.size == 1


def test_chunks_do_not_come_to_life_again_when_rset_is_refused() -> None:
    played = play(
        OPEN + b"BDAT 1\r\nxRSET\r\nBDAT 1 LAST\r\ny", answers={**ANSWERS, Verb.RSET: REFUSED}
    )
    assert played.state is State.BROKEN
    assert not any(isinstance(each, BodyEnded) for each in played.events)


def test_bdat_without_a_size_ends_the_session() -> None:
    played = play(OPEN + b"BDAT LAST\r\nMAIL FROM:<a@b>\r\n")
    assert played.state is State.CLOSED
    assert played.codes[-1] == 501


def test_chunks_wait_until_the_recipients_are_answered() -> None:
    rails = Rails(ServerPolicy())
    rails.feed(EHLO)
    rails.feed(b"MAIL FROM:<a@b>\r\n")
    server = rails.server
    server.receive(b"RCPT TO:<c@d>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
    (rcpt,) = server.events()
    assert isinstance(rcpt, CommandReceived)
    server.reply(rcpt.ticket, REFUSED)
    swallowed, noop = server.events()
    assert isinstance(swallowed, CommandRefused)
    assert swallowed.reply == replies.NO_RECIPIENTS
    assert isinstance(noop, CommandReceived)


# --- limits --------------------------------------------------------------------------------------


def test_a_mail_over_the_limit_is_refused_and_not_given_out() -> None:
    rails, body = Rails(serial(max_size=1000)), b"x" * 98 + b"\r\n"
    for piece in (OPEN, b"DATA\r\n", *[body] * 11, b".\r\n", b"NOOP\r\n"):
        rails.feed(piece)
    played = rails.played
    ended = next(each for each in played.events if isinstance(each, BodyEnded))
    assert ended.refusal == replies.MAIL_TOO_LARGE
    assert len(played.body) <= 1000
    assert played.codes[-2:] == [552, 250]


def test_a_declared_size_over_the_limit_is_refused_at_mail() -> None:
    assert play(EHLO + b"MAIL FROM:<a@b> SIZE=1001\r\n", serial(max_size=1000)).codes[-1] == 552
    assert play(EHLO + b"MAIL FROM:<a@b> SIZE=1000\r\n", serial(max_size=1000)).codes[-1] == 250


def test_a_mail_without_end_ends_the_session() -> None:
    rails = Rails(serial(max_size=1000))
    rails.feed(OPEN + b"DATA\r\n")
    block = b"x" * 998 + b"\r\n"
    for _ in range(limits.DISCARD_AFTER_LIMIT // 64_000 + 2):
        rails.feed(block * 64)
    assert rails.played.state is State.CLOSED
    assert rails.played.codes[-1] == 552


def test_too_many_recipients() -> None:
    played = play(OPEN + b"RCPT TO:<c@d>\r\n" * 3, serial(recipients=3))
    assert played.codes == [250] * 5 + [452]


def test_too_many_errors() -> None:
    played = play(b"nonsense\r\n" * 5, serial(errors=3))
    assert played.codes == [500, 500, 500, 421]
    assert played.state is State.CLOSED


def test_reading_pauses_while_input_waits() -> None:
    rails = Rails()
    rails.feed(OPEN)
    server = rails.server
    server.receive(b"DATA\r\nx\r\n.\r\n")
    (data,) = server.events()
    assert isinstance(data, CommandReceived)
    server.reply(data.ticket, replies.START_DATA)
    server.events()
    assert server.wants_input
    server.receive(b"x" * limits.INPUT_BUFFER)
    assert server.events() == []
    assert not server.wants_input


def test_a_large_body_is_not_kept() -> None:
    rails = Rails(serial(max_size=10_000_000), offer=EVERYTHING)
    rails.feed(OPEN + b"DATA\r\n")
    block = b"x" * 998 + b"\r\n"
    for _ in range(50):
        rails.feed(block * 10)
        assert len(rails.server._input) == 0


# --- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "owed"), [(b"", False), (b"EHLO me\r\n", True), (b"EHL", False)])
def test_the_client_closes(data: bytes, owed: bool) -> None:
    server = Server(ServerPolicy())
    server.reply(GREETING_TICKET, BANNER)
    server.receive(data)
    server.events()
    server.receive_eof()
    assert server.events() == [ConnectionClosed(owed)]
    server.reply(1, OK)
    server.receive(b"NOOP\r\n")
    assert server.events() == []


def test_farewell_replaces_every_reply_owed() -> None:
    server = Server(ServerPolicy())
    server.farewell(replies.NEXT_HOP_UNREACHABLE)
    server.farewell(replies.CLOSING)
    assert server.take_output() == replies.NEXT_HOP_UNREACHABLE.to_bytes()


def test_a_body_is_given_out_as_it_comes() -> None:
    rails = Rails()
    rails.feed(OPEN + b"DATA\r\nfirst\r\nsecond")
    chunks = [each for each in rails.played.events if isinstance(each, BodyChunkReceived)]
    assert b"".join(each.data for each in chunks) == b"first\r\nsecond"


CREDENTIAL = b"c2VjcmV0"
"""What a client may send as its password; it must not come out in what is shown."""


def refusals(data: bytes, offer: Offer, answers: Mapping[Verb, Reply] = ANSWERS) -> list[bytes]:
    """What is shown of the commands that were refused."""
    rails = Rails(offer=offer, answers={**ANSWERS, **answers})
    rails.feed(data)
    events = rails.played.events
    return [each.untrusted_line for each in events if isinstance(each, CommandRefused)]


@pytest.mark.parametrize(
    "lines",
    [
        b"AUTH PLAIN c2VjcmV0\r\n",
        b" auth PLAIN c2VjcmV0\r\n",
        b"AUTH\tPLAIN\tc2VjcmV0\r\n",
        b"AUTH LOGIN\r\nc2VjcmV0\r\nc2VjcmV0\r\n",
        b"AUTH =no= x\r\nNOOP c2VjcmV0 x \x80\r\nc2VjcmV0\r\n",
    ],
)
def test_a_password_after_a_refused_auth_is_never_shown(lines: bytes) -> None:
    """Clients that do not wait for the answer, or do not mind it, go on with their credentials."""
    refused = refusals(EHLO + lines, NOTHING)
    assert len(refused) == lines.count(b"\r\n")
    assert not any(CREDENTIAL in line for line in refused)


def test_a_password_after_an_auth_that_the_next_hop_refused_is_never_shown() -> None:
    lines = b"AUTH LOGIN\r\nc2VjcmV0\r\nc2VjcmV0\r\n"
    refused = refusals(EHLO + lines, EVERYTHING, {Verb.AUTH: Reply(535, (b"5.7.8 no",))})
    assert refused == [b"", b""]


def test_what_comes_after_the_next_good_command_is_shown_again() -> None:
    lines = b"AUTH LOGIN\r\nc2VjcmV0\r\nNOOP\r\nGET / HTTP/1.1\r\n"
    assert refusals(EHLO + lines, NOTHING) == [b"", b"", b"GET / HTTP/1.1"]
