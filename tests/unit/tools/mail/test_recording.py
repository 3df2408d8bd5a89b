"""The recording server: what it records, and each way it misbehaves."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest

from tools.mail import (
    ALL_EXTENSIONS,
    BARE_EXTENSIONS,
    Answer,
    Behaviour,
    Delay,
    Drop,
    Fault,
    RecordingServer,
    SmtpResult,
    Step,
    Target,
    send,
)

RAW = b"Subject: x\r\n\r\n.dot\r\n..\r\n\xff end\r\n"
SENDER, RECIPIENT = "a@client.example", "b@corp.example"


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


def _send(server: RecordingServer, *recipients: str, starttls: bool = False) -> SmtpResult:
    target = Target("127.0.0.1", server.port, starttls=starttls, seconds=20)
    return send(RAW, SENDER, recipients or (RECIPIENT,), target)


def _faulty(*faults: Fault, extensions: tuple[str, ...] = ALL_EXTENSIONS) -> RecordingServer:
    return RecordingServer(behaviour=Behaviour(extensions=extensions, faults=faults))


def test_records_octets_envelope_and_client(server: RecordingServer) -> None:
    result = _send(server, RECIPIENT, "c@corp.example")
    assert result.accepted and result.code == 250 and result.step == "body"
    (mail,) = server.mails
    assert mail.content == RAW
    assert mail.mail_from == f"<{SENDER}>"
    assert mail.recipients == (RECIPIENT, "c@corp.example")
    assert (mail.client, mail.helo, mail.tls, mail.by_bdat) == (
        "127.0.0.1", "client.example", False, False)  # fmt: skip


def test_offers_the_chosen_extensions(server: RecordingServer) -> None:
    assert {"PIPELINING", "CHUNKING", "DSN", "SMTPUTF8"} <= set(_send(server).extensions)
    with _faulty(extensions=BARE_EXTENSIONS) as bare:
        assert _send(bare).extensions == ()


def test_a_server_without_ehlo_is_greeted_with_helo() -> None:
    with RecordingServer(behaviour=Behaviour(knows_ehlo=False)) as server:
        assert _send(server).accepted
        assert [one[:4].upper() for one in server.commands[:2]] == [b"EHLO", b"HELO"]


def test_refuses_one_recipient_with_own_words() -> None:
    with _faulty(Answer(Step.RCPT, "550 5.1.1 gone away", "bad@")) as server:
        result = _send(server, "bad@corp.example", RECIPIENT)
        assert result.accepted
        assert [(one.code, one.text) for one in result.refused] == [(550, "5.1.1 gone away")]
        assert server.mails[0].recipients == (RECIPIENT,)


def test_tempfails_once_then_accepts() -> None:
    with _faulty(Answer(Step.BODY, "451 4.3.0 later", times=1)) as server:
        assert [_send(server).code, _send(server).code] == [451, 250]
        assert [mail.accepted for mail in server.mails] == [False, True]
        assert len(server.accepted) == 1


@pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA, Step.BODY])
@pytest.mark.parametrize("reset", [False, True])
def test_drops_the_connection_at(step: Step, reset: bool) -> None:
    with _faulty(Drop(step, reset=reset)) as server:
        result = _send(server)
        assert (result.code, result.accepted) == (0, False)
        received_whole = step is Step.BODY
        assert server.wait_until(lambda one: len(one.mails) == received_whole, 5)
        assert server.accepted == ()


def test_drops_before_the_greeting() -> None:
    with _faulty(Drop(Step.CONNECT)) as server:
        assert _send(server).step == "connect"


def test_delays_an_answer_without_changing_it() -> None:
    with _faulty(Delay(Step.BODY, 0.05)) as server:
        assert _send(server).code == 250


def test_replies_of_several_lines() -> None:
    with _faulty(Answer(Step.MAIL, "550 first\nsecond")) as server:
        result = _send(server)
        assert (result.step, result.code, result.text) == ("mail", 550, "first\nsecond")


def test_starttls_then_mail() -> None:
    with _faulty(extensions=("STARTTLS",)) as server:
        result = _send(server, starttls=True)
        assert result.accepted and "STARTTLS" not in result.extensions
        assert server.mails[0].tls


def test_nothing_listens_is_a_result() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = send(RAW, SENDER, [RECIPIENT], Target("127.0.0.1", port))
    assert (result.code, result.step) == (0, "connect")
    assert "refused" in result.text


def test_chunks_are_put_together(server: RecordingServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(
            b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
            b"BDAT 5\r\nab\r\n.BDAT 3 LAST\r\n\nxyQUIT\r\n"
        )
        answers = client.makefile("rb").read()
    assert answers.count(b"\r\n250 ") + answers.count(b"250 2.") > 3 and b"221" in answers
    (mail,) = server.mails
    assert (mail.content, mail.by_bdat) == (b"ab\r\n.\nxy", True)


def test_bare_line_feeds_are_recorded_as_they_came(server: RecordingServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\n.\ny\r\n.\r\nQUIT\r\n")
        client.makefile("rb").read()
    assert server.mails[0].content == b"x\n.\ny\r\n"


def test_auth_plain_and_login_are_noted() -> None:
    for conversation, mechanism in (
        (b"AUTH PLAIN AHUAcA==\r\n", "PLAIN"),
        (b"AUTH PLAIN\r\nAHUAcA==\r\n", "PLAIN"),
        (b"AUTH LOGIN\r\ndQ==\r\ncA==\r\n", "LOGIN"),
        (b"AUTH LOGIN dQ==\r\ncA==\r\n", "LOGIN"),
    ):
        with _faulty() as server, socket.create_connection(("127.0.0.1", server.port)) as client:
            mail = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n"
            client.sendall(conversation + mail)
            assert b"235" in client.makefile("rb").read()
            assert server.mails[0].auth == mechanism


def test_a_client_that_stops_in_the_middle_leaves_no_mail(server: RecordingServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhalf\r\n.")
    assert _send(server).accepted
    assert len(server.mails) == 1


def test_the_certificate_is_self_signed() -> None:
    with (
        _faulty(extensions=("STARTTLS",)) as server,
        socket.create_connection(("127.0.0.1", server.port)) as client,
    ):
        client.recv(1000)
        client.sendall(b"STARTTLS\r\n")
        assert client.recv(1000).startswith(b"220")
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(client, server_hostname="mx")
