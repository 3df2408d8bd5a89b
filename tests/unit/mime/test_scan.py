"""The scanner: offsets, nesting, boundaries, limits, and bytes of every kind."""

import base64
import mmap
import tempfile

import pytest

from gateway.mime import LineEnd, MimePart, PartKind, decode, scan
from gateway.mime.limits import MAX_DEPTH, MAX_PARTS
from tests.unit.mime.mails import MIXED, check_tree, defects, lines


def paths(data: bytes) -> dict[str, MimePart]:
    message = scan(data)
    check_tree(message, len(data))
    return {part.path: part for part in message.walk()}


def test_a_multipart_gives_its_parts_with_exact_offsets() -> None:
    found = paths(MIXED)
    text, pdf = found["1.1"], found["1.2"]
    assert text.body.of(MIXED) == b"Hello."
    assert pdf.body.of(MIXED) == b"JVBERi0xLjQK\r\nJSVFT0YK"
    assert decode(pdf, MIXED) == b"%PDF-1.4\n%%EOF\n"
    assert (pdf.claimed_type, pdf.filename, pdf.disposition) == (
        "application/pdf",
        "a.pdf",
        "attachment",
    )
    root = found["1"]
    assert root.preamble is not None and root.preamble.of(MIXED) == b"preamble"
    assert root.epilogue is not None and root.epilogue.of(MIXED) == b"epilogue\r\n"
    assert [f.name for f in root.fields][:3] == ["From", "To", "Subject"]
    assert MIXED[root.fields[2].start : root.fields[2].end] == b"Subject: two parts\r\n"


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_every_line_end_style_gives_the_same_tree(end: bytes) -> None:
    data = MIXED.replace(b"\r\n", end)
    found = paths(data)
    assert list(found) == ["1", "1.1", "1.2"]
    assert decode(found["1.2"], data) == b"%PDF-1.4\n%%EOF\n"
    assert scan(data).line_end.raw == end


def test_bytes_memoryview_and_mmap_give_the_same_tree() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(MIXED)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert scan(mapped) == scan(MIXED) == scan(memoryview(MIXED))


def test_a_plain_nested_mail_keeps_absolute_offsets() -> None:
    data = lines("Subject: outer", "MIME-Version: 1.0", "Content-Type: message/rfc822", "") + MIXED
    found = paths(data)
    assert found["1"].kind is PartKind.MESSAGE
    assert found["1.1.2"].body.of(data) == b"JVBERi0xLjQK\r\nJSVFT0YK"


def test_an_encoded_nested_mail_has_a_tree_of_its_own() -> None:
    data = (
        lines("MIME-Version: 1.0", "Content-Type: message/rfc822")
        + lines("Content-Transfer-Encoding: base64", "")
        + base64.encodebytes(MIXED)
    )
    root = scan(data).root
    assert root.children == ()
    assert root.decoded is not None
    assert [p.path for p in root.decoded.walk()] == ["1", "1.1", "1.2"]
    assert root.decoded.root.children[1].body.of(decode(root, data)).startswith(b"JVBERi")


def test_a_nested_mail_that_only_claims_base64_is_read_as_it_stands() -> None:
    data = (
        lines("MIME-Version: 1.0", "Content-Type: message/rfc822")
        + lines("Content-Transfer-Encoding: base64", "")
        + MIXED
    )
    assert "1.1.2" in paths(data)
    assert "encoding_not_applied" in defects(data)


def test_parts_of_a_digest_are_mails() -> None:
    data = lines(
        "MIME-Version: 1.0", "Content-Type: multipart/digest; boundary=b", "", "--b", "",
        "Subject: inner", "", "text", "--b--",
    )  # fmt: skip
    found = paths(data)
    assert found["1.1"].claimed_type == "message/rfc822"
    assert found["1.1.1"].value_of("subject") == "inner"


def multipart(*body: str, type_: str = "multipart/mixed; boundary=b") -> bytes:
    return lines("MIME-Version: 1.0", f"Content-Type: {type_}", "", *body)


