"""Zip archives in Python alone: what is read is what libarchive reads; what is odd is not read."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from gateway.engines.unpack import dispatch, plainzip
from gateway.engines.unpack.archives import unpack_archive
from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import LimitReachedError, OverLimit, UnpackLimits
from gateway.extraction import foreign

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"


class _Memory:
    """Where contents go."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(self.data) - len(data)


def _zip(*members: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return memory.getvalue()


def _plainly(data: bytes) -> list[tuple[bytes, bytes]] | None:
    memory = _Memory()
    into = Collector(len(data), UnpackLimits(), memory.write)
    if not plainzip.unpack_plainly(data, into):
        return None
    return _listed(into, memory)


def _by_libarchive(data: bytes) -> list[tuple[bytes, bytes]]:
    memory = _Memory()
    into = Collector(len(data), UnpackLimits(), memory.write)
    unpack_archive(data, ("zip",), "x", into)
    return _listed(into, memory)


def _listed(into: Collector, memory: _Memory) -> list[tuple[bytes, bytes]]:
    return [
        (child.raw_name, memory.data[child.offset : child.offset + child.size])
        for child in into.contents().children
    ]


def test_a_plain_archive_is_read_as_libarchive_reads_it() -> None:
    data = _zip(("a.txt", b"one" * 100), ("d/", b""), ("d/grün.txt", b"two"), ("empty", b""))
    assert _plainly(data) == _by_libarchive(data) != []


def _link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("link")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


def _damaged() -> bytes:
    data = bytearray(_zip(("a.txt", b"content " * 50)))
    data[45] ^= 0xFF
    return bytes(data)


def _twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return _zip(("a.txt", b"1"), ("a.txt", b"2"))


@pytest.mark.parametrize(
    "data",
    [
        _zip((_link(), b"/etc/passwd")),
        b"prefix" + _zip(("a", b"1")),
        _zip(("a", b"1")) + b"suffix",
        _damaged(),
        _zip(("a", b"\0" * (plainzip.MAX_PLAIN + 1))),
        b"PK\x03\x04",
    ],
    ids=["link", "prefix", "suffix", "damaged", "large", "cut off"],
)
def test_what_is_odd_is_left_to_libarchive(data: bytes) -> None:
    assert _plainly(data) is None
    with foreign.plainly(), pytest.raises(foreign.ForeignParserNeeded):
        dispatch.unpack(data, "zip", "a.zip", UnpackLimits(), _Memory().write)


def test_two_members_of_one_name_are_left_to_libarchive() -> None:
    assert _plainly(_twice()) is None


def test_limits_hold() -> None:
    data = _zip(("a", b"1"), ("b", b"x" * 2000))
    few = UnpackLimits(members=1)
    found = dispatch.unpack(data, "zip", "a.zip", few, _Memory().write)
    assert isinstance(found.problems[0], OverLimit) and len(found.children) == 1
    small = UnpackLimits(member_bytes=1000)
    with pytest.raises(LimitReachedError):
        plainzip.unpack_plainly(data, Collector(len(data), small, _Memory().write))


def test_archives_of_the_corpus_are_read_alike() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    read = 0
    for path in sorted(CORPUS.glob("*/*.zip")):
        data = path.read_bytes()
        plain = _plainly(data) if len(data) < plainzip.MAX_PLAIN else None
        if plain is not None:
            assert plain == _by_libarchive(data), path.name
            read += 1
    assert read > 3
