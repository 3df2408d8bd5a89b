"""A tag in front of the subject: it is read, and every other byte is as it was."""

import pytest

from gateway.mime import apply, in_order, scan
from gateway.mime.subjecttag import tag_subject
from tests.unit.mime.mails import MIXED, lines

TAG = "[not scanned]"

SUBJECTS = [
    ("Subject: lunch", "[not scanned] lunch"),
    ("subject:lunch", "[not scanned] lunch"),
    ("Subject:", "[not scanned]"),
    ("Subject: ", "[not scanned]"),
    ("SUBJECT:\r\n folded at once", "[not scanned] folded at once"),
    ("Subject: =?utf-8?B?w6TDtsO8?= and\r\n\t=?iso-8859-1?Q?=E4?=", "[not scanned] äöü and ä"),
    ("Subject : old form", "[not scanned] old form"),
]


def read(data: bytes) -> str:
    """The subject with single spaces: how a program unfolds it is not ours to say."""
    return " ".join((scan(data).root.value_of("subject") or "").split())


def tagged(data: bytes, tag: str = TAG) -> bytes:
    return apply(data, in_order(tag_subject(data, scan(data), tag)))


@pytest.mark.parametrize(("field", "reads"), SUBJECTS)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_the_tag_is_the_first_word(field: str, reads: str, end: bytes) -> None:
    data = lines("From: a@example.org", *field.split("\r\n"), "", "Hello.", end=end)
    (edit,) = tag_subject(data, scan(data), TAG)
    assert edit.start == edit.end, "nothing is taken away"
    assert read(apply(data, [edit])) == reads


@pytest.mark.parametrize("length", [900, 976, 977, 978, 989, 990, 998])
def test_a_long_subject_is_folded_and_not_made_too_long(length: int) -> None:
    words = "x" * (length - len("Subject: "))
    new = tagged(lines(f"Subject: {words}", "To: b@example.org", "", "Hello."))
    assert max(map(len, new.split(b"\r\n"))) <= 998
    assert read(new) == f"{TAG} {words}"


def test_a_mail_without_subject_gets_the_tag_as_its_subject() -> None:
    data = lines("From: a@example.org", "", "Hello.")
    assert tagged(data) == b"Subject: [not scanned]\r\n" + data


def test_a_mail_that_passes_twice_is_tagged_once() -> None:
    once = tagged(MIXED)
    assert tagged(once) == once != MIXED


def test_of_several_subjects_the_first_is_tagged() -> None:
    data = lines("Subject: one", "Subject: two", "", "Hello.")
    assert tagged(data) == lines("Subject: [not scanned] one", "Subject: two", "", "Hello.")


@pytest.mark.parametrize("tag", ["a\r\nBcc: x@example.org", "\x00", "ä"])
def test_a_tag_that_would_break_out_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="not fit for a subject"):
        tagged(lines("Subject: one", "", ""), tag)
