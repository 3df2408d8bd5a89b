"""The machine that faces the next hop."""

from __future__ import annotations

import pytest

from gateway.smtp import limits
from gateway.smtp.client import Client
from gateway.smtp.commands import (
    Auth,
    AuthLine,
    Command,
    Data,
    Ehlo,
    Mail,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTls,
)
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.events import (
    ConnectionClosed,
    ProtocolViolated,
    ReplyReceived,
    UnaskedReplyReceived,
)
from gateway.smtp.offer import NOTHING, Extension
from gateway.smtp.replies import Reply
from gateway.smtp.states import State, Verb
from tests.unit.smtp.feeding import FEEDINGS

PIPELINING = b"250-mx\r\n250 PIPELINING\r\n"


def greeted(ehlo_answer: bytes = PIPELINING) -> Client:
    """A client machine after EHLO."""
    client = Client()
    client.receive(b"220 mx\r\n")
    client.send(Ehlo("me"))
    client.events()
    assert client.take_output() == b"EHLO me\r\n"
    client.receive(ehlo_answer)
    client.events()
    return client


def in_data() -> Client:
    """A client machine after 354."""
    client = greeted()
    client.send(Mail("a@b"))
    client.send(Rcpt("c@d"))
    client.send(Data())
    client.take_output()
    client.receive(b"250 a\r\n250 b\r\n354 go\r\n")
    client.events()
    return client


def test_nothing_is_sent_before_the_greeting() -> None:
    client = Client()
    client.send(Ehlo("me"))
    assert client.take_output() == b""
    assert client.timeout == limits.GREETING_TIMEOUT
    client.receive(b"220 mx\r\n")
    client.events()
    assert client.take_output() == b"EHLO me\r\n"


def test_one_flight_with_pipelining() -> None:
    client = greeted()
    client.send(Rset())
    client.send(Mail("a@b"), 1)
    client.send(Rcpt("c@d"), 2)
    client.send(Data(), 3)
    assert client.take_output() == b"RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"


def test_one_command_at_a_time_without_pipelining() -> None:
    client = greeted(b"250 mx\r\n")
    client.send(Mail("a@b"))
    client.send(Rcpt("c@d"))
    assert client.take_output() == b"MAIL FROM:<a@b>\r\n"
    client.receive(b"250 ok\r\n")
    client.events()
    assert client.take_output() == b"RCPT TO:<c@d>\r\n"


def test_nothing_follows_a_command_that_ends_a_group() -> None:
    client = greeted()
    client.send(Noop())
    client.send(Mail("a@b"))
    assert client.take_output() == b"NOOP\r\n"
    client.receive(b"250 ok\r\n")
    client.events()
    assert client.take_output() == b"MAIL FROM:<a@b>\r\n"


def test_replies_find_their_commands_however_they_are_split() -> None:
    wire = b"250 a\r\n250-b\r\n250 b\r\n550 c\r\n"
    for feeding in FEEDINGS:
        client = greeted()
        commands: list[Command] = [Mail("a@b"), Rcpt("c@d"), Rcpt("e@f")]
        for tag, command in enumerate(commands, 1):
            client.send(command, tag)
        events = []
        for piece in feeding(wire):
            client.receive(piece)
            events += client.events()
        assert events == [
            ReplyReceived(1, Verb.MAIL, commands[0], Reply(250, (b"a",))),
            ReplyReceived(2, Verb.RCPT, commands[1], Reply(250, (b"b", b"b"))),
            ReplyReceived(3, Verb.RCPT, commands[2], Reply(550, (b"c",))),
        ]
        assert client.state is State.RCPT


def test_a_mail() -> None:
    client = in_data()
    client.send_body(b".dot\r\n")
    client.end_body(7)
    assert client.take_output() == b"..dot\r\n.\r\n"
    assert client.timeout == limits.DATA_DONE_TIMEOUT
    client.receive(b"250 queued\r\n")
    assert client.events() == [ReplyReceived(7, Verb.BODY, None, Reply(250, (b"queued",)))]
    assert client.state is State.READY