BOUNDARY_CASES: list[tuple[str, bytes, list[bytes], set[str]]] = [
    (
        "no closing delimiter: the last part reaches the end",
        multipart("--b", "", "one", "--b", "", "two"),
        [b"one", b"two\r\n"],
        {"missing_close"},
    ),
    (
        "parts after the closing delimiter are shown by some readers",
        multipart("--b", "", "one", "--b--", "", "--b", "", "two", "--b--"),
        [b"one", b"two"],
        {"parts_after_close"},
    ),
    (
        "white space behind a delimiter is padding (RFC 2046 section 5.1.1)",
        multipart("--b \t ", "", "one", "--b--  "),
        [b"one"],
        set(),
    ),
    (
        "a line that only begins with the boundary is text, and noted",
        multipart("--b", "", "one", "--bx", "still one", "--b--"),
        [b"one\r\n--bx\r\nstill one"],
        {"delimiter_with_tail"},
    ),
    (
        "no boundary parameter: taken from the body",
        multipart("--q", "", "one", "--q--", type_="multipart/mixed"),
        [b"one"],
        {"missing_boundary", "boundary_guessed"},
    ),
    (
        "a wrong boundary parameter: taken from the body",
        multipart("--q", "", "one", "--q--"),
        [b"one"],
        {"boundary_not_found", "boundary_guessed"},
    ),
    (
        "two boundary parameters: both are obeyed",
        multipart(
            "--x", "", "one", "--y", "", "two", "--x--",
            type_="multipart/mixed; boundary=x; boundary=y",
        ),
        [b"one", b"two"],
        {"several_boundaries", "duplicate_parameter"},
    ),
    (
        "the delimiter follows the header at once",
        multipart("--b", "Content-Type: text/html", "--b", "", "two", "--b--"),
        [b"", b"two"],
        set(),
    ),
    (
        "an empty part",
        multipart("--b", "", "--b", "", "", "--b--"),
        [b"", b""],
        set(),
    ),
    (
        "a multipart in which no part is found is content",
        multipart("nothing", "here"),
        [b"nothing\r\nhere\r\n"],
        {"boundary_not_found", "missing_close"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "data", "contents", "expected"), BOUNDARY_CASES)
def test_boundaries(why: str, data: bytes, contents: list[bytes], expected: set[str]) -> None:
    message = scan(data)
    check_tree(message, len(data))
    leaves = [p for p in message.walk() if p.kind is PartKind.LEAF]
    assert [p.body.of(data) for p in leaves] == contents, why
    assert defects(data) == expected, why


def test_a_boundary_that_is_the_beginning_of_another_separates_exactly() -> None:
    data = multipart(
        "--b", "Content-Type: multipart/alternative; boundary=bb", "",
        "--bb", "", "one", "--bb", "", "two", "--bb--",
        "--b", "", "three", "--b--",
    )  # fmt: skip
    found = paths(data)
    assert [found[p].body.of(data) for p in ("1.1.1", "1.1.2", "1.2")] == [b"one", b"two", b"three"]
    assert defects(data) == {"boundary_is_prefix"}


def test_a_boundary_reused_in_a_nested_multipart_hides_no_part() -> None:
    data = multipart(
        "--b", "Content-Type: multipart/alternative; boundary=b", "",
        "--b", "", "one", "--b--",
        "--b", "", "two", "--b--",
    )  # fmt: skip
    message = scan(data)
    check_tree(message, len(data))
    assert [p.body.of(data) for p in message.walk() if p.kind is PartKind.LEAF] == [b"one", b"two"]
    assert {"boundary_reused", "parts_after_close"} <= defects(data)


def test_an_unclosed_inner_multipart_ends_at_the_outer_delimiter() -> None:
    data = multipart(
        "--b", "Content-Type: multipart/alternative; boundary=i", "",
        "--i", "", "one",
        "--b", "", "two", "--b--",
    )  # fmt: skip
    found = paths(data)
    assert found["1.1.1"].body.of(data) == b"one"
    assert found["1.2"].body.of(data) == b"two"


def test_depth_ends_in_a_defect() -> None:
    data = b"Content-Type: message/rfc822\r\n\r\n" * (MAX_DEPTH * 3)
    found = paths(data)
    assert len(found) == MAX_DEPTH + 1
    assert "limit_depth" in defects(data)


def test_the_number_of_parts_ends_in_a_defect() -> None:
    data = multipart(*["--b", "", "x"] * (MAX_PARTS + 500))
    assert len(paths(data)) <= MAX_PARTS
    assert "limit_parts" in defects(data)


def test_the_limits_count_through_encoded_nested_mails() -> None:
    data = b"x"
    for _ in range(12):
        data = (
            b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(data)
        )
    message = scan(data)
    depth = 0
    while message.root.decoded is not None:
        message = message.root.decoded
        depth += 1
    assert depth == 12


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"\n", b"\r", b"\0", b"a", b":", b"a:", b"--", b"From "]
)
def test_tiny_inputs_give_a_tree(data: bytes) -> None:
    check_tree(scan(data), len(data))


def test_every_prefix_of_a_mail_gives_a_tree() -> None:
    for end in range(len(MIXED)):
        check_tree(scan(MIXED[:end]), end)


def test_a_mailbox_line_and_a_byte_order_mark_stand_before_the_fields() -> None:
    data = b"\xef\xbb\xbfFrom alice Tue Nov 24\r\n" + MIXED
    root = scan(data).root
    assert root.insert_at == data.index(b"From: ")
    assert {"byte_order_mark", "mbox_from_line"} <= defects(data)


def test_line_end_style_is_that_of_the_first_line() -> None:
    assert scan(b"A: b\nC: d\r\n\r\n").line_end is LineEnd.LF
    assert scan(b"no line at all").line_end is LineEnd.CRLF


def test_uuencoded_and_yenc_files_in_text_become_pseudo_parts() -> None:
    data = lines(
        "Subject: old", "", "see below", "begin 644 a.txt", "#0V%T", "`", "end", "between",
        "=ybegin line=128 size=3 name=b.bin", "m\x8b\x9e", "=yend size=3", "after",
    )  # fmt: skip
    message = scan(data)
    check_tree(message, len(data))
    uu, yenc = message.root.children
    assert (uu.kind, uu.filename, decode(uu, data)) == (PartKind.UUENCODED, "a.txt", b"Cat")
    assert (yenc.kind, yenc.filename, decode(yenc, data)) == (PartKind.YENC, "b.bin", b"Cat")
    assert message.root.kind is PartKind.LEAF, "the text around stays content"
    assert "embedded_encoding" in defects(data)


def test_prose_that_says_begin_is_no_file() -> None:
    data = lines("Subject: x", "", "begin 644 reasons to go on", "and this is one of them", "end")
    assert scan(data).root.children == ()
