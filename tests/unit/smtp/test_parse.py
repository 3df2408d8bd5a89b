"""Command lines to commands: one table of what is read, one of what is refused and how."""

from __future__ import annotations

import pytest

from gateway.smtp import replies
from gateway.smtp.commands import (
    Auth,
    AuthLine,
    Bdat,
    BodyType,
    Command,
    Data,
    Ehlo,
    Help,
    Mail,
    Noop,
    Quit,
    Rcpt,
    Ret,
    Rset,
    StartTls,
    Vrfy,
)
from gateway.smtp.errors import Refusal
from gateway.smtp.offer import NOTHING, Offer
from gateway.smtp.parse import parse
from gateway.smtp.replies import Reply
from tests.unit.smtp.feeding import EVERYTHING


def read(line: str | bytes, *, smtputf8: bool = False, offer: Offer = EVERYTHING) -> Command:
    raw = line.encode() if isinstance(line, str) else line
    return parse(raw, offer, smtputf8=smtputf8)


READ: list[tuple[str, Command]] = [
    ("EHLO client.example", Ehlo("client.example")),
    ("ehlo [192.0.2.1]", Ehlo("[192.0.2.1]")),
    ("HELO my_pc", Ehlo("my_pc", extended=False)),
    ("MAIL FROM:<a@b.example>", Mail("a@b.example")),
    ("mail from: <a@b.example>", Mail("a@b.example")),
    ("MAIL FROM:a@b.example", Mail("a@b.example")),
    ("MAIL FROM:<>", Mail("")),
    ("MAIL FROM:<> BODY=7BIT", Mail("", body=BodyType.SEVEN_BIT)),
    ("MAIL FROM:<a@b> SIZE=1000", Mail("a@b", size=1000)),
    ("MAIL FROM:<a@b> size=5 body=8bitmime", Mail("a@b", 5, BodyType.EIGHT_BIT)),
    ("MAIL FROM:<a@b> RET=HDRS ENVID=x+2By", Mail("a@b", ret=Ret.HEADERS, envid="x+2By")),
    ("MAIL FROM:<a@b> AUTH=<>", Mail("a@b", auth="<>")),
    ("MAIL FROM:<grün@bücher.example> SMTPUTF8", Mail("grün@bücher.example", smtputf8=True)),
    ('MAIL FROM:<"a b\\"c"@d.example>', Mail('"a b\\"c"@d.example')),
    ('MAIL FROM:<"a>b"@d.example>', Mail('"a>b"@d.example')),
    ("MAIL FROM:<a@[192.0.2.1]>", Mail("a@[192.0.2.1]")),
    ("MAIL FROM:<a@[IPv6:2001:db8::1]>", Mail("a@[IPv6:2001:db8::1]")),
    ("MAIL FROM:<@x.example,@y.example:a@b.example>", Mail("a@b.example")),
    ("MAIL FROM:<a..b.@docomo.example>", Mail("a..b.@docomo.example")),
    ("MAIL FROM:<a@under_score.example>", Mail("a@under_score.example")),
    ("MAIL FROM:<" + "v" * 100 + "@b.example>", Mail("v" * 100 + "@b.example")),
    ("RCPT TO:<c@d.example>", Rcpt("c@d.example")),
    ("RCPT TO:<postmaster>", Rcpt("postmaster")),
    ("rcpt to:<c@d> notify=success,delay", Rcpt("c@d", notify="SUCCESS,DELAY")),
    ("RCPT TO:<c@d> NOTIFY=NEVER ORCPT=rfc822;c@d", Rcpt("c@d", "NEVER", "rfc822;c@d")),
    ("DATA", Data()),
    ("DATA  ", Data()),
    ("BDAT 0 LAST", Bdat(0, last=True)),
    ("bdat 86 last", Bdat(86, last=True)),
    ("BDAT 1000", Bdat(1000, last=False)),
    ("RSET", Rset()),
    ("NOOP and more", Noop()),
    ("HELP mail", Help()),
    ("VRFY someone", Vrfy("someone")),
    ("QUIT", Quit()),
    ("STARTTLS", StartTls()),
    ("AUTH LOGIN", Auth("LOGIN")),
    ("auth plain AGEAYg==", Auth("PLAIN", b"AGEAYg==")),
    ("AUTH EXTERNAL =", Auth("EXTERNAL", b"=")),
]


@pytest.mark.parametrize(("line", "expected"), READ)
def test_read(line: str, expected: Command) -> None:
    assert read(line) == expected


