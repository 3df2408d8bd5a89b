"""Outlook messages read and written as mails, by readers that are not ours."""

from __future__ import annotations

import io
import struct
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extraction.archives.changes import Bounds, Change
from gateway.extraction.containers import rebuild
from gateway.extraction.contract import ExtractError
from gateway.extraction.mails.msg import read_msg
from gateway.extraction.mails.msgtoeml import Role, as_eml, parts_of
from tools.corpus.compound import Tree, compound_file
from tools.corpus.msg import message_tree, msg_of

CORPUS = Path(__file__).parents[5] / "shared" / "corpus" / "tika"
FILES = {"letter.doc": b"the letter " * 200, "été.bin": bytes(range(256))}
MESSAGE = msg_of(
    subject="Prüfung",
    text="Liebe Anna,\r\n-- \r\nS.",
    files=FILES,
    messages=[message_tree(subject="inner", text="hi", files={"a.txt": b"a"}, within=True)],
)


def read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def contents(message: EmailMessage) -> dict[str | None, bytes]:
    return {
        part.get_filename(): part.get_payload(decode=True)  # type: ignore[misc]
        for part in message.walk()
        if not part.is_multipart()
    }


def test_heads_bodies_and_files_come_through() -> None:
    message = read(as_eml(read_msg(MESSAGE)))
    assert message["subject"] == "Prüfung" and message["to"] == "Anna"
    assert message["from"] == "Sender <sender@client.example>"
    assert message["date"].datetime.year == 2026
    found = contents(message)
    assert found.pop(None).rstrip() == b"Liebe Anna,\r\n-- \r\nS."
    inner = read(found.pop("inner.eml"))
    assert inner["subject"] == "inner" and contents(inner)["a.txt"] == b"a"
    assert found == FILES


def test_a_changed_attachment_makes_it_a_mail_and_says_so() -> None:
    old = FILES["letter.doc"]
    change = Change(sha256(old).hexdigest(), len(old), b"note", add=".txt", mime="text/plain")
    made = rebuild(MESSAGE, "msg", [change], Bounds())
    assert made.type == "eml"
    assert [removal.what for removal in made.noted] == ["Outlook message written as mail"]
    found = contents(read(made.content))
    assert found["letter.doc.txt"] == b"note" and found["été.bin"] == FILES["été.bin"]


def test_what_a_mail_cannot_hold_is_named() -> None:
    data = msg_of(subject="s", text="t", files={"a": b"aa"}, kind="IPM.Appointment")
    change = Change(sha256(b"aa").hexdigest(), 2, b"b")
    noted = rebuild(data, "msg", [change], Bounds()).noted
    assert "IPM.Appointment" in noted[1].what


def test_a_member_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ExtractError, match="not found"):
        rebuild(MESSAGE, "msg", [Change(sha256(b"x").hexdigest(), 1, b"y")], Bounds())


def with_object(streams: Tree) -> bytes:
    """A message with one file, and an attachment that is an OLE object (method 6)."""
    tree = dict(message_tree(subject="s", text="t", files={"a": b"aa"}))
    method = struct.pack("<HHIQ", 3, 0x3705, 6, 6)
    tree["__attach_version1.0_#00000001"] = {
        "__properties_version1.0": bytes(8) + method,
        "__substg1.0_3701000D": streams,
    }
    return compound_file(tree)


def package_of(name: str, content: bytes) -> bytes:
    """An Ole10Native stream."""
    label = name.encode() + b"\0"
    inside = b"\2\0" + label + label + bytes(4) + struct.pack("<L", len(label)) + label
    inside += struct.pack("<L", len(content)) + content
    return struct.pack("<L", len(inside)) + inside


def test_a_package_is_the_file_within() -> None:
    data = with_object({"\x01Ole10Native": package_of("run.exe", b"MZ" * 99)})
    files = {part.name: part.content for part in parts_of(read_msg(data)) if part.role is Role.FILE}
    assert files == {"a": b"aa", "run.exe": b"MZ" * 99}
    change = Change(sha256(b"MZ" * 99).hexdigest(), 198, b"a note", add=".txt")
    made = rebuild(data, "msg", [change], Bounds())
    assert contents(read(made.content))["run.exe.txt"] == b"a note"


def test_another_object_is_a_compound_file_of_its_own() -> None:
    inner: Tree = {"WordDocument": b"text " * 2000, "Macros": {"VBA": {"dir": b"code"}}, "x": b""}
    part = parts_of(read_msg(with_object(inner)))[-1]
    assert part.name == "object"
    with olefile.OleFileIO(io.BytesIO(part.content)) as ole:
        assert ole.openstream("WordDocument").read() == b"text " * 2000
        assert ole.openstream("Macros/VBA/dir").read() == b"code"
        assert ole.openstream("x").read() == b""


def test_heads_cannot_break_out_of_their_fields() -> None:
    data = msg_of(subject="one\r\nBcc: evil@x.example\r\n\r\nbody", text="t", files={})
    message = read(as_eml(read_msg(data)))
    assert message["bcc"] is None and "evil" in message["subject"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    "name", ["testMSG_att_msg.msg", "test-outlook2003.msg", "testMSG_chinese.msg"]
)
def test_messages_of_others(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    message = read_msg(data)
    assert as_eml(message) == as_eml(read_msg(data))
    found = contents(read(as_eml(message)))
    assert {part.name for part in parts_of(message) if part.name} <= {*found, "message.rtf"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(MESSAGE) - 1), st.binary(min_size=1, max_size=8))
def test_damage_ends_in_a_sentence(at: int, new: bytes) -> None:
    damaged = MESSAGE[:at] + new + MESSAGE[at + len(new) :]
    try:
        as_eml(read_msg(damaged))
    except ExtractError as error:
        assert str(error)
