"""Rebuilding: the new content is in, the fields are true, every other byte is as it was."""

import base64

import pytest

from gateway.mime import (
    MimePart,
    RebuildError,
    Replacement,
    add_header,
    apply,
    decode,
    in_order,
    replace_content,
    replace_in_nested,
    replace_part_by_text_note,
    scan,
)
from gateway.mime.limits import MAX_FIELDS
from tests.unit.mime.mails import MIXED, lines


def part(data: bytes, path: str) -> MimePart:
    return next(p for p in scan(data).walk() if p.path == path)


def changed(data: bytes, path: str, content: bytes, **names: str) -> bytes:
    return apply(data, replace_content(data, part(data, path), content, **names))


def outside(data: bytes, path: str) -> tuple[bytes, bytes]:
    """The bytes before and behind a part."""
    node = part(data, path)
    return data[: node.start], data[node.end :]


def test_base64_stays_base64_with_its_line_length_and_only_the_size_changes() -> None:
    new = changed(MIXED, "1.2", b"%PDF-1.7\n" * 4)
    assert outside(new, "1.2") == outside(MIXED, "1.2")
    old_part, new_part = part(MIXED, "1.2"), part(new, "1.2")
    assert decode(new_part, new) == b"%PDF-1.7\n" * 4
    assert new_part.header.of(new) == old_part.header.of(MIXED).replace(b"size=20", b"size=36")
    assert {len(line) for line in new_part.body.of(new).split(b"\r\n")} == {12}


def test_a_replacement_by_the_same_content_gives_the_same_bytes() -> None:
    data = MIXED.replace(b"; size=20", b"")
    assert changed(data, "1.2", decode(part(data, "1.2"), data)) == data
    assert changed(data, "1.1", decode(part(data, "1.1"), data)) == data


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_the_line_end_of_the_mail_is_kept(end: bytes) -> None:
    data = MIXED.replace(b"\r\n", end)
    new = changed(data, "1.2", b"x" * 100, new_type="text/html", new_filename="b.html")
    assert (b"\r\n" in new) == (end == b"\r\n")
    assert new.count(b"\n") == new.count(end)


def test_text_that_7bit_cannot_carry_becomes_base64_and_says_so() -> None:
    new = changed(MIXED, "1.1", "Gr\u00fc\u00dfe".encode())
    assert decode(part(new, "1.1"), new) == "Gr\u00fc\u00dfe".encode()
    assert part(new, "1.1").header.of(new) == (
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )


@pytest.mark.parametrize("text", [b"--=_B\r\ninjected", b"a\r\n--=_B--\r\nb", b"x" * 1200, b"\0"])
def test_text_that_would_break_the_mail_is_encoded(text: bytes) -> None:
    new = changed(MIXED, "1.1", text)
    assert decode(part(new, "1.1"), new) == text
    assert [p.path for p in scan(new).walk()] == ["1", "1.1", "1.2"]


def test_quoted_printable_text_stays_quoted_printable() -> None:
    data = MIXED.replace(
        b"utf-8\r\n\r\nHello.",
        b"utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHello=2E",
    )
    new = changed(data, "1.1", "--=_B\r\nGr\u00fc\u00dfe = x ".encode())
    assert decode(part(new, "1.1"), new) == "--=_B\r\nGr\u00fc\u00dfe = x ".encode()
    assert part(new, "1.1").header.of(new) == part(data, "1.1").header.of(data)


def test_new_type_and_name_replace_both_names() -> None:
    new = changed(
        MIXED, "1.2", b"x", new_type="text/html", new_filename="Gr\u00fc\u00dfe \u20ac.html"
    )
    node = part(new, "1.2")
    assert (node.claimed_type, node.charset) == ("text/html", "utf-8")
    assert node.names == ("Gr\u00fc\u00dfe \u20ac.html",)
    assert new.isascii()


def test_a_name_for_a_part_without_one_makes_it_an_attachment() -> None:
    node = part(changed(MIXED, "1.1", b"x", new_filename='a "b".txt'), "1.1")
    assert (node.disposition, node.filename) == ("attachment", 'a "b".txt')


def test_contradicting_copies_of_a_field_that_changes_are_removed() -> None:
    data = MIXED.replace(
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit",
    )
    node = part(changed(data, "1.2", b"x"), "1.2")
    assert len(node.fields_named("content-transfer-encoding")) == 1
    assert node.other_encodings == ()


def test_a_checksum_of_the_old_content_goes() -> None:
    data = MIXED.replace(b"Content-Disposition", b"Content-MD5: abc\r\nContent-Disposition")
    assert b"MD5" not in changed(data, "1.2", b"x")


def test_a_part_in_a_plain_nested_mail_is_the_same_splice() -> None:
    head = lines("MIME-Version: 1.0", "Content-Type: message/rfc822", "")
    assert changed(head + MIXED, "1.1.2", b"new") == head + changed(MIXED, "1.2", b"new")


def test_a_part_in_encoded_nested_mails_is_carried_up() -> None:
    head = lines(
        "MIME-Version: 1.0", "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", ""
    )
    middle = head + base64.encodebytes(MIXED)
    outer = head + base64.encodebytes(middle)
    root = scan(outer).root
    assert root.decoded is not None and root.decoded.root.decoded is not None
    edits = replace_content(MIXED, root.decoded.root.decoded.root.children[1], b"new")
    new = apply(
        outer, replace_in_nested(outer, root, replace_in_nested(middle, root.decoded.root, edits))
    )
    assert new.startswith(head)
    inner = decode(scan(decode(scan(new).root, new)).root, decode(scan(new).root, new))
    assert inner == changed(MIXED, "1.2", b"new")


