"""Records of presentations, found as PowerPoint finds them: from the last edit on."""

from __future__ import annotations

import struct

import pytest

from gateway.extraction.contract import ExtractError
from gateway.extraction.ole.slides import OldPresentationError, last_edit, records
from tests.unit.extraction.legacy import part

DOCUMENT, SLIDE, ATOM, MACROS = 0x03E8, 0x03EE, 0x03E9, 0x1011


def saved(stream: bytes, *objects: int, before: int = 0) -> tuple[bytes, int]:
    """`stream` with a directory of `objects` and an edit behind it, and where the edit stands."""
    entry = struct.pack("<L", len(objects) << 20 | 1)
    directory = part(0x1772, entry + struct.pack(f"<{len(objects)}L", *objects))
    fields = struct.pack("<LHBBLLLL", 0, 0, 0, 3, before, len(stream), 1, 1) + bytes(4)
    edit = len(stream) + len(directory)
    return stream + directory + part(0x0FF5, fields), edit


def types(stream: bytes, edit: int | None) -> list[int]:
    return [record.type for record in records(stream, edit)]


def test_what_lies_between_objects_is_no_record() -> None:
    document = part(DOCUMENT, part(ATOM, b"x"), 0, True)
    gap = b"\0\0\0\0\0\0\0\xff" + b"\xff" * 5
    stream, edit = saved(document + gap + part(SLIDE, part(ATOM, b"y"), 0, True), 0, 30)
    assert stream[30:34] == part(SLIDE, b"", 0, True)[:4]
    assert types(stream, edit)[:4] == [DOCUMENT, ATOM, SLIDE, ATOM]


def test_an_object_within_another_records_content_is_found() -> None:
    hidden = part(SLIDE, part(MACROS, b"project"), 0, True)
    document = part(DOCUMENT, part(ATOM, hidden), 0, True)
    stream, edit = saved(document, 0, 16)
    assert types(stream, None).count(MACROS) == 0
    assert types(stream, edit).count(MACROS) == 1


def test_an_earlier_edits_objects_count() -> None:
    hidden = part(DOCUMENT, part(ATOM, part(MACROS, b"old")), 0, True)
    stream, first = saved(hidden, 16)
    stream, edit = saved(stream, 0, before=first)
    assert types(stream, edit).count(MACROS) == 1


def test_an_atom_that_holds_a_package_is_no_container() -> None:
    styles = part(0x0428, b"PK\x03\x04" + b"\xff" * 20, 0, True)
    assert types(part(DOCUMENT, styles, 0, True), None) == [DOCUMENT, 0x0428]


def test_without_an_edit_everything_has_to_be_a_record() -> None:
    with pytest.raises(ExtractError):
        types(part(DOCUMENT, b"", 0, True) + b"\x01" * 9, None)


def test_an_object_that_reaches_beyond_the_end_is_refused() -> None:
    broken = struct.pack("<HHL", 0xF, SLIDE, 1000)
    stream, edit = saved(part(DOCUMENT, part(ATOM, broken), 0, True), 16)
    with pytest.raises(ExtractError):
        types(stream, edit)


def test_a_chain_of_edits_that_bites_its_tail_ends() -> None:
    stream, edit = saved(part(DOCUMENT, b"", 0, True), 0)
    looped = bytearray(stream)
    struct.pack_into("<L", looped, edit + 16, edit)
    assert DOCUMENT in types(bytes(looped), edit)


def test_an_older_presentation_is_named_so() -> None:
    with pytest.raises(OldPresentationError):
        last_edit(b"\x0b\0\0\0Somebody's name and more")
