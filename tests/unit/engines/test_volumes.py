"""Volumes of archives are told from whole ones, and from damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.engines.unpack import dispatch
from gateway.engines.unpack.model import Damaged, UnpackLimits, Unsupported
from gateway.engines.unpack.volumes import SENTENCE, is_volume
from tests.unit.extraction.archives.samples import cab_of
from tools.corpus.archives import zip_of

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
CAB = cab_of({"a.txt": b"a" * 5000})
ZIP = zip_of({"a.txt": b"a"})


def rar5(archive_flags: int, *, extra: bool = False) -> bytes:
    """The beginning of a RAR 5 archive: signature, checksum, main header."""
    header = bytes([1, 1 if extra else 0, *([3] if extra else []), archive_flags, 0, 0, 0])
    return b"Rar!\x1a\x07\x01\0" + bytes(4) + bytes([len(header)]) + header


def rar4(flags: int) -> bytes:
    return b"Rar!\x1a\x07\0" + b"\xcf\x90\x73" + bytes([flags, 0]) + bytes(20)


@pytest.mark.parametrize(
    ("data", "type_name", "volume"),
    [
        (rar4(1), "rar", True),
        (rar4(0x10), "rar", False),
        (rar5(1), "rar", True),
        (rar5(3, extra=True), "rar", True),
        (rar5(4), "rar", False),
        (ZIP, "zip", False),
        (ZIP[:-18] + b"\1" + ZIP[-17:], "zip", True),
        (b"PK\x07\x08PK\x03\x04", "zip", True),
        (CAB, "cab", False),
        (CAB[:30] + b"\2" + CAB[31:], "cab", True),
        (b"", "rar", False),
        (b"7z", "7z", False),
    ],
)
def test_headers_say_it(data: bytes, type_name: str, volume: bool) -> None:
    assert is_volume(data, type_name) is volume


def test_damage_of_a_volume_is_explained_and_other_damage_is_not() -> None:
    def problems(data: bytes) -> tuple[object, ...]:
        unpacked = dispatch.unpack(data, "cab", "a.cab", UnpackLimits(), lambda _: 0)
        return unpacked.problems

    cut = CAB[:-2000]
    assert isinstance(problems(cut)[0], Damaged)
    assert problems(cut[:30] + b"\2" + cut[31:]) == (Unsupported(SENTENCE),)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_volumes_of_others() -> None:
    spanned = CORPUS / "tika" / "test-documents-spanned.zip"
    paths = [*sorted(CORPUS.glob("libarchive/*multivolume*")), spanned]
    assert [path.name for path in paths if not is_volume(path.read_bytes(), path.suffix[1:])] == []
    assert not is_volume((CORPUS / "tika" / "test-documents.rar").read_bytes(), "rar")
