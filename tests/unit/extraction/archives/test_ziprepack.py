"""Members replaced by content: what changes is what was asked for, everything else is raw."""

from __future__ import annotations

import io
import struct
import zipfile
from hashlib import sha256

import pytest

from gateway.extraction.archives import Change, Changes, ziprepack
from gateway.extraction.archives.ziprepack import UnknownMethodError
from gateway.extraction.contract import EncryptedError, ExtractError
from tests.unit.extraction.packages import members_of, zip_of
from tests.unit.extraction.test_zipcopy import streamed, zip64

MEMBERS = {"a.txt": b"<a/>" * 100, "b/c.bin": bytes(range(256)), "d.txt": b"", "e.bin": b"e" * 256}


def replaced(old: bytes, new: bytes) -> Change:
    return Change(sha256(old).hexdigest(), len(old), new)


def repack(data: bytes, changes: list[Change]) -> bytes:
    return ziprepack.repack(data, Changes(changes))


@pytest.mark.parametrize("make", [zip_of, streamed, zip64])
def test_one_member_changes(make) -> None:  # type: ignore[no-untyped-def]
    again = repack(make(MEMBERS), [replaced(MEMBERS["b/c.bin"], b"new")])
    assert members_of(again) == {**MEMBERS, "b/c.bin": b"new"}


def test_every_member_of_that_content_changes() -> None:
    members = {"a": b"same", "b": b"other", "c": b"same"}
    again = repack(zip_of(members), [replaced(b"same", b"new")])
    assert members_of(again) == {"a": b"new", "b": b"other", "c": b"new"}


def test_two_members_of_one_name_are_told_apart() -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a", b"first")
        archive.writestr("a", b"other")
    again = repack(output.getvalue(), [replaced(b"other", b"new")])
    with zipfile.ZipFile(io.BytesIO(again)) as archive:
        assert [archive.read(info) for info in archive.infolist()] == [b"first", b"new"]


def test_names_of_any_code_page_time_and_comments_stay() -> None:
    output = io.BytesIO()
    info = zipfile.ZipInfo("XXXX.txt", (2026, 3, 4, 5, 6, 8))
    info.comment, info.external_attr = b"of the member", 0o640 << 16
    # The Unicode name belongs to the name of that checksum alone: readers pass this one over.
    unicode_name = struct.pack("<2HBL", 0x7075, 5 + 4, 1, 0) + b"name"
    times = struct.pack("<2HL", 0x5455, 4, 7)
    info.extra = unicode_name + times + struct.pack("<2HL", 0x6666, 4, 7)
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr(info, b"old")
        archive.comment = b"of the archive"
    data = output.getvalue().replace(b"XXXX.txt", b"\x8f\xe0\xa8\xa2.txt")  # cp866
    again = repack(data, [replaced(b"old", b"new")])
    assert again.count(b"\x8f\xe0\xa8\xa2.txt") == 2
    with zipfile.ZipFile(io.BytesIO(again)) as archive:
        (made,) = archive.infolist()
        assert made.date_time == info.date_time and made.comment == b"of the member"
        assert made.external_attr == info.external_attr
        assert made.extra == unicode_name + times
        assert archive.comment == b"of the archive" and archive.read(made) == b"new"


def test_what_stands_outside_of_the_members_goes() -> None:
    output = io.BytesIO(b"MZ program")
    with zipfile.ZipFile(output, "a") as archive:
        archive.writestr("a", b"old")
    again = repack(output.getvalue() + b"behind", [replaced(b"old", b"new")])
    assert again.startswith(b"PK\x03\x04") and b"behind" not in again
    assert members_of(again) == {"a": b"new"}


@pytest.mark.parametrize(
    "data",
    [zip_of(MEMBERS), zip_of(MEMBERS)[:-30], b"", b"no zip at all"],
    ids=["not there", "cut off", "empty", "no zip"],
)
def test_a_content_that_is_not_found_is_an_error(data: bytes) -> None:
    with pytest.raises(ExtractError):
        repack(data, [replaced(b"something else", b"new")])


def test_encrypted_members_cannot_be_compared() -> None:
    data = bytearray(zip_of(MEMBERS))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(EncryptedError):
        repack(bytes(data), [replaced(MEMBERS["a.txt"], b"new")])


def test_two_equal_members_get_notes_of_their_own() -> None:
    data = zip_of({"a.exe": b"MZ", "folder/b.exe": b"MZ", "a.exe.txt": b"taken"})
    digest = sha256(b"MZ").hexdigest()
    changes = [
        Change(digest, 2, b"about a", b"a.exe", add=".txt"),
        Change(digest, 2, b"about b", b"folder/b.exe", add=".txt"),
    ]
    assert members_of(repack(data, changes)) == {
        "a.exe-2.txt": b"about a",
        "folder/b.exe.txt": b"about b",
        "a.exe.txt": b"taken",
    }


def test_a_new_ending_takes_the_place_of_the_old_one() -> None:
    data = zip_of({"folder/Letter.DOC": b"old"})
    change = Change(sha256(b"old").hexdigest(), 3, b"new", drop="doc", add="docx")
    assert members_of(repack(data, [change])) == {"folder/Letter.docx": b"new"}


def test_a_rare_method_is_said_to_be_one() -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"old" * 100)
    with pytest.raises(UnknownMethodError):
        repack(output.getvalue(), [replaced(b"old" * 100, b"new")])
