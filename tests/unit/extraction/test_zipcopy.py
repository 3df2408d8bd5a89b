"""Zip files read strictly: what two readers could see differently is refused."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import pytest

from gateway.extraction import zipcopy
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.zipcopy import Edit, peek, read_archive, read_member, write_archive
from tests.unit.extraction.packages import members_of, zip_of

MEMBERS = {"a.xml": b"<a/>" * 100, "b/c.bin": bytes(range(256)), "d.txt": b""}


def streamed(members: dict[str, bytes]) -> bytes:
    """A zip file written to a pipe: sizes stand in data descriptors."""

    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

    output = Pipe()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 10, 0, 0)), content)
    return output.getvalue()


def zip64(members: dict[str, bytes]) -> bytes:
    """A zip file whose local headers carry zip64 fields."""
    output = BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                member.write(content)
    return output.getvalue()


@pytest.mark.parametrize("make", [zip_of, streamed, zip64])
def test_writing_without_edits_gives_the_same_members(make) -> None:  # type: ignore[no-untyped-def]
    data = make(MEMBERS)
    again = write_archive(read_archive(data), {})
    assert members_of(again) == MEMBERS


def test_writing_without_edits_gives_the_same_bytes() -> None:
    data = zip_of(MEMBERS)
    assert write_archive(read_archive(data), {}) == data


@pytest.mark.parametrize("make", [zip_of, streamed, zip64])
def test_edits_replace_rename_and_remove(make) -> None:  # type: ignore[no-untyped-def]
    edits = {
        "a.xml": Edit(content=b"<new/>"),
        "b/c.bin": Edit(name="b/ü.bin"),
        "d.txt": Edit(remove=True),
    }
    after = write_archive(read_archive(make(MEMBERS)), edits)
    assert members_of(after) == {"a.xml": b"<new/>", "b/ü.bin": bytes(range(256))}
    assert [m.name for m in read_archive(after).members] == ["a.xml", "b/ü.bin"]


def test_members_are_read_and_peeked_at() -> None:
    archive = read_archive(zip_of(MEMBERS))
    for member in archive.members:
        assert read_member(archive, member) == MEMBERS[member.name]
        assert peek(archive, member, 3) == MEMBERS[member.name][:3]


def test_bytes_around_the_archive_are_counted() -> None:
    data = zip_of(MEMBERS)
    assert read_archive(data + b"\r\n\0").suffix == 0, "padding by mail programs"
    assert read_archive(data + b"tail").suffix == 4


def patched(data: bytes, signature: bytes, offset: int, form: str, value: int) -> bytes:
    """`data` with one field of the first header with `signature` changed."""
    changed = bytearray(data)
    struct.pack_into(form, changed, data.index(signature) + offset, value)
    return bytes(changed)


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


@pytest.mark.parametrize(
    ("data", "words", "why"),
    [
        (b"", "no zip directory", "nothing"),
        (zip_of(MEMBERS)[:-30], "no zip directory", "cut off"),
        (patched(zip_of(MEMBERS), LOCAL, 8, "<H", 0), "contradict", "another method inside"),
        (patched(zip_of(MEMBERS), LOCAL, 30, "<B", 0x7A), "contradict", "another name inside"),
        (patched(zip_of(MEMBERS), CENTRAL, 20, "<L", 10**6), "beyond its end", "too long"),
        (patched(zip_of(MEMBERS), CENTRAL, 42, "<L", 10**6), "outside", "offset beyond the end"),
        (patched(zip_of(MEMBERS), END, 10, "<H", 9), "damaged", "more members than there are"),
        (patched(zip_of(MEMBERS), END, 10, "<H", 60000), "60000 members", "too many"),
        (patched(zip_of(MEMBERS), END, 16, "<L", 10**6), "outside", "directory beyond the end"),
        (b"x" * 9 + zip_of(MEMBERS), "damaged", "offsets that do not count the bytes before"),
    ],
)
def test_contradictions_are_refused(data: bytes, words: str, why: str) -> None:
    with pytest.raises(ExtractError, match=words):
        read_archive(data)


def test_overlapping_members_are_refused() -> None:
    data = zip_of({"a": b"1" * 40, "b": b"2" * 40}, stored=True)
    second = data.rindex(CENTRAL)
    both = bytearray(data)
    both[second + 42 : second + 46] = bytes(4)
    both[second + 46 : second + 47] = b"a"
    with pytest.raises(ExtractError, match="overlap"):
        read_archive(bytes(both))


def test_an_encrypted_member_is_said_to_be_encrypted() -> None:
    with pytest.raises(EncryptedError):
        read_archive(patched(zip_of(MEMBERS), CENTRAL, 8, "<H", 1))


@pytest.mark.parametrize(
    ("field", "form", "value", "words"),
    [(16, "<L", 1, "damaged"), (24, "<L", 10, "damaged"), (10, "<H", 9, "contradict")],
)
def test_a_member_that_lies_about_itself_is_damaged(
    field: int, form: str, value: int, words: str
) -> None:
    data = patched(zip_of(MEMBERS), CENTRAL, field, form, value)
    with pytest.raises(ExtractError, match=words):
        archive = read_archive(data)
        read_member(archive, archive.members[0])


def test_a_bomb_is_not_inflated() -> None:
    archive = read_archive(zip_of({"bomb": bytes(1_000_000)}))
    with pytest.raises(ExtractError, match="larger than"):
        read_member(archive, archive.members[0], limit=1000)
    assert zipcopy.MAX_MEMBER_BYTES < 2**27
