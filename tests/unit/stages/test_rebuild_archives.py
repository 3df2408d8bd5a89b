"""A document inside an archive, or in an archive in one, is put back; what cannot be written anew
keeps the mail back."""

from __future__ import annotations

import io
import tarfile
import zipfile
from email import message_from_bytes
from typing import IO, cast

import pytest

from gateway.model import Action
from gateway.pipeline import Case
from tests.unit.extraction.archives.samples import cab_of
from tests.unit.stages.line import ANNA, OUTSIDE, Line
from tests.unit.stages.mails import attached, docm, encoded_mail_in_mail, mail
from tests.unit.stages.test_rebuild_nested import documents, has_macro, inner_mail
from tools.corpus.archives import tar_gz_of, zip_of
from tools.corpus.compose import Attachment
from tools.corpus.opens import LibreOfficeMissingError, libreoffice_text

NOTES = {"notes.txt": b"kept as it is\r\n" * 50, "folder/data.bin": bytes(range(256)) * 4}


def raw_members(data: bytes) -> dict[str, tuple[bytes, int]]:
    """Each member's compressed bytes and time, as they stand in the archive."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            start = info.header_offset + 30 + len(info.orig_filename.encode())
            packed = data[start : start + info.compress_size]
            found[info.filename] = (packed, info.compress_type)
    return found


def actions(case: Case) -> list[Action]:
    return [disposition.action for disposition in case.dispositions]


def member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def test_a_document_in_a_zip_in_a_zip(line: Line) -> None:
    inner = zip_of({**NOTES, "letter.docm": docm("Dear reader")})
    outer = zip_of({"readme.txt": b"read me", "inner.zip": inner, **NOTES})
    original = mail(attached("outer.zip", outer))
    case = line.run(original, ANNA, OUTSIDE)
    assert actions(case) == [Action.DELIVER_EXTRACTED, Action.DELIVER]

    arrived = documents(message_from_bytes(line.delivered[ANNA]))["outer.zip"]
    before, after = raw_members(outer), raw_members(arrived)
    assert list(before) == list(after)
    assert {n for n in before if before[n] != after[n]} == {"inner.zip"}
    arrived_inner = member(arrived, "inner.zip")
    before, after = raw_members(inner), raw_members(arrived_inner)
    assert list(before) == list(after)
    assert {n for n in before if before[n] != after[n]} == {"letter.docm"}
    letter = member(arrived_inner, "letter.docm")
    assert not has_macro(letter)
    outside = documents(message_from_bytes(line.delivered[OUTSIDE]))["outer.zip"]
    assert outside == outer


def test_what_arrives_has_nothing_left_to_take_out(line: Line) -> None:
    line.run(mail(attached("a.zip", zip_of({"a.docm": docm("one"), "b.docm": docm("two")}))))
    again = line.run(line.delivered[ANNA])
    assert not [part for part in again.parts if part.removed]


def test_the_document_still_opens(line: Line) -> None:
    line.run(mail(attached("a.zip", zip_of({"a.docm": docm("Dear reader"), **NOTES}))))
    arrived = documents(message_from_bytes(line.delivered[ANNA]))["a.zip"]
    try:
        assert "Dear reader" in libreoffice_text(member(arrived, "a.docm"), "docm")
    except LibreOfficeMissingError as error:
        pytest.skip(str(error))


def test_a_zip_in_an_encoded_mail(line: Line) -> None:
    inner = mail(attached("a.zip", zip_of({"a.docm": docm("one"), **NOTES})))
    case = line.run(encoded_mail_in_mail(inner))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    arrived = documents(inner_mail(line.delivered[ANNA]))["a.zip"]
    assert not has_macro(member(arrived, "a.docm"))


def test_a_document_in_a_tar_in_a_tar(line: Line) -> None:
    inner = tar_gz_of({**NOTES, "letter.docm": docm("Dear reader")})
    outer = tar_gz_of({"inner.tgz": inner, **NOTES})
    case = line.run(mail(Attachment("outer.tar.gz", "application/gzip", outer)), ANNA)
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    delivered = message_from_bytes(line.delivered[ANNA])
    assert [part.get_content_type() for part in delivered.walk()][-1] == "application/gzip"
    arrived = tar_members(documents(delivered)["outer.tar.gz"])
    assert list(arrived) == ["inner.tgz", *NOTES]
    arrived_inner = tar_members(arrived["inner.tgz"])
    assert list(arrived_inner) == [*NOTES, "letter.docm"]
    assert not has_macro(arrived_inner["letter.docm"])


def test_what_nobody_can_write_becomes_a_zip_and_is_called_so(line: Line) -> None:
    inner = cab_of({"letter.docm": docm("Dear reader")})
    outer = zip_of({"Inner.CAB": inner, **NOTES})
    original = mail(attached("outer.zip", outer), attached("direct.cab", inner))
    case = line.run(original, ANNA)
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    arrived = documents(message_from_bytes(line.delivered[ANNA]))
    assert list(arrived) == ["outer.zip", "direct.zip"]
    assert not has_macro(member(arrived["direct.zip"], "letter.docm"))
    assert not has_macro(member(member(arrived["outer.zip"], "Inner.zip"), "letter.docm"))
    delivered = message_from_bytes(line.delivered[ANNA])
    assert [part.get_content_type() for part in delivered.walk()][-1] == "application/zip"
    said = delivered.get_all("X-Sluice-Removed", [])
    assert "direct.cab: Windows cabinet written as zip" in said
    assert "Inner.CAB: Windows cabinet written as zip" in said


def test_scripts_in_archives_become_notes_in_their_folders(line: Line) -> None:
    members = {"tools/run.js": b"var a = new ActiveXObject('x');\r\n" * 9, **NOTES}
    original = mail(attached("a.zip", zip_of(members)), attached("b.tgz", tar_gz_of(members)))
    line.run(original, ANNA)
    arrived = documents(message_from_bytes(line.delivered[ANNA]))
    with zipfile.ZipFile(io.BytesIO(arrived["a.zip"])) as archive:
        in_zip = {name: archive.read(name) for name in archive.namelist()}
    in_tar = tar_members(arrived["b.tgz"])
    for found in (in_zip, in_tar):
        assert list(found) == ["tools/run.js.txt", *NOTES]
        assert b'"run.js" was removed' in found["tools/run.js.txt"]


def tar_members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {info.name: cast(IO[bytes], archive.extractfile(info)).read() for info in archive}


def test_half_a_tar_is_kept_back(line: Line) -> None:
    half = tar_gz_of({"a.docm": docm("one"), **NOTES})[:-500]
    case = line.run(mail(Attachment("a.tar.gz", "application/gzip", half)), ANNA)
    assert not any(action.delivers for action in actions(case))
    assert not line.delivered


def test_an_archive_that_contradicts_itself_is_kept_back(line: Line) -> None:
    packed = bytearray(zip_of({"a.docm": docm("one"), **NOTES}))
    packed[30] = ord("X")  # the first letter of the name in the local header only
    case = line.run(mail(attached("a.zip", bytes(packed))), ANNA)
    assert not any(action.delivers for action in actions(case))
    assert not line.delivered
