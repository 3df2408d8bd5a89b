"""Outlook messages read and written as mails, by readers that are not ours."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extraction.archives.changes import Bounds, Change
from gateway.extraction.containers import rebuild
from gateway.extraction.contract import ExtractError
from gateway.extraction.mails.msg import read_msg
from gateway.extraction.mails.msgtoeml import as_eml, parts_of
from tools.corpus.compound import compound_file
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


def test_an_object_that_nobody_can_read_is_said_and_never_dropped() -> None:
    tree = dict(message_tree(subject="s", text="t", files={"a": b"aa"}))
    tree["__attach_version1.0_#00000001"] = {
        "__properties_version1.0": bytes(8),
        "__substg1.0_3701000D": {"CONTENTS": b"x"},
    }
    data = compound_file(tree)
    assert read_msg(data).unread == ("an embedded object (without a name)",)
    with pytest.raises(ExtractError, match="embedded object"):
        rebuild(data, "msg", [Change(sha256(b"aa").hexdigest(), 2, b"b")], Bounds())


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
