"""An archive with one member replaced: everything else is as it was, say judges of other makers.

Invariant: same names in the same order, dates, rights, links and contents, apart from the member.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.extraction.archives import Bounds, Change
from gateway.extraction.containers import rebuild
from gateway.extraction.contract import EncryptedError, ExtractError
from tests.unit.extraction.archives.samples import (
    LETTER,
    MEMBERS,
    NOTE,
    cab_of,
    compressed,
    packed,
    seen_in_tar,
    seen_in_zip,
    tar_of,
    unpacked,
)
from tools.corpus.archives import seven_zip_of

CHANGE = Change(sha256(LETTER).hexdigest(), len(LETTER), NOTE)
RENAMED = replace(CHANGE, drop="doc", add="doc.txt")
AFTER = {**MEMBERS, "folder/letter.doc": NOTE}
FILTERS = ("bzip2", "compress", "xz", "lzip", "lz4", "zstd")


@pytest.mark.parametrize(
    "tar_format",
    [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT],
    ids=["ustar", "pax", "gnu"],
)
def test_a_tar_keeps_everything_else(tar_format: int) -> None:
    members = dict(list(MEMBERS.items())[:-1]) if tar_format == tarfile.USTAR_FORMAT else MEMBERS
    data = tar_of(members, tar_format)
    made = rebuild(data, "tar", [CHANGE])
    before, after = seen_in_tar(data), seen_in_tar(made.content)
    assert list(before) == list(after)
    before["folder/letter.doc"] = replace(before["folder/letter.doc"], content=NOTE)
    assert after == before
    assert (made.type, made.noted) == ("tar", ())


def test_gnu_tar_reads_it() -> None:
    made = rebuild(tar_of(MEMBERS), "tar", [CHANGE])
    found = unpacked(made.content, "tar", "-xf", "../archive")
    assert found == {**AFTER, "hard": MEMBERS["first.txt"]}


def test_a_hard_link_follows_its_renamed_member() -> None:
    data = tar_of({"letter.doc": LETTER})
    after = seen_in_tar(rebuild(data, "tar", [RENAMED]).content)
    assert after["letter.doc.txt"].content == NOTE
    assert after["hard"].content == b"letter.doc.txt"


@pytest.mark.parametrize("type_name", FILTERS)
def test_compressions_are_put_back(type_name: str) -> None:
    plain = tar_of(MEMBERS)
    data = compressed(plain, type_name)
    made = rebuild(data, type_name, [CHANGE])
    assert made.type == type_name and made.content[:3] == data[:3]
    again = rebuild(made.content, type_name, [replace(CHANGE, sha256=sha256(NOTE).hexdigest(),
                                                      size=len(NOTE), content=LETTER)])  # fmt: skip
    assert again.content[:3] == data[:3]
    if type_name in ("bzip2", "xz"):
        assert {name: seen.content for name, seen in seen_in_tar(made.content).items()}[
            "folder/letter.doc"
        ] == NOTE
    if type_name in ("zstd", "lz4"):
        tar = unpacked(made.content, "sh", "-c", f"{type_name} -dcq < ../archive > plain")["plain"]
        assert seen_in_tar(tar)["folder/letter.doc"].content == NOTE


@pytest.mark.parametrize(
    ("data", "type_name", "opened"),
    [
        (bz2.compress(LETTER), "bzip2", bz2.decompress),
        (lzma.compress(LETTER), "xz", lzma.decompress),
        (gzip.compress(LETTER), "gzip", gzip.decompress),
        (
            gzip.compress(lzma.compress(LETTER)),
            "gzip",
            lambda d: lzma.decompress(gzip.decompress(d)),
        ),
    ],
    ids=["bzip2", "xz", "gzip", "xz in gzip"],
)
def test_a_compressed_file(data, type_name, opened) -> None:  # type: ignore[no-untyped-def]
    assert opened(rebuild(data, type_name, [CHANGE]).content) == NOTE


def test_gzip_keeps_name_and_time() -> None:
    output = io.BytesIO()
    with gzip.GzipFile("letter.doc", "wb", 9, output, mtime=1_700_000_000) as stream:
        stream.write(LETTER)
    data = output.getvalue()
    made = rebuild(data, "gzip", [CHANGE]).content
    assert made[:21] == data[:21] and b"letter.doc\0" in data[:21]
    assert gzip.decompress(made) == NOTE


@pytest.mark.parametrize("form", ["newc", "odc", "bin"])
def test_cpio(form: str) -> None:
    data = packed(MEMBERS, "cpio", "-o", "--quiet", "-H", form)
    made = rebuild(data, "cpio", [CHANGE])
    command = ("sh", "-c", "cpio -id --quiet < ../archive")
    assert unpacked(made.content, *command) == AFTER
    assert made.content[:2] == data[:2]


def test_ar() -> None:
    members = {"control": LETTER, "second": b"odd"}
    data = packed(members, "ar", "rcS", "../archive", *members)
    made = rebuild(data, "ar", [CHANGE])
    assert unpacked(made.content, "ar", "x", "../archive") == {**members, "control": NOTE}


def test_a_cabinet_becomes_a_zip() -> None:
    members = {"first.txt": b"first", "folder/letter.doc": LETTER}
    made = rebuild(cab_of(members), "cab", [RENAMED])
    seen = seen_in_zip(made.content)
    assert {name: found.content for name, found in seen.items()} == {
        "first.txt": b"first",
        "folder/letter.doc.txt": NOTE,
    }
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 11, 2, 9, 0, 2)}
    assert made.type == "zip"
    assert [removal.what for removal in made.noted] == ["Windows cabinet written as zip"]


def test_a_zip_with_a_rare_method_is_written_anew() -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in MEMBERS.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 4, 5, 6, 8)), content)
    made = rebuild(output.getvalue(), "zip", [CHANGE])
    assert {name: seen.content for name, seen in seen_in_zip(made.content).items()} == AFTER


@pytest.mark.parametrize("type_name", ["tar", "gzip", "zip", "cab"])
def test_half_an_archive_is_no_answer(type_name: str) -> None:
    whole = {
        "tar": tar_of(MEMBERS),
        "gzip": gzip.compress(tar_of(MEMBERS)),
        "zip": b"",
        "cab": cab_of({"a": LETTER, "b": b"b" * 50_000}),
    }[type_name]
    with pytest.raises(ExtractError):
        rebuild(whole[: len(whole) // 2], type_name, [CHANGE])


@pytest.mark.parametrize("type_name", ["tar", "7z", "rar", "zip", "gzip", "cab", "iso", "cpio"])
def test_what_is_no_archive_is_said_to_be_none(type_name: str) -> None:
    with pytest.raises(ExtractError):
        rebuild(b"no archive at all", type_name, [CHANGE])


def test_an_encrypted_archive_is_said_to_be_one() -> None:
    with pytest.raises(EncryptedError):
        rebuild(seven_zip_of({"a": LETTER}, password="secret"), "7z", [CHANGE])


@pytest.mark.parametrize("bounds", [Bounds(members=2), Bounds(total_bytes=1000),
                                    Bounds(member_bytes=100)])  # fmt: skip
def test_limits_hold_for_writing_too(bounds: Bounds) -> None:
    with pytest.raises(ExtractError, match=r"limits allow|more than 4 members"):
        rebuild(tar_of(MEMBERS), "tar", [CHANGE], bounds)


def test_a_member_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ExtractError, match="was not found"):
        rebuild(tar_of({"a": b"a"}), "tar", [CHANGE])


def test_programs_are_not_written() -> None:
    with pytest.raises(ExtractError, match="Java program cannot be written"):
        rebuild(b"", "jar", [CHANGE])