REFUSED: list[tuple[str | bytes, Reply]] = [
    ("", replies.UNKNOWN_COMMAND),
    ("HELLO x", replies.UNKNOWN_COMMAND),
    ("GET / HTTP/1.1", replies.UNKNOWN_COMMAND),
    (b"NOOP \0", replies.BAD_CHARACTER),
    (b"NOOP \x1b[2J", replies.BAD_CHARACTER),
    (b"EHLO \xff", replies.BAD_CHARACTER),
    ("EHLO", replies.BAD_ARGUMENT),
    ("EHLO a b", replies.BAD_ARGUMENT),
    ("EHLO grün.example", replies.BAD_ARGUMENT),
    ("EHLO " + "x" * 256, replies.BAD_ARGUMENT),
    ("NOOP " + "x" * 506, replies.LINE_TOO_LONG),
    ("MAIL <a@b>", replies.BAD_ARGUMENT),
    ("MAIL TO:<a@b>", replies.BAD_ARGUMENT),
    ("MAIL FROM:", replies.BAD_SENDER),
    ("MAIL FROM:<a@b", replies.BAD_SENDER),
    ("MAIL FROM:<a@b>x", replies.BAD_SENDER),
    ("MAIL FROM:<a@b>SIZE=1", replies.BAD_SENDER),
    ("MAIL FROM:<a b@c>", replies.BAD_SENDER),
    ("MAIL FROM:<a@b@c>", replies.BAD_SENDER),
    ("MAIL FROM:<a@b><c@d>", replies.BAD_SENDER),
    ('MAIL FROM:<"a@b>', replies.BAD_SENDER),
    ('MAIL FROM:<"a"b"@c>', replies.BAD_SENDER),
    ("MAIL FROM:<a@[1.2.3.4>", replies.BAD_SENDER),
    ("MAIL FROM:<a@b..c>", replies.BAD_SENDER),
    ("MAIL FROM:<a@" + "x" * 255 + ">", replies.BAD_SENDER),
    ("MAIL FROM:<grün@b.example>", replies.NON_ASCII_ADDRESS),
    ("MAIL FROM:<a@b> SIZE=-1", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> SIZE=" + "9" * 21, replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> SIZE=\u0661", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> SIZE=1 SIZE=1", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> SIZE", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> SMTPUTF8=1", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> BODY=BINARYMIME", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> ENVID=a=b", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> ENVID=a+2", replies.BAD_ARGUMENT),
    ("MAIL FROM:<a@b> XYZ=1", replies.BAD_PARAMETER),
    ("RCPT TO:<>", replies.BAD_RECIPIENT),
    ("RCPT TO:<c@d> NOTIFY=NEVER,SUCCESS", replies.BAD_ARGUMENT),
    ("RCPT TO:<c@d> ORCPT=nonsense", replies.BAD_ARGUMENT),
    ("RCPT TO:<grün@d.example>", replies.NON_ASCII_ADDRESS),
    ("DATA now", replies.BAD_ARGUMENT),
    ("BDAT", replies.BAD_CHUNK_SIZE),
    ("BDAT x", replies.BAD_CHUNK_SIZE),
    ("BDAT -1", replies.BAD_CHUNK_SIZE),
    ("BDAT 10 LAST now", replies.BAD_CHUNK_SIZE),
    ("BDAT \u0661", replies.BAD_CHUNK_SIZE),
    ("RSET now", replies.BAD_ARGUMENT),
    ("VRFY", replies.BAD_ARGUMENT),
    ("QUIT now", replies.BAD_ARGUMENT),
    ("STARTTLS now", replies.BAD_ARGUMENT),
    ("AUTH", replies.BAD_ARGUMENT),
    ("AUTH PLAIN not base64", replies.BAD_ARGUMENT),
    ("ETRN example", replies.UNKNOWN_COMMAND),
    ("XCLIENT ADDR=1.2.3.4", replies.UNKNOWN_COMMAND),
]


@pytest.mark.parametrize(("line", "reply"), REFUSED)
def test_refused(line: str | bytes, reply: Reply) -> None:
    with pytest.raises(Refusal) as refusal:
        read(line)
    assert refusal.value.reply == reply


@pytest.mark.parametrize(
    "line",
    [
        "MAIL FROM:<a@b> SIZE=1",
        "MAIL FROM:<a@b> BODY=8BITMIME",
        "MAIL FROM:<a@b> SMTPUTF8",
        "MAIL FROM:<a@b> RET=FULL",
        "RCPT TO:<c@d> NOTIFY=NEVER",
    ],
)
def test_a_parameter_that_is_not_offered_is_refused(line: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(line, offer=NOTHING)
    assert refusal.value.reply == replies.BAD_PARAMETER


@pytest.mark.parametrize("line", ["STARTTLS", "AUTH PLAIN"])
def test_a_verb_that_is_not_offered_is_refused(line: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(line, offer=NOTHING)
    assert refusal.value.reply == replies.NOT_IMPLEMENTED


def test_a_recipient_may_be_utf8_when_the_transaction_says_so() -> None:
    assert read("RCPT TO:<grün@d.example>", smtputf8=True) == Rcpt("grün@d.example")


@pytest.mark.parametrize("line", [line for line, _ in READ])
def test_a_command_written_and_read_again_is_the_same(line: str) -> None:
    command = read(line)
    assert parse(command.to_bytes()[:-2], EVERYTHING, smtputf8=True) == command


@pytest.mark.parametrize("line", [line for line, _ in READ])
def test_line_ends_never_come_out_of_a_command(line: str) -> None:
    written = read(line).to_bytes()
    assert written.endswith(b"\r\n")
    assert b"\r" not in written[:-2]
    assert b"\n" not in written[:-2]


def test_credentials_hide_themselves() -> None:
    assert "AGEAYg" not in repr(Auth("PLAIN", b"AGEAYg=="))
    assert "c2VjcmV0" not in repr(AuthLine(b"c2VjcmV0"))
    assert AuthLine(b"c2VjcmV0").to_bytes() == b"c2VjcmV0\r\n"