def test_a_file_that_stood_in_text_is_written_as_uuencode() -> None:
    data = lines("Subject: x", "", "before", "begin 644 a.txt", "#0V%T", "`", "end", "after")
    new = changed(data, "1.1", b"Dogs" * 30)
    node = part(new, "1.1")
    assert (node.filename, decode(node, new)) == ("a.txt", b"Dogs" * 30)
    assert new.startswith(b"Subject: x\r\n\r\nbefore\r\n") and new.endswith(b"end\r\nafter\r\n")


@pytest.mark.parametrize("path", ["1", "1.1", "1.2"])
def test_a_note_takes_the_place_of_any_part(path: str) -> None:
    note = "The attachment was removed.\n--=_B\nGr\u00fc\u00dfe"
    new = apply(MIXED, replace_part_by_text_note(MIXED, part(MIXED, path), note))
    node = part(new, path)
    assert (node.claimed_type, node.charset, node.filename) == ("text/plain", "utf-8", None)
    text = decode(node, new).decode()
    assert text.startswith("The attachment was removed.\r\n") and "Gr\u00fc\u00dfe" in text
    assert outside(new, path) == outside(MIXED, path)
    assert scan(new).root.value_of("subject") == "two parts"


def test_a_note_in_place_of_a_file_in_text() -> None:
    data = lines("Subject: x", "", "before", "begin 644 a.txt", "#0V%T", "`", "end", "after")
    new = apply(data, replace_part_by_text_note(data, part(data, "1.1"), "removed"))
    assert new == lines("Subject: x", "", "before", "removed", "after")


def test_a_field_goes_to_the_very_top_and_nothing_else_moves() -> None:
    edit = add_header(MIXED, scan(MIXED), "X-Sluice-Verdict", "clean")
    assert edit == Replacement(0, 0, b"X-Sluice-Verdict: clean\r\n")
    mbox = b"From alice Tue Nov 24\n" + MIXED.replace(b"\r\n", b"\n")
    new = apply(mbox, [add_header(mbox, scan(mbox), "X-A", "b")])
    assert new.startswith(b"From alice Tue Nov 24\nX-A: b\nFrom: ")


@pytest.mark.parametrize("data", [b"", b"just text", b"\r\njust text", b"Subject: x"])
def test_a_field_for_a_mail_without_header_does_not_swallow_the_body(data: bytes) -> None:
    new = apply(data, [add_header(data, scan(data), "X-A", "b")])
    root = scan(new).root
    assert root.fields[0].key == "x-a"
    assert decode(root, new) == decode(scan(data).root, data)


def test_long_and_foreign_field_values_are_folded_and_encoded() -> None:
    edit = add_header(MIXED, scan(MIXED), "X-A", "Gr\u00fc\u00dfe " * 30)
    assert edit.new.isascii() and max(map(len, edit.new.split(b"\r\n"))) <= 78
    new = apply(MIXED, [edit])
    assert scan(new).root.value_of("x-a") == ("Gr\u00fc\u00dfe " * 30).strip()


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-A", "b\r\nX-Evil: c"), ("X A", "b"), ("", "b"), ("X:", "b"), ("X-A", "\0")],
)
def test_a_field_cannot_be_broken_out_of(name: str, value: str) -> None:
    with pytest.raises(ValueError):
        add_header(MIXED, scan(MIXED), name, value)


def test_edits_of_several_parts_are_put_together() -> None:
    message = scan(MIXED)
    first, second = message.root.children
    edits = [
        *replace_content(MIXED, second, b"new"),
        add_header(MIXED, message, "X-A", "b"),
        *replace_content(MIXED, first, b"Bye."),
    ]
    new = apply(MIXED, in_order(edits))
    assert [decode(p, new) for p in scan(new).root.children] == [b"Bye.", b"new"]


def test_a_part_without_blank_line_or_body_gets_what_its_content_needs() -> None:
    data = lines(
        "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "",
        "--b", "Content-Type: application/pdf", "--b", "", "two", "--b--",
    )  # fmt: skip
    new = changed(data, "1.1", b"pdf")
    assert decode(part(new, "1.1"), new) == b"pdf"
    assert decode(part(new, "1.2"), new) == b"two"


def test_a_header_that_was_not_read_to_its_end_is_not_rebuilt() -> None:
    data = b"A: b\r\n" * (MAX_FIELDS + 10) + b"Content-Transfer-Encoding: base64\r\n\r\nQ2F0"
    with pytest.raises(RebuildError):
        replace_content(data, scan(data).root, b"x")


DELIMITER_TEXTS = [
    b"hi\r\n=2D-b\r\nContent-Type: application/x-msdownload\r\n\r\nMZ\r\n",
    b"=2D-b\r\n\r\nfirst line\r\n",
    b"x\r\n=2D" + b"-" * 70 + b"=\r\n" + b"=2D" + b"-" * 40 + b"b\r\n",
]


@pytest.mark.parametrize("body", DELIMITER_TEXTS)
@pytest.mark.parametrize("added", [b"", "ä".encode() * 30])
def test_text_that_reads_like_a_delimiter_does_not_become_one(body: bytes, added: bytes) -> None:
    data = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body + b"\r\n--b--\r\n"
    )
    tree = scan(data)
    (text,) = tree.root.children
    content = decode(text, data) + added
    changed = apply(data, replace_content(data, text, content))
    (again,) = scan(changed).root.children
    assert decode(again, changed) == content
    assert max(map(len, changed.split(b"\r\n"))) <= 76
