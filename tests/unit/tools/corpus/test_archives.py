"""Archives: read back by tools that nobody here wrote."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.corpus import archives, bombs

MEMBERS = {"a.txt": b"alpha\n" * 50, "folder/b.txt": b"beta"}
SEVEN_ZIP = shutil.which("7zz") or shutil.which("7z") or ""
needs_7zip = pytest.mark.skipif(not SEVEN_ZIP, reason="7-Zip is not installed")


def test_zip_holds_its_members_in_order() -> None:
    with zipfile.ZipFile(io.BytesIO(archives.zip_of(MEMBERS))) as archive:
        assert archive.namelist() == list(MEMBERS)
        assert {name: archive.read(name) for name in MEMBERS} == MEMBERS


def test_tar_gz_holds_its_members() -> None:
    with tarfile.open(fileobj=io.BytesIO(archives.tar_gz_of(MEMBERS))) as archive:
        assert archive.getnames() == list(MEMBERS)


def test_zip_and_tar_are_the_same_at_every_call() -> None:
    assert archives.zip_of(MEMBERS) == archives.zip_of(MEMBERS)
    assert archives.tar_gz_of(MEMBERS) == archives.tar_gz_of(MEMBERS)


def test_old_cipher_opens_with_the_password_and_only_with_it() -> None:
    sealed = archives.zip_crypto_of("a.txt", b"secret words", "right")
    with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
        assert archive.read("a.txt", b"right") == b"secret words"
        with pytest.raises(RuntimeError):
            archive.read("a.txt")


@needs_7zip
@pytest.mark.parametrize("seal", [archives.zip_crypto_of, archives.zip_aes_of])
def test_7zip_opens_encrypted_zips(
    seal: Callable[[str, bytes, str], bytes], tmp_path: Path
) -> None:
    file = tmp_path / "sealed.zip"
    file.write_bytes(seal("a.txt", b"secret words" * 9, "right"))
    for password, code in (("right", 0), ("wrong", 2)):
        ran = subprocess.run(
            [SEVEN_ZIP, "t", f"-p{password}", str(file)], capture_output=True, check=False
        )
        assert ran.returncode == code


@needs_7zip
def test_7z_with_hidden_names_lists_nothing_without_password(tmp_path: Path) -> None:
    file = tmp_path / "sealed.7z"
    file.write_bytes(archives.seven_zip_of(MEMBERS, password="right"))
    assert b"a.txt" not in file.read_bytes()
    opened = subprocess.run([SEVEN_ZIP, "l", "-pright", str(file)], capture_output=True, check=True)
    assert b"a.txt" in opened.stdout


def test_crc_of_a_concatenation_comes_from_the_pieces() -> None:
    first, second = b"first piece", bytes(70_000) + b"x"
    combined = bombs.crc_concat(zlib.crc32(first), zlib.crc32(second), len(second))
    assert combined == zlib.crc32(first + second)
    assert bombs.crc_concat(zlib.crc32(first), zlib.crc32(b""), 0) == zlib.crc32(first)


def test_ratio_bomb_in_small_is_a_valid_zip() -> None:
    with zipfile.ZipFile(io.BytesIO(bombs.ratio_bomb(chunks=1))) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].file_size == bombs.CHUNK


def test_ratio_bomb_is_small_and_says_four_gigabytes() -> None:
    bomb = bombs.ratio_bomb()
    assert len(bomb) < 5_000_000
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        assert archive.infolist()[0].file_size == 250 * bombs.CHUNK


@needs_7zip
def test_overlapping_bomb_in_small_passes_the_checksums_of_7zip(tmp_path: Path) -> None:
    file = tmp_path / "overlap.zip"
    file.write_bytes(bombs.overlapping_bomb(members=4, kernel=100_000))
    ran = subprocess.run([SEVEN_ZIP, "t", str(file)], capture_output=True, check=True)
    assert b"Everything is Ok" in ran.stdout


def test_overlapping_bomb_promises_far_more_than_it_holds() -> None:
    bomb = bombs.overlapping_bomb()
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        listed = archive.infolist()
    assert len(listed) == bombs.MEMBERS_OVERLAPPING
    assert sum(one.file_size for one in listed) > 2_000_000_000 > 1000 * len(bomb)


def test_nested_bomb_multiplies_at_every_level() -> None:
    bomb = bombs.nested_bomb(levels=2, width=3, leaf=1000)
    for expected in (3, 3, 1):
        with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
            assert len(archive.namelist()) == expected
            bomb = archive.read(archive.namelist()[0])
    assert bomb == bytes(1000)
