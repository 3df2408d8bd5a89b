"""A banner above a mail's own text: in its character set, in its transfer encoding, and nowhere
else."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from gateway.mime import decode, scan
from gateway.mime.banner import first_texts, with_html_banner, with_text_banner
from gateway.mime.change import Change, edits_of
from gateway.mime.splice import apply

BANNER = "Geändert: a.docm\n"
HTML = '<div>Ge\u00e4ndert "א"</div>'
PLAIN_TEXTS = [
    (b"Hello.\r\n", None, BANNER, "utf-8"),
    (b"Hello.\r\n", "us-ascii", "Changed\n", None),
    ("Grüße\r\n".encode("latin-1"), "iso-8859-1", BANNER, None),
    ("Grüße\r\n".encode(), "UTF-8", BANNER, None),
    ("\ufeffGrüße\r\n".encode(), "utf-8", BANNER, None),
    ("שלום\r\n".encode("iso-8859-8"), "iso-8859-8", BANNER, "utf-8"),
    ("你好\r\n".encode("gb2312"), "gb2312", "Changed\n", None),
    ("こんにちは\r\n".encode("iso-2022-jp"), "iso-2022-jp", "Changed\n", None),
    ("Grüße\r\n".encode("utf-16"), "utf-16", BANNER, "utf-8"),
    ("Grüße\r\n".encode("utf-7"), "utf-7", BANNER, "utf-8"),
]


@pytest.mark.parametrize(("content", "charset", "banner", "new"), PLAIN_TEXTS)
def test_text_and_banner_are_both_read_in_the_same_charset(
    content: bytes, charset: str | None, banner: str, new: str | None
) -> None:
    made = with_text_banner(content, charset, banner)
    assert made.charset == new
    text = made.content.decode(made.charset or charset or "us-ascii").removeprefix("\ufeff")
    original = content.decode(charset or "us-ascii").removeprefix("\ufeff")
    assert text == banner.replace("\n", "\r\n") + "\r\n" + original
    assert made.content.startswith(b"\xef\xbb\xbf") == content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("charset", ["punycode", "zip", "x-unknown", "rot13", "utf-8"])
def test_a_text_that_cannot_be_read_keeps_its_bytes(charset: str) -> None:
    content = b"\xff\xfe broken \x81"
    made = with_text_banner(content, charset, BANNER)
    assert made.content.endswith(content)
    assert made.charset is None
    assert b"a.docm" in made.content


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"<!DOCTYPE html>\r\n<html><body>x", b"<!DOCTYPE html>"),
        (b"\xef\xbb\xbf <html><body>x", b"\xef\xbb\xbf "),
        (b"<!-- <body> --><body>x", b""),
        (b"<div hidden>x", b""),
        (b"", b""),
    ],
)
def test_an_html_banner_stands_before_everything_that_could_hide_it(
    content: bytes, kept: bytes
) -> None:
    made = with_html_banner(content, "iso-8859-15", HTML)
    banner = b'<div>Ge&#228;ndert "&#1488;"</div>'
    assert made.content == kept + banner + content[len(kept) :]
    assert made.charset is None


def test_html_in_wide_characters_becomes_utf8() -> None:
    made = with_html_banner("<p>שלום".encode("utf-16"), "utf-16", HTML)
    assert made.charset == "utf-8"
    assert made.content.decode().endswith("</div><p>שלום")


def mail(text: str, subtype: str = "plain", cte: str = "7bit", charset: str = "utf-8") -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = "x"
    message.set_content(text, subtype=subtype, cte=cte, charset=charset)
    message.add_attachment(b"data" * 30, "application", "octet-stream", filename="a.bin")
    message.add_attachment("an attached text\n", filename="b.txt")
    return message.as_bytes()


@pytest.mark.parametrize("cte", ["7bit", "quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("charset", ["us-ascii", "iso-8859-1", "utf-8"])
@pytest.mark.parametrize("words", ["plain words", "Grüße"])
def test_every_encoding_of_a_mail_stays_readable(cte: str, charset: str, words: str) -> None:
    if not words.isascii() and (cte == "7bit" or charset == "us-ascii"):
        return
    data = mail(f"{words}\r\n", cte=cte, charset=charset)
    tree = scan(data)
    (text,) = first_texts(tree, frozenset())
    made = with_text_banner(decode(text, data), text.charset, BANNER)
    change = Change((text.path,), made.content, charset=made.charset)
    changed = apply(data, edits_of(data, tree, [change]))
    before = message_from_bytes(data, policy=policy.default)
    after = message_from_bytes(changed, policy=policy.default)
    assert isinstance(after, EmailMessage)
    assert isinstance(before, EmailMessage)
    body = after.get_body()
    assert body is not None
    assert body.get_content().split() == [*BANNER.split(), *words.split()]
    attached = [part.get_content() for part in after.iter_attachments()]
    assert attached == [part.get_content() for part in before.iter_attachments()]


def structure(subtype: str, *parts: bytes) -> bytes:
    inner = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts)
    return b'Content-Type: multipart/%s; boundary="x"\r\n\r\n%s--x--\r\n' % (
        subtype.encode(),
        inner,
    )


TEXT, PAGE = b"Content-Type: text/plain\r\n\r\nhi", b"Content-Type: text/html\r\n\r\n<p>hi"
FILE = b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nfile"
NESTED = b"Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner"


@pytest.mark.parametrize(
    ("data", "changed", "paths"),
    [
        (TEXT, (), ["1"]),
        (structure("alternative", TEXT, PAGE), (), ["1.1", "1.2"]),
        (structure("mixed", FILE, NESTED, PAGE, TEXT, TEXT), (), ["1.3", "1.4"]),
        (structure("signed", TEXT, FILE), (), []),
        (structure("signed", TEXT, FILE), ("1.2",), ["1.1"]),
        (structure("encrypted", TEXT, FILE), ("1.2",), []),
        (b"Content-Type: application/pdf\r\n\r\n%PDF", (), []),
    ],
)
def test_only_the_mails_own_texts_get_it(
    data: bytes, changed: tuple[str, ...], paths: list[str]
) -> None:
    found = first_texts(scan(data), frozenset(changed))
    assert [part.path for part in found] == paths
