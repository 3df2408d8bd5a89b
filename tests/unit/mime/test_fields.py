"""Header blocks, parameters, encoded words: what is read, and what is noted as ambiguous."""

import pytest

from gateway.mime import Defect, DefectKind, addresses, decode, message_id, scan, subject
from gateway.mime.header import LF_GRAMMAR, parse_block
from gateway.mime.limits import MAX_FIELDS, MAX_HEADER_BYTES
from gateway.mime.parameters import parse_field
from gateway.mime.words import decode_words, encode_word
from tests.unit.mime.mails import defects, lines


def test_every_defect_has_one_sentence_and_limits_say_limit() -> None:
    for defect in Defect:
        assert defect.sentence.endswith(".") and defect.sentence[0].isupper()
        assert (defect.kind is DefectKind.LIMIT) == defect.value.startswith("limit_")


PARAMETERS: list[tuple[str, dict[str, str], str]] = [
    ("text/plain; charset=utf-8", {"charset": "utf-8"}, "token"),
    ('a/b; name="x y.doc"', {"name": "x y.doc"}, "quoted"),
    (r'a/b; name="x\"y\\z"', {"name": r'x"y\z'}, "escapes"),
    (r'a/b; name="C:\dir\file.doc"', {"name": r"C:\dir\file.doc"}, "Windows path"),
    ("a/b; name=x y.doc", {"name": "x y.doc"}, "unquoted spaces, as Outlook reads it"),
    ('a/b; name="x.doc', {"name": "x.doc"}, "quote never closed"),
    ('a/b; name="x.doc" charset=utf-8', {"name": "x.doc", "charset": "utf-8"}, "no semicolon"),
    ("a/b charset=utf-8", {"charset": "utf-8"}, "no semicolon after the type"),
    ("a/b;; ; name=x;", {"name": "x"}, "empty parameters"),
    ("a/b (comment); name=x", {"name": "x"}, "comment"),
    ("a/b; NAME=x", {"name": "x"}, "letter case of names"),
    ("a/b; name*=utf-8''%e2%82%ac%20x", {"name": "\u20ac x"}, "RFC 2231"),
    ("a/b; name*0=long; name*1=.doc", {"name": "long.doc"}, "RFC 2231 pieces"),
    ("a/b; name*1=.doc; name*0=long", {"name": "long.doc"}, "pieces out of order"),
    ("a/b; name*0*=iso-8859-1''%e4; name*1=b", {"name": "\u00e4b"}, "pieces of both kinds"),
    ("a/b; name*=%e4%b8", {"name": "\u00e4\u00b8"}, "no charset, no UTF-8"),
    ('a/b; name="=?utf-8?b?4oKsLmV4ZQ==?="', {"name": "\u20ac.exe"}, "RFC 2047, forbidden"),
    ("a/b; name==?utf-8?q?a=2Eexe?=", {"name": "a.exe"}, "RFC 2047 unquoted"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), PARAMETERS)
def test_parameters(text: str, expected: dict[str, str], why: str) -> None:
    assert {p.name: p.value for p in parse_field(text).parameters} == expected, why


def test_the_extended_name_comes_first() -> None:
    parsed = parse_field("attachment; filename=EUR.txt; filename*=utf-8''%e2%82%ac.txt")
    assert [p.value for p in parsed.parameters] == ["\u20ac.txt", "EUR.txt"]


