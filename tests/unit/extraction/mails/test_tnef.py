"""winmail.dat with changed attachments, as tnefparse reads it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tnefparse import TNEF

from gateway.extraction.archives.changes import Bounds, Change
from gateway.extraction.containers import rebuild
from gateway.extraction.contract import ExtractError
from gateway.mime import read_tnef
from tools.corpus.tnef import ATTACH_RENDERING, LEVEL_ATTACHMENT, LEVEL_MESSAGE, tnef_of

CORPUS = Path(__file__).parents[5] / "shared" / "corpus" / "tika" / "testWINMAIL.dat"
FILES = {"first.txt": b"first", "letter.doc": b"the letter " * 90, "last.bin": bytes(range(256))}
NOTE = b"a note"
_MAPI_PROPERTIES, _ATTACHMENT_PROPERTIES = 0x00069003, 0x00069005


def change_of(
    old: bytes, new: bytes = NOTE, *, drop: str = "", add: str = "", mime: str = ""
) -> Change:
    return Change(sha256(old).hexdigest(), len(old), new, drop=drop, add=add, mime=mime)


def attribute(level: int, identity: int, data: bytes) -> bytes:
    return pack("<BII", level, identity, len(data)) + data + pack("<H", sum(data) & 0xFFFF)


def properties(*items: tuple[int, int, bytes]) -> bytes:
    """A list of properties of variable size: number, type, value."""
    listed = b"".join(
        pack("<HHII", kind, number, 1, len(value)) + value + bytes(-len(value) % 4)
        for number, kind, value in items
    )
    return pack("<I", len(items)) + listed


def by_properties(name: str, content: bytes, kind: int = 0x0102) -> bytes:
    """An attachment as newer versions of Outlook write it."""
    interface = bytes(16) if kind == 0x000D else b""
    listed = properties(
        (0x3707, 0x001F, name.encode("utf-16-le") + b"\0\0"),
        (0x3703, 0x001E, b"." + name.rpartition(".")[2].encode() + b"\0"),
        (0x3701, kind, interface + content),
        (0x7FFF, 0x001E, b"stays\0"),
    )
    start = attribute(LEVEL_ATTACHMENT, ATTACH_RENDERING, bytes(14))
    return start + attribute(LEVEL_ATTACHMENT, _ATTACHMENT_PROPERTIES, listed)


def seen(data: bytes) -> dict[str, bytes]:
    """What tnefparse reads."""
    return {each.long_filename() or each.name: bytes(each.data) for each in TNEF(data).attachments}


def test_one_attachment_changes_and_the_others_stay() -> None:
    data = tnef_of(FILES, subject="s", text="t")
    made = rebuild(data, "tnef", [change_of(FILES["letter.doc"], add=".txt")], Bounds())
    assert seen(made.content) == {
        "first.txt": b"first",
        "letter.doc.txt": NOTE,
        "last.bin": FILES["last.bin"],
    }
    message = read_tnef(made.content)
    assert (message.subject, message.defects) == ("s", ())
    assert made.content.startswith(data[: data.index(b"first.txt")])


def test_attachments_in_properties() -> None:
    data = tnef_of({}, subject="s", text="t") + by_properties("été.doc", FILES["letter.doc"])
    change = change_of(FILES["letter.doc"], drop="doc", add="docx", mime="x/y")
    made = rebuild(data, "tnef", [change], Bounds()).content
    (attachment,) = read_tnef(made).attachments
    assert (attachment.filename, attachment.content) == ("été.docx", NOTE)
    assert seen(made) == {"été.docx": NOTE}
    assert b".docx\0" in made and b"stays\0" in made


def test_a_message_within() -> None:
    inner = tnef_of(FILES, subject="inner", text="t")
    data = tnef_of({}, subject="s", text="t") + by_properties("inner.msg", inner, 0x000D)
    new_inner = rebuild(inner, "tnef", [change_of(FILES["letter.doc"])], Bounds()).content
    made = rebuild(data, "tnef", [change_of(inner, new_inner)], Bounds()).content
    (attachment,) = read_tnef(made).attachments
    assert attachment.embedded is not None
    assert attachment.embedded.attachments[1].content == NOTE


def test_bodies_change_too() -> None:
    html, text = b"<p>hello</p>", "plain é"
    listed = properties(
        (0x1013, 0x0102, html), (0x1000, 0x001F, text.encode("utf-16-le") + b"\0\0")
    )
    data = tnef_of({}, subject="s", text="old body")
    data += attribute(LEVEL_MESSAGE, _MAPI_PROPERTIES, listed)
    changes = [
        change_of(html, b"<p>new</p>"),
        change_of(text.encode(), "neu ü".encode()),
        change_of(b"old body", b"new body"),
    ]
    made = read_tnef(rebuild(data, "tnef", changes, Bounds()).content)
    assert [body.content for body in made.bodies] == [
        b"new body",
        b"<p>new</p>",
        "neu ü".encode(),
    ]


def test_rtf_is_stored_in_its_container() -> None:
    rtf = rb"{\rtf1 hello}"
    stored = pack("<4I", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    data = tnef_of({}, subject="s", text="t")
    data += attribute(LEVEL_MESSAGE, _MAPI_PROPERTIES, properties((0x1009, 0x0102, stored)))
    new = rb"{\rtf1 changed}"
    made = read_tnef(rebuild(data, "tnef", [change_of(rtf, new)], Bounds()).content)
    assert made.bodies[-1].content == new


@pytest.mark.skipif(not CORPUS.is_file(), reason="the corpus is not here")
def test_a_file_of_outlook() -> None:
    data = CORPUS.read_bytes()
    before = read_tnef(data).attachments
    made = rebuild(data, "tnef", [change_of(before[1].content, add=".txt")], Bounds()).content
    after = read_tnef(made).attachments
    assert [each.filename for each in after] == [
        f"{each.filename}.txt" if each is before[1] else each.filename for each in before
    ]
    assert list(seen(made).values()) == [each.content for each in after]


def test_damage_is_never_put_back() -> None:
    data = tnef_of(FILES, subject="s", text="t")
    with pytest.raises(ExtractError, match="damaged"):
        rebuild(data[:-20], "tnef", [change_of(FILES["letter.doc"])], Bounds())
    with pytest.raises(ExtractError, match="not found"):
        rebuild(data, "tnef", [change_of(b"another")], Bounds())


WHOLE = tnef_of(FILES, subject="s", text="t") + by_properties("a.doc", b"content")


@settings(max_examples=100, deadline=None)
@given(st.integers(6, len(WHOLE) - 1), st.integers(0, 255))
def test_any_changed_byte_ends_in_a_file_or_a_sentence(at: int, new: int) -> None:
    data = WHOLE[:at] + bytes([new]) + WHOLE[at + 1 :]
    try:
        made = rebuild(data, "tnef", [change_of(FILES["first.txt"])], Bounds())
    except ExtractError as error:
        assert str(error)
    else:
        assert NOTE in made.content
