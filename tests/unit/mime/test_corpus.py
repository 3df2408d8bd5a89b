"""All mails of the shared corpus: trees are sound, nothing changes, and contents equal what the
standard library decodes, except where it is known to read less."""

import email
from email.message import Message
from pathlib import Path

import pytest

from gateway.mime import MimePart, PartKind, apply, decode, iter_decoded, replace_content, scan
from tests.unit.mime.mails import check_tree, corpus_mails, needs_corpus

pytestmark = needs_corpus

DIFFERENCES = {
    "alternative-empty-related.eml": "a multipart without parts, where it adds a line end",
    "btc2.eml": "the declared boundary never occurs; we take the one that does, it sees no part",
    "phish_sender.eml": "the same",
    "phish_sender5.eml": "the same",
    "next2last-doublebad.eml": "a file name as RFC 2047 word, which it does not decode",
    "testGroupWiseEml.eml": "a base64 encoded nested mail, which it does not decode",
}
"""Mails that Python's parser reads otherwise, and why our reading is the one to inspect."""


def ids(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", corpus_mails(), ids=ids)
def test_the_tree_is_sound_and_nothing_changes(path: Path) -> None:
    data = path.read_bytes()
    message = scan(data)
    check_tree(message, len(data))
    assert apply(data, []) == data
    for part in message.walk():
        assert b"".join(iter_decoded(part, data, 100)) == decode(part, data)


@pytest.mark.parametrize("path", corpus_mails(), ids=ids)
def test_replacing_a_part_by_its_own_content_changes_no_other_byte(path: Path) -> None:
    data = path.read_bytes()
    for part in scan(data).walk():
        if part.kind is not PartKind.LEAF or part.children:
            continue
        content = decode(part, data)
        new = apply(data, replace_content(data, part, content))
        again = next(p for p in scan(new).walk() if p.path == part.path)
        assert (new[: part.start], new[again.end :]) == (data[: part.start], data[part.end :])
        assert _text(decode(again, new)) == _text(content)


def _text(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _leaves_of(message: Message) -> list[tuple[str, str | None, object]]:
    return [
        (p.get_content_type(), p.get_filename(), p.get_payload(decode=True))
        for p in message.walk()
        if not p.is_multipart()
    ]


def _leaves(part: MimePart, data: bytes) -> list[tuple[str, str | None, object]]:
    return [
        (p.claimed_type, p.filename, decode(p, data))
        for p in part.walk()
        if p.kind is not PartKind.UUENCODED and not (p.is_container and p.children)
    ]


@pytest.mark.parametrize("path", corpus_mails(), ids=ids)
def test_types_names_and_contents_equal_those_of_the_standard_library(path: Path) -> None:
    data = path.read_bytes()
    theirs = _leaves_of(email.message_from_bytes(data))
    ours = _leaves(scan(data).root, data)
    assert (ours != theirs) == (path.name in DIFFERENCES), DIFFERENCES.get(path.name)
