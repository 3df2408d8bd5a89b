"""The quarantine: what is kept is complete, what a crash leaves is swept."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gateway.model import BytesContent
from gateway.store import Kept, Quarantine, StoreError

MAIL = b"Subject: kept\r\n\r\nHello.\r\n"


def kept(kept_id: str = "one", at: float = 1000.0) -> Kept:
    content = BytesContent(MAIL)
    return Kept(
        kept_id, at, "a@client.example", ["b@corp.example"], "why", content.sha256, len(MAIL)
    )


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(tmp_path / "quarantine")


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "quarantine").iterdir())


def test_a_kept_mail_is_found_with_its_bytes(quarantine: Quarantine) -> None:
    quarantine.keep(kept(), BytesContent(MAIL))
    assert list(quarantine.entries()) == [kept()]
    assert quarantine.body("one") == MAIL


def test_entries_are_told_oldest_first(quarantine: Quarantine) -> None:
    for kept_id, at in (("b", 20.0), ("c", 30.0), ("a", 10.0)):
        quarantine.keep(kept(kept_id, at), BytesContent(MAIL))
    assert [entry.id for entry in quarantine.entries()] == ["a", "b", "c"]


def test_a_dropped_mail_is_gone(quarantine: Quarantine, tmp_path: Path) -> None:
    quarantine.keep(kept(), BytesContent(MAIL))
    quarantine.drop("one")
    assert names(tmp_path) == []
    with pytest.raises(StoreError, match="holds no mail 'one'"):
        quarantine.drop("one")


@pytest.mark.parametrize("untrusted_id", ["../one", "..", ".", "", ".partial-one", "one/x", "two"])
def test_no_other_path_is_reached(
    quarantine: Quarantine, tmp_path: Path, untrusted_id: str
) -> None:
    quarantine.keep(kept(), BytesContent(MAIL))
    (tmp_path / "message.eml").write_bytes(b"outside")
    for ask in (quarantine.body, quarantine.drop):
        with pytest.raises(StoreError, match="holds no mail"):
            ask(untrusted_id)
    assert names(tmp_path) == ["one"]


class Dies:
    """A content whose reading kills the process, after a first piece was read."""

    size = 600_000
    sha256 = "0" * 64

    def __init__(self) -> None:
        self._reads = 0

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        self._reads += 1
        if self._reads > 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return bytes((end or self.size) - start)


def test_what_a_kill_leaves_half_written_is_no_mail_and_is_swept(
    quarantine: Quarantine, tmp_path: Path
) -> None:
    quarantine.keep(kept(), BytesContent(MAIL))
    child = os.fork()
    if child == 0:
        quarantine.keep(kept("two"), Dies())
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert names(tmp_path) == [".partial-two", "one"]
    assert [entry.id for entry in quarantine.entries()] == ["one"]
    assert quarantine.sweep() == 1
    assert names(tmp_path) == ["one"]
    assert quarantine.sweep() == 0


class Unreadable(Dies):
    """A content that lies in a file which breaks."""

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        raise OSError(5, "Input/output error")


def test_what_cannot_be_written_is_not_there(quarantine: Quarantine, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written: Input/output error"):
        quarantine.keep(kept(), Unreadable())
    assert names(tmp_path) == []


def test_what_cannot_be_made_durable_is_not_there(
    quarantine: Quarantine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when it had its final name already: nobody was told 250."""
    asked: list[Path] = []

    def fails_at_last(path: Path) -> None:
        asked.append(path)
        if len(asked) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.store.quarantine._sync_directory", fails_at_last)
    with pytest.raises(StoreError, match="No space left"):
        quarantine.keep(kept(), BytesContent(MAIL))
    assert asked[-1] == tmp_path / "quarantine"
    assert names(tmp_path) == []


def test_the_same_id_never_replaces_a_mail(quarantine: Quarantine, tmp_path: Path) -> None:
    quarantine.keep(kept(), BytesContent(MAIL))
    with pytest.raises(StoreError):
        quarantine.keep(kept(), BytesContent(b"another"))
    assert quarantine.body("one") == MAIL
    assert names(tmp_path) == ["one"]


def test_a_damaged_entry_is_named(quarantine: Quarantine, tmp_path: Path) -> None:
    quarantine.keep(kept(), BytesContent(MAIL))
    (tmp_path / "quarantine" / "one" / "kept.json").write_bytes(b"{")
    with pytest.raises(StoreError, match="entry one is damaged"):
        list(quarantine.entries())


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot make the quarantine"):
        Quarantine(tmp_path / "file" / "quarantine")
