"""HTML mails: only what acts is changed, in its own place and encoding; quiet mails stay as sent.

The banner is off, so that nothing but extraction changes them.
"""

from __future__ import annotations

import base64
import quopri
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from gateway.model import Action
from gateway.pipeline import Case
from tests.unit.extraction.pictures import PAGE, jpeg_with_segment, picture
from tests.unit.stages.line import ANNA, OUTSIDE, Line

PLAIN = "Grüße: <script> is a tag.\r\n"
QUIET = (
    '<html><body style="color:red"><p>Grüße, <a href="https://example.org/?a=1&amp;b=2">read</a>'
    '<img src="https://t.example/p.gif" width=1 height=1></p><!--[if mso]><o:p>x</o:p><![endif]-->'
    "</body></html>\r\n"
)
ACTING = QUIET.replace("<body", "<body onload='x()'").replace("</p>", "</p><script>y()</script>")


NO_BANNER = "[banner]\nenabled = false\n"


def newsletter(page: str, encoding: str = "quoted-printable", charset: str = "utf-8") -> bytes:
    """A mail with a text and a page that say the same."""
    body = page.encode(charset)
    if encoding == "quoted-printable":
        body = quopri.encodestring(body).replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n")
    return (
        b"From: News <news@client.example>\r\nTo: anna@corp.example\r\nSubject: News\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n--b1\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + PLAIN.encode()
        + b"\r\n--b1\r\nContent-Type: text/html; charset="
        + charset.encode()
        + b"\r\nContent-Transfer-Encoding: "
        + encoding.encode()
        + b"\r\n\r\n"
        + body
        + b"\r\n--b1--\r\n"
    )


def page_of(mail: bytes) -> str:
    message = message_from_bytes(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    (page,) = [part for part in message.walk() if part.get_content_type() == "text/html"]
    return str(page.get_content())


def actions(case: Case) -> list[Action]:
    return [disposition.action for disposition in case.dispositions]


@pytest.mark.parametrize("encoding", ["quoted-printable", "8bit"])
def test_a_quiet_page_is_delivered_byte_for_byte(line: Line, encoding: str) -> None:
    original = newsletter(QUIET, encoding)
    case = line.run(original, ANNA)
    assert actions(case) == [Action.DELIVER]
    assert line.delivered[ANNA].endswith(original)


@pytest.mark.parametrize("encoding", ["quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_only_the_page_that_acts_changes(line: Line, encoding: str, charset: str) -> None:
    original = newsletter(ACTING, encoding, charset)
    case = line.run(original, ANNA, OUTSIDE, policy=NO_BANNER)
    assert actions(case) == [Action.DELIVER_EXTRACTED, Action.DELIVER]
    made = line.delivered[ANNA]
    assert page_of(made).strip() == QUIET.replace("\r\n", "\n").strip()
    before, after = original.split(b"--b1"), made.split(b"--b1")
    assert after[1] == before[1], "the text is nobody's business"
    head = before[2].partition(b"\r\n\r\n")[0]
    assert after[2].startswith(head), "its header stays, character set and encoding included"
    assert line.delivered[OUTSIDE].endswith(original)


def test_policy_rewrites_links_of_the_page_alone(line: Line) -> None:
    page, rule = 'click_page = "https://c.example/?u={url}"', 'html_links = "rewrite"'
    text = f"{NO_BANNER}[extract]\n{page}\n[extract.remove]\n{rule}\n"
    case = line.run(newsletter(QUIET), ANNA, policy=text)
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    target = "https%3A%2F%2Fexample.org%2F%3Fa%3D1%26b%3D2"
    made = page_of(line.delivered[ANNA])
    assert f'href="https://c.example/?u={target}"' in made
    assert (
        made.strip()
        == QUIET.replace("https://example.org/?a=1&amp;b=2", f"https://c.example/?u={target}")
        .replace("\r\n", "\n")
        .strip()
    )


def test_what_is_declared_a_page_is_one_whatever_it_looks_like(line: Line) -> None:
    case = line.run(newsletter("Hello <x onmouseover='y()'>you</x>"), ANNA, policy=NO_BANNER)
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    assert page_of(line.delivered[ANNA]).strip() == "Hello <x>you</x>"


def test_a_text_that_shows_a_page_stays(line: Line) -> None:
    original = (
        b"From: a@client.example\r\nTo: anna@corp.example\r\nSubject: How to\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n<html><script>alert(1)</script>\r\n"
    )
    case = line.run(original, ANNA)
    assert actions(case) == [Action.DELIVER]
    assert line.delivered[ANNA].endswith(original)


def test_pictures_within_a_page_keep_their_content_id(line: Line) -> None:
    original = (
        b"From: a@client.example\r\nTo: anna@corp.example\r\nSubject: Picture\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b1\r\n\r\n--b1\r\n"
        b"Content-Type: text/html\r\n\r\n<img src=cid:a>\r\n--b1\r\nContent-Type: image/jpeg\r\n"
        b"Content-ID: <a>\r\nContent-Disposition: inline\r\n"
        b"Content-Transfer-Encoding: binary\r\n\r\n"
    )
    whole = jpeg_with_segment(0xFE, b"x" + PAGE)
    encoded = original.replace(b"binary", b"base64") + quoted(whole) + b"\r\n--b1--\r\n"
    line.run(encoded, ANNA, policy=NO_BANNER)
    parts = list(message_from_bytes(line.delivered[ANNA]).walk())
    assert parts[-1]["Content-ID"] == "<a>"
    assert parts[-1].get_payload(decode=True) == picture("jpeg")
    assert parts[1].get_payload() == "<img src=cid:a>"


def quoted(data: bytes) -> bytes:

    return base64.encodebytes(data).replace(b"\n", b"\r\n").rstrip()
