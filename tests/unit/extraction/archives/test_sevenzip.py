"""7-Zip archives written anew, with and without a password, as 7-Zip itself reads them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extraction.archives.changes import Bounds, Change
from gateway.extraction.archives.sevenzip import number
from gateway.extraction.archives.sevenzipheader import Cursor
from gateway.extraction.containers import rebuild
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.locked import Opened, lock, unlock
from gateway.extraction.locked.words import Word
from tests.unit.extraction.archives.samples import LETTER, NOTE, packed, unpacked
from tools.repack.judge import look

MEMBERS = {
    "first.txt": b"first " * 500,
    "folder/letter.doc": LETTER,
    "empty": b"",
    "été.bin": os.urandom(3000),
}
CHANGE = Change(sha256(LETTER).hexdigest(), len(LETTER), NOTE, add=".txt")
RIGHT = "Geheim 2026"
WORDS = [Word(text, from_mail=True) for text in ("wrong", RIGHT)]
AFTER = {
    **{name: content for name, content in MEMBERS.items() if content is not LETTER},
    "folder/letter.doc.txt": NOTE,
}


def seven_zip(*options: str) -> bytes:
    return packed(MEMBERS, "7zz", "a", *options, "../archive.7z", *MEMBERS, result="archive.7z")


def test_everything_else_stays() -> None:
    data = seven_zip()
    made = rebuild(data, "7z", [CHANGE], Bounds())
    assert (made.type, made.noted) == ("7z", ())
    before, after = look(data, "7z"), look(made.content, "7z")
    old_names = [one.path.replace("letter.doc.txt", "letter.doc") for one in after]
    assert [one.path for one in before] == old_names
    assert [one.modified for one in before] == [one.modified for one in after]
    assert unpacked(made.content, "7zz", "x", "../archive") == AFTER


def test_folders_and_links_stay() -> None:
    with tempfile.TemporaryDirectory(prefix="sluice-7z-") as work:
        folder = Path(work, "in")
        (folder / "deep" / "empty-folder").mkdir(parents=True)
        (folder / "deep" / "letter.doc").write_bytes(LETTER)
        (folder / "link").symlink_to("deep/letter.doc")
        os.utime(folder / "deep", (1_600_000_000, 1_600_000_000))
        command = ["7zz", "a", "-snl", "../a.7z", "."]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        data = Path(work, "a.7z").read_bytes()
    before, after = look(data, "7z"), look(rebuild(data, "7z", [CHANGE], Bounds()).content, "7z")
    assert [(one.modified, one.folder, one.link) for one in before] == [
        (one.modified, one.folder, one.link) for one in after
    ]
    assert any(one.folder for one in after)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-mhe=on",),
        ("-m0=LZMA",),
        ("-m0=Copy",),
        ("-m0=PPMd", "-ms=off"),
        ("-m0=BCJ", "-m1=LZMA"),
        (
            "-m0=BCJ2",
            "-m1=LZMA:d20",
            "-m2=LZMA:d18",
            "-m3=LZMA:d18",
            "-mb0:1",
            "-mb0s1:2",
            "-mb0s2:3",
        ),
    ],
    ids=["as it comes", "hidden names", "LZMA", "copy", "PPMd, each for itself", "BCJ", "BCJ2"],
)
def test_a_password_is_taken_off_and_put_back(options: tuple[str, ...]) -> None:
    data = seven_zip(f"-p{RIGHT}", *options)
    answer = unlock(data, "7z", WORDS, seconds=60)
    assert isinstance(answer, Opened) and answer.word.text == RIGHT
    assert unpacked(answer.content, "7zz", "x", "../archive") == MEMBERS
    made = rebuild(answer.content, "7z", [CHANGE], Bounds()).content
    again = lock(data, answer.content, made, "7z", RIGHT)
    assert unpacked(again, "7zz", "x", f"-p{RIGHT}", "../archive") == AFTER
    assert (b"f\0i\0r\0s\0t\0" in again) == ("-mhe=on" not in options)


@pytest.mark.parametrize("options", [("-mhe=on",), ("-m0=Copy",)])
def test_wrong_words_do_not_open_it(options: tuple[str, ...]) -> None:
    with pytest.raises(EncryptedError):
        unlock(seven_zip("-panother", *options), "7z", WORDS, seconds=60)


def test_what_is_not_locked_and_what_is_damaged() -> None:
    data = seven_zip()
    assert unlock(data, "7z", WORDS, seconds=10) is None
    for damaged in (data[:-5], data[:40], b"7z\xbc\xaf\x27\x1c", b""):
        with pytest.raises(ExtractError, match="header cannot be read"):
            unlock(damaged, "7z", WORDS, seconds=10)


@given(st.integers(0, 2**64 - 1))
def test_numbers(value: int) -> None:
    assert Cursor(number(value))._number() == value


SEALED = seven_zip(f"-p{RIGHT}")


@settings(max_examples=12, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.binary(min_size=1, max_size=4))
def test_damage_ends_in_a_sentence(at: int, new: bytes) -> None:
    damaged = SEALED[:at] + new + SEALED[at + len(new) :]
    try:
        answer = unlock(damaged, "7z", WORDS[1:], seconds=5)
    except ExtractError as error:
        assert str(error)
    else:
        assert answer is None or answer.content