WORDS: list[tuple[str, str, str]] = [
    ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Gr\u00fc\u00dfe", "Q"),
    ("=?UTF-8?B?R3LDvMOfZQ==?=", "Gr\u00fc\u00dfe", "B"),
    ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab", "space between words vanishes"),
    ("=?utf-8?q?a?= b", "a b", "space before text stays"),
    ("=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "\u00fc", "a character split between words"),
    ("=?nonsense?q?a=FC?=", "a\u00fc", "unknown charset"),
    ("=?utf-8*de?q?a?=", "a", "language (RFC 2231 section 5)"),
    ("a=?utf-8?q?b?=c", "abc", "words within text"),
    ("=?utf-8?q?a_b?=", "a b", "underscore"),
    ("=?utf-8?x?a?=", "=?utf-8?x?a?=", "no such encoding"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), WORDS)
def test_words(text: str, expected: str, why: str) -> None:
    assert decode_words(text) == expected, why


def test_a_word_may_not_name_a_codec_that_expands() -> None:
    assert decode_words("=?zlib?q?abc?=") == "abc"
    assert decode_words("=?unicode_escape?q?=5Cx41?=") == "\\x41"


@pytest.mark.parametrize(
    "text", ["plain", "Gr\u00fc\u00dfe " * 20, "a\nb", "\U0001f600" * 40, "=?x"]
)
def test_encoded_words_come_back(text: str) -> None:
    written = encode_word(text)
    assert written.isascii() and "\n" not in written
    assert decode_words(written) == text


DEFECTS: list[tuple[tuple[str, ...], set[str], str]] = [
    (("Subject: a", "Subject: b", "", "x"), {"duplicate_field"}, "two subjects"),
    (("Received: a", "Received: b", "", "x"), set(), "trace fields may repeat"),
    (("Subject : a", "", "x"), {"space_before_colon"}, "space before the colon"),
    (("Subject: a", " ", "X: y", "", "x"), {"whitespace_line_in_header"}, "a line of white space"),
    (("Subject: a", "no field", "To: b", "", "x"), {"malformed_header_line"}, "skipped"),
    (("Subject: a", "text begins", "and goes on"), {"missing_blank_line"}, "no blank line"),
    (("", "just text"), {"missing_header"}, "no header"),
    (("Subject: \xfc", "", "x"), {"header_not_utf8"}, "Latin-1 in a header"),
    (("Subject: a\0b", "", "x"), {"nul_bytes"}, "NUL"),
    (("Subject: a\rb", "", "x"), {"bare_cr"}, "CR alone"),
    (("Subject: a\nX: b", "", "x"), {"mixed_line_ends"}, "LF among CRLF"),
    (("Content-Type: text", "", "x"), {"malformed_content_type", "missing_mime_version"}, "/"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), DEFECTS)
def test_header_defects(text: tuple[str, ...], expected: set[str], why: str) -> None:
    assert defects(lines(*text)) == expected, why


CONTENT_DEFECTS: list[tuple[tuple[str, ...], set[str], str]] = [
    (
        ("Content-Type: text/plain", "Content-Type: text/html"),
        {"duplicate_content_type"},
        "two types",
    ),
    (
        ("Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: 7bit"),
        {"duplicate_transfer_encoding", "conflicting_encodings"},
        "two encodings",
    ),
    (
        ("Content-Disposition: inline", "Content-Disposition: attachment"),
        {"duplicate_disposition"},
        "two dispositions",
    ),
    (
        ("Content-Type: a/b; name=a.txt", "Content-Disposition: attachment; filename=b.txt"),
        {"conflicting_names"},
        "two names",
    ),
    (
        ("Content-Type: a/b; name=a.txt", "Content-Disposition: attachment; filename=a.exe"),
        {"conflicting_names", "conflicting_extensions"},
        "two extensions",
    ),
    (("Content-Type: a/b; name=a; name=b",), {"duplicate_parameter"}, "a name twice"),
    (("Content-Transfer-Encoding: rot13",), {"unknown_encoding"}, "no such encoding"),
    (('Content-Transfer-Encoding: "base64" (x)',), set(), "a known one in disguise"),
    (("Content-Type: message/partial; id=a; number=1",), {"message_partial"}, "a fragment"),
]


@pytest.mark.parametrize(("fields", "expected", "why"), CONTENT_DEFECTS)
def test_content_defects(fields: tuple[str, ...], expected: set[str], why: str) -> None:
    assert defects(lines("MIME-Version: 1.0", *fields, "", "x")) == expected, why


def test_an_external_body_is_noted_and_its_header_read() -> None:
    data = lines(
        "MIME-Version: 1.0", "Content-Type: message/external-body; access-type=URL", "",
        "Content-Type: application/x-msdownload", "", "",
    )  # fmt: skip
    assert "external_body" in defects(data)
    assert scan(data).root.children[0].claimed_type == "application/x-msdownload"


def test_of_two_content_types_a_multipart_wins_so_that_nothing_is_hidden() -> None:
    data = lines(
        "MIME-Version: 1.0", "Content-Type: text/plain",
        "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b--",
    )  # fmt: skip
    assert [p.path for p in scan(data).walk()] == ["1", "1.1"]


def test_the_other_reading_of_conflicting_encodings_can_be_had() -> None:
    data = lines(
        "MIME-Version: 1.0", "Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: base64",
        "", "Q2F0",
    )  # fmt: skip
    root = scan(data).root
    assert decode(root, data) == b"Q2F0\r\n"
    assert [decode(root, data, other) for other in root.other_encodings] == [b"Cat"]


def test_a_delimiter_after_a_line_of_white_space_hides_no_part() -> None:
    data = lines(
        "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", " ",
        "--b", "Content-Type: text/html", "", "one", "--b--",
    )  # fmt: skip
    assert [p.claimed_type for p in scan(data).walk()] == ["multipart/mixed", "text/html"]


def test_header_limits_end_in_defects() -> None:
    assert "limit_fields" in defects(b"A: b\r\n" * (MAX_FIELDS + 1) + b"\r\nx")
    assert "limit_header_bytes" in defects(b"A: b\r\n" * MAX_HEADER_BYTES)
    assert "limit_field_value" in defects(b"A: " + b"b" * 200_000 + b"\r\n\r\nx")
    assert "limit_parameters" in defects(b"Content-Type: a/b" + b"; c=d" * 300 + b"\r\n\r\nx")
    long = b"Content-Type: multipart/mixed; boundary=" + b"b" * 1000
    assert "limit_boundary" in defects(long + b"\r\n\r\nx")


def test_fields_are_unfolded_and_keep_their_range() -> None:
    block = b"A: one\r\n two\r\n\tthree\r\nB:\r\n\r\n"
    read = parse_block(block, 100, has_blank_line=True, grammar=LF_GRAMMAR)
    assert [(f.name, f.value, f.start, f.end) for f in read.fields] == [
        ("A", "one two\tthree", 100, 122),
        ("B", "", 122, 126),
    ]
    assert read.end == 128


def test_addresses_subject_and_message_id() -> None:
    data = lines(
        'From: "Doe, Jane" <jane@sender.example>',
        "To: bob@rcpt.example (Bob), =?utf-8?q?M=C3=BCller=2C_A?= <a@rcpt.example>,",
        " Friends: x@y.example, z@y.example;",
        "Subject: =?utf-8?q?a=0D=0AX-Evil=3A_b?=\u00ad".encode("utf-8").decode("latin-1"),
        "Message-ID: <1@sender.example> (x)",
        "",
        "",
    )
    root = scan(data).root
    assert [str(a) for a in addresses(root, "from")] == ["Doe, Jane <jane@sender.example>"]
    assert [(a.name, a.mailbox) for a in addresses(root, "To")] == [
        ("", "bob@rcpt.example"),
        ("M\u00fcller, A", "a@rcpt.example"),
        ("", "x@y.example"),
        ("", "z@y.example"),
    ]
    assert "\r" not in subject(root) and "\n" not in subject(root)
    assert message_id(root) == "1@sender.example"
