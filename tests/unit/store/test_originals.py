"""Originals: what is kept comes back byte for byte; nothing of it can be read without the key."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from gateway.model import BytesContent
from gateway.store import Original, Originals, StoreError

ANNA, BEN = "anna@corp.example", "ben@corp.example"
MAIL = b"Subject: secret offer\r\n\r\nsecret words\r\n"

ORIGINAL = Original(
    id="6b057a4c715a868238c9",
    at=1000.0,
    until=2000.0,
    sender="bob@client.example",
    recipients=[ANNA, BEN],
    subject="secret offer",
    removed=["letter.docm: VBA macros"],
    sha256=BytesContent(MAIL).sha256,
    size=len(MAIL),
    client="192.0.2.1",
    server="198.51.100.1",
)


@pytest.fixture
def store(tmp_path: Path) -> Originals:
    return Originals(tmp_path / "originals")


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "originals" / ORIGINAL.id


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 2_500_000])
def test_what_is_kept_comes_back(store: Originals, size: int) -> None:
    mail = bytes(range(256)) * (size // 256 + 1)
    store.keep(ORIGINAL, BytesContent(mail[:size]))
    assert store.body(ORIGINAL.id).read() == mail[:size]
    assert store.get(ORIGINAL.id) == ORIGINAL
    assert list(store.entries()) == [ORIGINAL]


def test_on_disk_nothing_can_be_read_and_the_key_is_the_owners(
    store: Originals, tmp_path: Path
) -> None:
    store.keep(ORIGINAL, BytesContent(MAIL))
    data = file_of(tmp_path).read_bytes()
    for word in (b"secret", b"anna", b"client.example", b"VBA"):
        assert word not in data
    assert stat.S_IMODE((tmp_path / "originals.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o600
    (tmp_path / "originals.key").unlink()
    other = Originals(tmp_path / "originals")
    with pytest.raises(StoreError, match="another key"):
        other.body(ORIGINAL.id)


def test_a_changed_cut_or_renamed_file_does_not_open(store: Originals, tmp_path: Path) -> None:
    mail = bytes(2_500_000)
    store.keep(ORIGINAL, BytesContent(mail))
    path = file_of(tmp_path)
    whole = path.read_bytes()
    frame = 1024 * 1024 + 16 + 4
    second = len(whole) - (len(mail) - 2 * 1024 * 1024 + 20) - frame
    for damaged in (
        whole[:-1],
        whole[: second + frame],
        whole[:second] + whole[second + frame :],
        whole + whole[second:],
        whole[:-1] + bytes([whole[-1] ^ 1]),
        b"",
    ):
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match="cannot be read"):
            store.body(ORIGINAL.id)
    path.write_bytes(whole)
    path.rename(path.with_name("another"))
    with pytest.raises(StoreError, match="cannot be read"):
        store.get("another")


def test_a_link_leads_to_its_original_as_long_as_there_is_one(store: Originals) -> None:
    store.keep(ORIGINAL, BytesContent(MAIL))
    token = store.token(ORIGINAL.id, ANNA)
    assert token != store.token(ORIGINAL.id, BEN)
    assert store.by_token(token, 1999.0) == (ORIGINAL, ANNA)
    for wrong in (token[:-1], f"{ORIGINAL.id}.", "", "..", token.replace(".", "/"), "é." + token):
        with pytest.raises(StoreError, match="leads to no original"):
            store.by_token(wrong, 1500.0)
    with pytest.raises(StoreError, match="leads to no original"):
        store.by_token(store.token(ORIGINAL.id, "eve@corp.example"), 1500.0)
    with pytest.raises(StoreError, match="leads to no original"):
        store.by_token(token, 2000.0)
    store.drop(ORIGINAL.id)
    with pytest.raises(StoreError, match="leads to no original"):
        store.by_token(token, 1500.0)


def test_what_is_past_its_time_goes(store: Originals) -> None:
    store.keep(ORIGINAL, BytesContent(MAIL))
    store.keep(msgspec.structs.replace(ORIGINAL, id="later", until=3000.0), BytesContent(MAIL))
    assert store.expire(1999.0) == 0
    assert store.expire(2000.0) == 1
    assert [original.id for original in store.entries()] == ["later"]


def test_ids_may_be_shortened_and_never_lead_outside(store: Originals, tmp_path: Path) -> None:
    store.keep(ORIGINAL, BytesContent(MAIL))
    store.keep(msgspec.structs.replace(ORIGINAL, id=ORIGINAL.id + "-1"), BytesContent(MAIL))
    assert store.find(ORIGINAL.id).id == ORIGINAL.id
    assert store.find(ORIGINAL.id + "-").id == ORIGINAL.id + "-1"
    with pytest.raises(StoreError, match="more than one"):
        store.find("6b05")
    for wrong in ("", "x", "../originals.key", ".."):
        with pytest.raises(StoreError, match="there is no original"):
            store.find(wrong)
    with pytest.raises(StoreError, match="there is no original"):
        store.drop("../originals.key")
    assert (tmp_path / "originals.key").exists()


def test_what_a_crash_left_is_swept_and_never_seen(store: Originals, tmp_path: Path) -> None:
    (tmp_path / "originals" / ".partial-x").write_bytes(b"half")
    assert list(store.entries()) == []
    assert store.sweep() == 1
    assert list((tmp_path / "originals").iterdir()) == []
