"""Objects of PowerPoint 97-2003: found where they are, and judged as those of other documents."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import olefile
import pytest

from gateway.emulation.office.legacy import read_legacy
from gateway.engines.static import examine
from gateway.extraction.contract import ExtractError
from gateway.extraction.ole.making import made
from gateway.extraction.ole.objects import MAX_BYTES, presentation_objects

REAL = Path("/usr/share/clamav-testfiles/clam.ppt")
STORAGE = 0x1011


def record(content: bytes, *, packed: bool, size: int | None = None) -> bytes:
    """A record with an object's storage (ExOleObjStg)."""
    if packed:
        content = struct.pack("<L", len(content)) + zlib.compress(content)
    head = struct.pack("<HHL", 0x10 if packed else 0, STORAGE, size or len(content))
    return head + content


@pytest.mark.parametrize("packed", [True, False])
def test_objects_are_given_out_inflated(packed: bool) -> None:
    stream = record(b"one", packed=packed) + record(b"two", packed=packed)
    assert presentation_objects(stream, b"") == ([b"one", b"two"], True)


def test_what_cannot_be_inflated_is_said_and_the_rest_is_given_out() -> None:
    broken = struct.pack("<HHLL", 0x10, STORAGE, 12, 9) + b"no zlib."
    stream = record(b"one", packed=True) + broken + record(b"two", packed=True)
    assert presentation_objects(stream, b"") == ([b"one", b"", b"two"], False)


def test_a_cut_off_object_is_given_out_up_to_there() -> None:
    whole = bytes(range(256)) * 40
    packed = zlib.compress(whole)[:200]
    body = struct.pack("<L", len(whole)) + packed
    stream = struct.pack("<HHL", 0x10, STORAGE, len(body)) + body
    (found,), complete = presentation_objects(stream, b"")
    assert whole.startswith(found)
    assert found
    assert not complete


def test_a_wrong_checksum_hides_no_object() -> None:
    packed = zlib.compress(b"an object")[:-4] + b"sum?"
    body = struct.pack("<L", 9) + packed
    stream = struct.pack("<HHL", 0x10, STORAGE, len(body)) + body
    assert presentation_objects(stream, b"") == ([b"an object"], True)


def test_more_than_the_limit_is_not_inflated() -> None:
    stream = record(bytes(MAX_BYTES + 1), packed=True)
    assert presentation_objects(stream, b"") == ([], False)


def test_records_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ExtractError):
        presentation_objects(record(b"one", packed=False, size=90), b"")


def test_the_real_program_is_found() -> None:
    if not REAL.exists():
        pytest.skip("Debian's clamav-testfiles is not installed")
    data = REAL.read_bytes()
    program = REAL.with_name("clam.exe").read_bytes()
    with olefile.OleFileIO(data) as ole:
        stream = ole.openstream("PowerPoint Document").read()
        objects, complete = presentation_objects(stream, ole.openstream("Current User").read())
    assert complete
    assert len(objects) == 1
    assert read_legacy(data, "powerpoint").embedded == [("clam.exe", program)]
    report = examine(data, "ole-ppt", "clam.ppt")
    assert "embedded_program" in {finding.code.rpartition(".")[2] for finding in report.findings}


def test_an_object_that_was_not_read_is_no_reason_to_skip_the_rest() -> None:
    """Static lets the emulated PowerPoint have it, which says that it was not seen to its end."""
    broken = struct.pack("<HHL", 0x10, STORAGE, 8) + b"no zlib."
    report = examine(made({("PowerPoint Document",): broken}), "ole-ppt", "a.ppt")
    assert "object that was not read" in report.active


@pytest.mark.parametrize("packed", [True, False])
def test_a_program_in_a_made_presentation_is_found(packed: bool) -> None:
    program = b"MZ and so on"
    names = b"a.exe\0C:\\a.exe\0" + bytes(4) + struct.pack("<L", 1) + b"\0"
    package = bytes(6) + names + struct.pack("<L", len(program)) + program
    held = made({("\x01Ole10Native",): package})
    data = made({("PowerPoint Document",): record(held, packed=packed)})
    assert read_legacy(data, "powerpoint").embedded == [("a.exe", program)]
    found = [each.code for each in examine(data, "ole-ppt", "a.ppt").findings]
    assert any(code.endswith("embedded_program") for code in found)