def test_the_offer_is_read_and_forgotten() -> None:
    client = greeted(b"250-mx\r\n250-SIZE 1000\r\n250 STARTTLS\r\n")
    assert client.offer.size == 1000
    assert client.offer.has(Extension.STARTTLS)
    client.send(StartTls())
    client.receive(b"220 go\r\n")
    client.events()
    with pytest.raises(LocalProtocolError):
        client.receive(b"\x16\x03\x01")
    client.tls_started()
    assert client.offer == NOTHING
    with pytest.raises(LocalProtocolError):
        client.send(Mail("a@b"))


def test_octets_behind_the_answer_to_starttls_end_it() -> None:
    client = greeted(b"250-mx\r\n250 STARTTLS\r\n")
    client.send(StartTls())
    client.receive(b"220 go\r\n250 injected\r\n")
    events = client.events()
    assert isinstance(events[-1], ProtocolViolated)
    assert client.state is State.CLOSED


def test_helo_has_no_offer() -> None:
    client = Client()
    client.receive(b"220 mx\r\n")
    client.send(Ehlo("me", extended=False))
    client.events()
    assert client.take_output() == b"HELO me\r\n"
    client.receive(b"250-mx\r\n250 PIPELINING\r\n")
    client.events()
    assert client.offer == NOTHING


def test_an_authentication() -> None:
    client = greeted()
    client.send(Auth("LOGIN"))
    client.receive(b"334 VXNlcm5hbWU6\r\n")
    assert [type(each) for each in client.events()] == [ReplyReceived]
    client.take_output()
    client.send(AuthLine(b"dXNlcg=="))
    assert client.take_output() == b"dXNlcg==\r\n"
    client.receive(b"535 no\r\n")
    client.events()
    assert client.state is State.READY


@pytest.mark.parametrize("command", [Mail("a@b"), Rcpt("c@d"), Data(), StartTls(), AuthLine(b"")])
def test_a_command_out_of_sequence_is_our_error(command: Command) -> None:
    client = Client()
    with pytest.raises(LocalProtocolError):
        client.send(command)


def test_a_body_without_354_is_our_error() -> None:
    client = greeted()
    with pytest.raises(LocalProtocolError):
        client.send_body(b"x")
    with pytest.raises(LocalProtocolError):
        client.end_body()


@pytest.mark.parametrize(
    "reply",
    [b"250 unasked\r\n", b"garbage\r\n", b"250 bare\n", b"1" * 3000],
)
def test_a_next_hop_that_cannot_be_understood(reply: bytes) -> None:
    client = greeted()
    client.receive(reply)
    (event,) = client.events()
    assert isinstance(event, ProtocolViolated)
    assert event.reply is None
    assert client.state is State.CLOSED


def test_an_answer_that_makes_no_sense() -> None:
    client = greeted()
    client.send(Mail("a@b"))
    client.receive(b"354 go\r\n")
    (event,) = client.events()
    assert isinstance(event, ProtocolViolated)


def test_421_unasked() -> None:
    client = greeted()
    client.receive(b"421 going down\r\n")
    assert client.events() == [
        UnaskedReplyReceived(Reply(421, (b"going down",))),
        ConnectionClosed(owed=False),
    ]


def test_421_to_a_command() -> None:
    client = greeted()
    client.send(Mail("a@b"), 1)
    client.send(Rcpt("c@d"), 2)
    client.receive(b"421 going down\r\n")
    assert client.events() == [
        ReplyReceived(1, Verb.MAIL, Mail("a@b"), Reply(421, (b"going down",))),
        ConnectionClosed(owed=True),
    ]


def test_quit_is_a_quiet_end() -> None:
    client = greeted()
    client.send(Quit(), 1)
    client.receive(b"221 bye\r\n")
    client.receive_eof()
    assert client.events() == [ReplyReceived(1, Verb.QUIT, Quit(), Reply(221, (b"bye",)))]


@pytest.mark.parametrize("owed", [True, False])
def test_the_next_hop_closes(owed: bool) -> None:
    client = greeted()
    if owed:
        client.send(Noop())
    client.receive_eof()
    assert client.events() == [ConnectionClosed(owed)]
    with pytest.raises(LocalProtocolError):
        client.send(Noop())


def test_closing_takes_back_what_is_unsent() -> None:
    client = in_data()
    client.send_body(b"half a mail\r\n")
    client.close()
    assert client.take_output() == b""
    with pytest.raises(LocalProtocolError):
        client.end_body()
