"""Lies of a guest, one by one: each is an AnswerError or a DecodeError, never a value."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import pytest

from gateway.engines.identify_model import Identified, SecondOpinion
from gateway.engines.static.report import StaticReport
from gateway.engines.unpack.model import Child, Contents
from gateway.extraction.contract import ExtractStatus
from gateway.mime import MimeMessage, Span, decode, scan
from gateway.mime.places import places
from gateway.model import Origin, Removal, TypeGuess
from gateway.sandbox import content_from_bytes, memory_file, untrusted
from gateway.sandbox.contents import SharedFile
from gateway.sandbox.messages import DrawAnswer, ExtractAnswer, ParseAnswer, ParsedPlace, Stored
from gateway.sandbox.wire import encode

MAIL = (
    b"From: A <a@example.org>\r\nTo: b@example.net, C <c@example.net>\r\nSubject: s\r\n"
    b"Message-ID: <1@x>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n--b\r\n\r\nhello\r\n--b\r\n'
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text\r\n--b--\r\nend\r\n"
)
TEXT = TypeGuess("text", "text/plain")


def output(data: bytes = b"0123456789") -> SharedFile:
    """An output file as a guest leaves it."""
    file = memory_file()
    os.write(file.fd, data)
    return file


def honest() -> ParseAnswer:
    """What an honest guest answers for MAIL."""
    tree = scan(MAIL)
    return ParseAnswer(
        tree,
        tuple(
            ParsedPlace(
                Stored(False, place.part.header_end, len(decode(place.part, MAIL))),
                Identified(TEXT),
            )
            for place in places(tree)
        ),
    )


S = TypeVar("S", bound=msgspec.Struct)


def replaced(struct: S, **changes: Any) -> S:
    """A copy of a struct with some fields changed."""
    return msgspec.structs.replace(struct, **changes)


def with_root(**changes: Any) -> ParseAnswer:
    answer = honest()
    root = replaced(answer.tree.root, **changes)
    return replaced(answer, tree=replaced(answer.tree, root=root))


def with_stored(stored: Stored) -> ParseAnswer:
    answer = honest()
    first = replaced(answer.places[0], stored=stored)
    return replaced(answer, places=(first, *answer.places[1:]))


def with_type(name: str) -> ParseAnswer:
    answer = honest()
    first = replaced(answer.places[0], identified=Identified(TypeGuess(name)))
    return replaced(answer, places=(first, *answer.places[1:]))


def deep(levels: int) -> MimeMessage:
    """A tree of more levels than the scanner makes."""
    tree = scan(MAIL)
    part = tree.root
    for _ in range(levels):
        part = replaced(part, children=(part,))
    return replaced(tree, root=part)


def test_an_honest_answer_becomes_a_mail() -> None:
    mail = untrusted.parsed_mail(encode(honest()), content_from_bytes(MAIL), output())
    assert (mail.sender, mail.to) == ("A <a@example.org>", ("b@example.net", "C <c@example.net>"))
    assert (mail.subject, mail.message_id) == ("s", "1@x")
    assert [(part.id, part.parent) for part in mail.parts] == [
        ("0.1", "0"),
        ("0.2", "0"),
        ("0.2.1", "0.2"),
    ]
    assert mail.parts[0].content.read() == b"hello"
    assert mail.parts[1].taken_apart and not mail.parts[0].taken_apart


LIES: dict[str, Callable[[], ParseAnswer]] = {
    "a tree of another mail": lambda: replaced(
        honest(), tree=replaced(honest().tree, size=len(MAIL) - 1)
    ),
    "a part beyond the mail": lambda: with_root(end=len(MAIL) + 1),
    "a part that ends before it begins": lambda: with_root(start=10, header_end=5),
    "a negative start": lambda: with_root(start=-1),
    "an insertion point outside": lambda: with_root(insert_at=len(MAIL) + 5),
    "a preamble outside": lambda: with_root(preamble=Span(5, len(MAIL) + 9)),
    "an epilogue turned around": lambda: with_root(epilogue=Span(50, 40)),
    "a field outside its header": lambda: with_root(
        fields=(replaced(honest().tree.root.fields[0], end=len(MAIL)),)
    ),
    "a child outside its parent": lambda: with_root(
        children=(replaced(honest().tree.root.children[0], start=0, end=len(MAIL)),) * 1,
        start=1,
    ),
    "a tree too deep": lambda: replaced(honest(), tree=deep(150)),
    "too few parts": lambda: replaced(honest(), places=honest().places[:1]),
    "too many parts": lambda: replaced(honest(), places=honest().places * 2),
    "content beyond the mail": lambda: with_stored(Stored(False, len(MAIL) - 1, 2)),
    "content beyond the output": lambda: with_stored(Stored(True, 5, 6)),
    "content before the output": lambda: with_stored(Stored(True, -1, 2)),
    "content of negative size": lambda: with_stored(Stored(True, 5, -2)),
    "a type nobody knows": lambda: with_type("harmless"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_a_mail_is_refused(lie: str) -> None:
    with pytest.raises((untrusted.AnswerError, msgspec.DecodeError)):
        untrusted.parsed_mail(encode(LIES[lie]()), content_from_bytes(MAIL), output())


@pytest.mark.parametrize("body", [b"", b"\xc0", b"\x90", b"\x93\x01\x02\x03", b"\xff" * 40])
def test_bytes_that_are_no_answer_are_refused(body: bytes) -> None:
    message = content_from_bytes(MAIL)
    for read in (
        lambda: untrusted.parsed_mail(body, message, output()),
        lambda: untrusted.contents(body, 10, output()),
        lambda: untrusted.extracted(body, output()),
        lambda: untrusted.identified(body),
        lambda: untrusted.second_opinion(body),
        lambda: untrusted.static_report(body),
    ):
        with pytest.raises((untrusted.AnswerError, msgspec.DecodeError)):
            read()


def child(**changes: Any) -> Child:
    return replaced(Child("a", b"a", Origin.MEMBER, 0, 5, TEXT), **changes)


CHILD_LIES = {
    "beyond the output": child(offset=8, size=3),
    "a negative size": child(size=-1),
    "an offset below none": child(offset=-2),
    "a parent after itself": child(parent=0),
    "a parent below none": child(parent=-2),
    "an unreadable one of negative size": child(offset=-1, size=-1),
    "a type nobody knows": child(guess=TypeGuess("nice")),
}


@pytest.mark.parametrize("lie", CHILD_LIES)
def test_a_lie_about_a_member_is_refused(lie: str) -> None:
    with pytest.raises(untrusted.AnswerError):
        untrusted.contents(encode(Contents((CHILD_LIES[lie],))), 10, output())


def test_more_members_than_asked_for_are_refused() -> None:
    with pytest.raises(untrusted.AnswerError):
        untrusted.contents(encode(Contents((child(),) * 3)), 2, output())


def test_honest_members_are_read() -> None:
    contents = Contents((child(), child(offset=-1, size=70, encrypted=True, parent=0)))
    unpacked, doubtful = untrusted.contents(encode(contents), 2, output())
    first, second = unpacked.children
    assert first.content is not None and first.content.read() == b"01234"
    assert second.content is None and second.encrypted and second.size == 70
    assert doubtful == []


REMOVED = (Removal("macros", "vbaProject.bin", "they run"),)
EXTRACTION_LIES = {
    "cleaned without content": ExtractAnswer(ExtractStatus.CLEANED, "docx", None, REMOVED, ""),
    "cleaned of nothing": ExtractAnswer(ExtractStatus.CLEANED, "docx", Stored(True, 0, 5), (), ""),
    "unchanged with content": ExtractAnswer(
        ExtractStatus.UNCHANGED, "docx", Stored(True, 0, 5), (), ""
    ),
    "content beyond the output": ExtractAnswer(
        ExtractStatus.CLEANED, "docx", Stored(True, 6, 5), REMOVED, ""
    ),
    "a type nobody knows": ExtractAnswer(ExtractStatus.UNCHANGED, "dox", None, (), ""),
}


@pytest.mark.parametrize("lie", EXTRACTION_LIES)
def test_a_lie_about_an_extraction_is_refused(lie: str) -> None:
    with pytest.raises(untrusted.AnswerError):
        untrusted.extracted(encode(EXTRACTION_LIES[lie]), output())


@pytest.mark.parametrize(("name", "score"), [("text", 101), ("text", -1), ("txt", 50)])
def test_a_lie_about_an_opinion_is_refused(name: str, score: int) -> None:
    with pytest.raises(untrusted.AnswerError):
        untrusted.second_opinion(encode(SecondOpinion(name, score)))


@pytest.mark.parametrize("picture", [b"<svg/>", b"", untrusted.PNG + bytes(untrusted.MAX_PICTURE)])
def test_a_page_that_is_no_picture_or_a_huge_one_is_refused(picture: bytes) -> None:
    answer = encode(DrawAnswer(Stored(True, 0, len(picture)), ""))
    with pytest.raises(untrusted.AnswerError):
        untrusted.first_page(answer, output(picture))


def test_a_glance_of_endless_length_is_a_lie() -> None:
    answer = honest()
    first = replaced(answer.places[0], report=StaticReport(hosts=("x.example",) * 6000))
    told = replaced(answer, places=(first, *answer.places[1:]))
    with pytest.raises(untrusted.AnswerError, match="endless"):
        untrusted.parsed_mail(encode(told), content_from_bytes(MAIL), output())


def test_a_glance_stays_with_its_content() -> None:
    answer = honest()
    seen = StaticReport(hosts=("x.example",))
    told = replaced(answer, places=(replaced(answer.places[0], report=seen), *answer.places[1:]))
    parsed = untrusted.parsed_mail(encode(told), content_from_bytes(MAIL), output())
    glance = parsed.parts[0].content.glance
    assert glance is not None and glance.report == seen and glance.type == "text"
    assert all(part.content.glance is None for part in parsed.parts[1:])
