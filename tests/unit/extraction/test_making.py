"""Compound files that are made here, read by two readers: olefile and our own."""

from __future__ import annotations

import io

import olefile
import pytest

from gateway.extraction.contract import ExtractError
from gateway.extraction.ole.compound import Compound
from gateway.extraction.ole.making import made

CLASS = bytes(range(16))


@pytest.mark.parametrize("sizes", [
    [], [0], [1], [63, 64, 65], [4095, 4096, 4097], [511, 512, 513] * 9, [700_000], [9_000_000, 5],
])  # fmt: skip
def test_every_stream_comes_back(sizes: list[int]) -> None:
    streams: dict[tuple[str, ...], bytes] = {
        ("a folder", f"stream {number}") if number % 2 else (f"s{number}",): bytes([number]) * size
        for number, size in enumerate(sizes)
    }
    data = made(streams, CLASS)
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as ole:
        assert {tuple(path) for path in ole.listdir()} == set(streams)
        for path, content in streams.items():
            assert ole.openstream(list(path)).read() == content
        assert ole.root.clsid == "03020100-0504-0706-0809-0A0B0C0D0E0F"
    file = Compound(data)
    found = {entry.path: file.read(entry) for entry in file.streams()}
    assert found == {"/".join(path): content for path, content in streams.items()}


def test_a_name_no_directory_holds() -> None:
    with pytest.raises(ExtractError):
        made({("n" * 40,): b""})
