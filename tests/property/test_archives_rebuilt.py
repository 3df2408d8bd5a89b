"""Invariant: an archive with one member replaced has the same names in the same order, the same
dates and the same contents apart from that member; with nothing replaced it is the same bytes."""

from __future__ import annotations

import io
import tarfile
import zipfile
from hashlib import sha256

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.extraction.archives.changes import Bounds, Change, Changes
from gateway.extraction.archives.sevenzip import made_7z
from gateway.extraction.archives.zipmaking import made_zip
from gateway.extraction.containers import REBUILT, rebuild

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="/\\:"),
                min_size=1, max_size=30).filter(lambda name: name.strip(". "))  # fmt: skip
MEMBERS = st.dictionaries(NAMES, st.binary(min_size=0, max_size=400), min_size=1, max_size=6)
SECONDS = st.integers(315_532_800, 2**31 - 1)
NEW = b"something else in its place"


def zip_of(members: dict[str, bytes], when: int) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            date = (1980 + when % 100, 1 + when % 12, 1 + when % 28, when % 24, when % 60, 2)
            archive.writestr(zipfile.ZipInfo(name, date), content)
    return output.getvalue()


def tar_of(members: dict[str, bytes], when: int) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(content), when, 0o600 + when % 64
            archive.addfile(info, io.BytesIO(content))
    return output.getvalue()


def in_zip(data: bytes) -> list[tuple[str, object, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(each.filename, each.date_time, archive.read(each)) for each in archive.infolist()]


def in_tar(data: bytes) -> list[tuple[str, object, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [
            (each.name, (each.mtime, each.mode), stream.read())
            for each in archive
            if (stream := archive.extractfile(each)) is not None
        ]


def change_of(old: bytes) -> Change:
    return Change(sha256(old).hexdigest(), len(old), NEW)


@settings(max_examples=60, deadline=None)
@given(MEMBERS, SECONDS, st.randoms())
def test_one_member_changes(members: dict[str, bytes], when: int, random: object) -> None:
    old = random.choice(list(members.values()))  # type: ignore[attr-defined]
    assume(old)
    for data, type_name, read in (
        (zip_of(members, when), "zip", in_zip),
        (tar_of(members, when), "tar", in_tar),
    ):
        after = read(rebuild(data, type_name, [change_of(old)]).content)
        wanted = [
            (name, facts, NEW if content == old else content) for name, facts, content in read(data)
        ]
        assert after == wanted


@settings(max_examples=40, deadline=None)
@given(MEMBERS, SECONDS)
def test_a_tar_written_as_7z_and_as_zip_holds_the_same(
    members: dict[str, bytes], when: int
) -> None:
    data = tar_of(members, when)
    as_zip, _ = made_zip(data, "tar", Changes(()), Bounds())
    as_7z, _ = made_7z(data, "tar", Changes(()), Bounds())
    from_7z, _ = made_zip(as_7z, "7z", Changes(()), Bounds())
    wanted = [(name, content) for name, _, content in in_tar(data)]
    assert [(name, content) for name, _, content in in_zip(as_zip)] == wanted
    assert in_zip(from_7z) == in_zip(as_zip)


@given(st.binary(max_size=200), st.sampled_from(sorted(REBUILT)))
def test_nothing_changes_is_the_same_bytes(data: bytes, type_name: str) -> None:
    made = rebuild(data, type_name, [])
    assert (made.content, made.type, made.noted) == (data, type_name, ())
