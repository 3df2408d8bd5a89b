"""Objects in the stream `Data` of a Word document, where locked documents have them."""

from __future__ import annotations

import struct
import zlib

import pytest

from gateway.extraction import ExtractStatus, extract, survey
from gateway.extraction.contract import ExtractError
from gateway.extraction.ole import dataobjects
from gateway.extraction.ole.findings import Findings
from tests.unit.extraction import legacy
from tools.corpus.compound import compound_file

OBJECT = compound_file(legacy.OBJECT)
PROGRAM = b"MZ program"


def stored(content: bytes, *, compressed: bool) -> bytes:
    """An object behind its head."""
    content = zlib.compress(content) if compressed else content
    return struct.pack("<HHL", 8, compressed, 8 + len(content)) + content


def document(data: bytes) -> bytes:
    return legacy.word(["Dear reader"], {"Data": data})


@pytest.mark.parametrize("compressed", [False, True])
def test_an_object_leaves_an_empty_storage(compressed: bool) -> None:
    data = b"picture " * 900 + stored(OBJECT, compressed=compressed) + b"\x08\0 another picture"
    before = document(data)
    made = extract(before, "ole-doc")
    assert made.status is ExtractStatus.CLEANED and made.content is not None
    assert [removal.what for removal in made.removed] == ["embedded OLE object"]
    assert PROGRAM not in made.content and b"\x08\0 another picture" in made.content
    assert len(made.content) == len(before)
    assert extract(made.content, "ole-doc").status is ExtractStatus.UNCHANGED
    (payload,) = survey(before, "ole-doc").payloads
    assert PROGRAM in payload.data


def test_an_object_behind_an_empty_one_is_found() -> None:
    """The empty storage's size reaches over the other one."""
    inner = stored(OBJECT, compressed=False)
    data = stored(compound_file({}) + inner, compressed=False)
    made = extract(document(data), "ole-doc").content
    assert made is not None and PROGRAM not in made


@pytest.mark.parametrize(
    "data",
    [
        b"\x08\0",
        struct.pack("<HHL", 8, 0, 9) + b"x" * 600,
        struct.pack("<HHL", 8, 1, 500) + b"x" * 600,
        struct.pack("<HHL", 8, 0, 5000) + OBJECT[:600],
        struct.pack("<HHL", 8, 0, 4) + OBJECT[:600],
    ],
)
def test_what_is_no_object_stays(data: bytes) -> None:
    assert dataobjects.clean(data, Findings(lambda _: True)) == data


def test_an_object_without_room_for_an_empty_one_is_refused() -> None:
    with pytest.raises(ExtractError):
        dataobjects.clean(stored(OBJECT[:600], compressed=False), Findings(lambda _: True))
