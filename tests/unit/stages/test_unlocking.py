"""A mail that brings a locked file and its password: opened, cleaned, and locked again by it."""

from __future__ import annotations

import io
import zipfile
from email import message_from_bytes
from pathlib import Path

import msoffcrypto
import pikepdf
import pytest

from gateway.extraction import ExtractStatus, extract
from gateway.extraction.locked import unlock
from gateway.extraction.locked.words import Word
from gateway.model import Action
from gateway.pipeline import Case
from gateway.pipeline.report import report_of
from tests.unit.extraction import legacy, opendocuments
from tests.unit.extraction.archives.samples import packed, unpacked
from tests.unit.extraction.locked.lockedlegacy import (
    locked_excel,
    locked_presentation,
    locked_word,
)
from tests.unit.extraction.locked.test_locks import locked_docx, locked_pdf
from tests.unit.extraction.locked.test_opendocument import locked_odt
from tests.unit.extraction.locked.test_wholepackages import wrapped
from tests.unit.stages.line import ANNA, Line, outcome
from tests.unit.stages.mails import mail
from tests.unit.stages.test_rebuild_nested import documents, has_macro
from tools.corpus.archives import seven_zip_of, zip_aes_of, zip_crypto_of, zip_of
from tools.corpus.compose import Attachment
from tools.corpus.ooxml import macro_document

SECRET = "Sommer#2026"
TEXT = f"Dear Anna,\r\n\r\nthe password is: {SECRET}\r\n"
DOCUMENT = macro_document(
    tuple(f"{n * 7919 % 10007:x}" * 9 for n in range(300)), "Sub Quiet()\r\nEnd Sub\r\n"
)


def locked_mail(name: str, data: bytes, text: str = TEXT) -> bytes:
    return mail(Attachment(name, "application/octet-stream", data), text=text)


def arrived(line: Line, name: str) -> bytes:
    return documents(message_from_bytes(line.delivered[ANNA]))[name]


def actions(case: Case) -> list[Action]:
    return [disposition.action for disposition in case.dispositions]


@pytest.mark.parametrize("make", [zip_crypto_of, zip_aes_of])
def test_a_locked_zip(line: Line, make) -> None:  # type: ignore[no-untyped-def]
    case = line.run(locked_mail("a.zip", make("letter.docm", DOCUMENT, SECRET)))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    assert "opened with a word from the mail: 1 member" in outcome(case, "unpack", "0.2")
    found = unpacked(arrived(line, "a.zip"), "7zz", "x", f"-p{SECRET}", "../archive")
    assert list(found) == ["letter.docm"] and not has_macro(found["letter.docm"])
    assert all(
        info.flag_bits & 1
        for info in zipfile.ZipFile(io.BytesIO(arrived(line, "a.zip"))).infolist()
    )


@pytest.mark.parametrize("hidden", [False, True])
def test_a_locked_7z(line: Line, hidden: bool) -> None:
    data = seven_zip_of({"letter.docm": DOCUMENT, "notes.txt": b"kept " * 99}, password=SECRET)
    if not hidden:
        options = ("7zz", "a", f"-p{SECRET}", "../archive.7z", "letter.docm")
        data = packed({"letter.docm": DOCUMENT}, *options, result="archive.7z")
    case = line.run(locked_mail("a.7z", data))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    assert "opened with a word from the mail: " in outcome(case, "unpack", "0.2")
    found = unpacked(arrived(line, "a.7z"), "7zz", "x", f"-p{SECRET}", "../archive")
    assert not has_macro(found["letter.docm"])


def test_a_locked_document(line: Line) -> None:
    case = line.run(locked_mail("letter.docm", locked_docx(DOCUMENT, SECRET)))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    assert "opened with a word from the mail" in outcome(case, "unpack", "0.2")
    document = msoffcrypto.OfficeFile(io.BytesIO(arrived(line, "letter.docm")))
    document.load_key(password=SECRET, verify_password=True)
    output = io.BytesIO()
    document.decrypt(output)
    assert not has_macro(output.getvalue())


def test_a_locked_opendocument(line: Line) -> None:
    text = "<text:p>Dear <text:execute-macro text:name='M'>Anna</text:execute-macro></text:p>"
    document = opendocuments.package({"content.xml": opendocuments.content(text)})
    data = locked_odt(document, SECRET)
    case = line.run(locked_mail("letter.odt", data))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    assert "opened with a word from the mail" in outcome(case, "unpack", "0.2")
    found = unlock(arrived(line, "letter.odt"), "odf", [Word(SECRET, from_mail=True)], 60)
    assert found is not None
    assert extract(found.content, "odf").status is ExtractStatus.UNCHANGED


def test_a_package_within_a_package(line: Line) -> None:
    """A guest may start no thread, and Argon2 has four lanes."""
    text = "<text:p>Dear <text:execute-macro text:name='M'>Anna</text:execute-macro></text:p>"
    document = opendocuments.package({"content.xml": opendocuments.content(text)})
    case = line.run(locked_mail("letter.odt", wrapped(document, SECRET)))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    assert "opened with a word from the mail" in outcome(case, "unpack", "0.2")
    found = unlock(arrived(line, "letter.odt"), "odf", [Word(SECRET, from_mail=True)], 60)
    assert found is not None
    assert extract(found.content, "odf").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (
            "letter.doc",
            locked_word(["Dear ", "Anna"], SECRET, api=False, extra={"Macros": legacy.VBA}),
            b"Dear ",
        ),
        (
            "table.xls",
            locked_excel(
                legacy.book(sheets={"One": (0, legacy.formula(0, 0, legacy.SUM, "Dear Anna"))}),
                SECRET,
                api=True,
                extra={"_VBA_PROJECT_CUR": legacy.VBA},
            ),
            b"Dear Anna",
        ),
        (
            "talk.ppt",
            locked_presentation(
                [
                    legacy.part(0x03E8, legacy.part(0x0FA8, b"Dear Anna"), 0, True),
                    legacy.stored(legacy.VBA),
                ],
                [0, 1],
                SECRET,
            ),
            b"Dear Anna",
        ),
    ],
    ids=["doc", "xls", "ppt"],
)
def test_a_locked_document_of_before_2007(line: Line, name: str, data: bytes, words: bytes) -> None:
    case = line.run(locked_mail(name, data))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    assert "opened with a word from the mail" in outcome(case, "unpack", "0.2")
    sent, kind = arrived(line, name), f"ole-{name[-3:]}"
    assert extract(sent, kind).status is ExtractStatus.ENCRYPTED and words not in sent
    found = unlock(sent, kind, [Word(SECRET, from_mail=True)], 60)
    assert found is not None and words in found.content
    assert extract(found.content, kind).status is ExtractStatus.UNCHANGED


def test_a_locked_document_in_a_locked_zip(line: Line) -> None:
    inner = locked_docx(DOCUMENT, "other-word")
    data = zip_aes_of("letter.docm", inner, SECRET)
    case = line.run(locked_mail("a.zip", data, TEXT + "and the code of the document is other-word"))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    found = unpacked(arrived(line, "a.zip"), "7zz", "x", f"-p{SECRET}", "../archive")
    document = msoffcrypto.OfficeFile(io.BytesIO(found["letter.docm"]))
    document.load_key(password="other-word", verify_password=True)


def test_a_locked_pdf(line: Line) -> None:
    data = locked_pdf(SECRET)
    with pikepdf.open(io.BytesIO(data), password=SECRET) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        output = io.BytesIO()
        pdf.save(output, encryption=pikepdf.Encryption(owner="owner", user=SECRET))
    case = line.run(locked_mail("a.pdf", output.getvalue()))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(arrived(line, "a.pdf")))
    with pikepdf.open(io.BytesIO(arrived(line, "a.pdf")), password=SECRET) as pdf:
        assert "/OpenAction" not in pdf.Root


def test_what_is_clean_behind_its_lock_stays_as_it_came(line: Line) -> None:
    data = zip_aes_of("notes.txt", b"nothing in it " * 50, SECRET)
    case = line.run(locked_mail("a.zip", data))
    assert actions(case)[0].delivers
    assert arrived(line, "a.zip") == data
    assert "encrypted" not in case.dispositions[0].reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", zip_aes_of("a.txt", b"a" * 99, "unguessable")),
        ("a.pdf", locked_pdf("unguessable")),
        ("a.docx", locked_docx(DOCUMENT, "unguessable")),
    ],
)
def test_what_no_word_opens_is_encrypted(line: Line, name: str, data: bytes) -> None:
    case = line.run(locked_mail(name, data, "no word in this mail"))
    assert actions(case) == [Action.QUARANTINE]
    assert "encrypted" in outcome(case, "unpack", "0.2")
    assert "words from the mail and from policy opens it" in outcome(case, "unpack", "0.2")
    assert "unscanned" in case.dispositions[0].reason


def test_policy_can_forbid_trying(line: Line) -> None:
    data = zip_aes_of("a.txt", b"a" * 99, SECRET)
    case = line.run(locked_mail("a.zip", data), policy="[passwords]\nenabled = false\n")
    assert actions(case) == [Action.QUARANTINE]


def test_a_password_of_policy_is_no_word_of_the_mail(line: Line) -> None:
    data = zip_of({"in.zip": zip_aes_of("a.txt", b"a" * 99, "house-word")})
    policy = '[passwords]\nlist = ["house-word"]\n'
    case = line.run(locked_mail("a.zip", data, "nothing here"), policy=policy)
    assert "opened with a password that policy" in outcome(case, "unpack", "0.2.1")


def test_the_word_is_nowhere_in_the_report(line: Line) -> None:
    data = zip_crypto_of("letter.docm", DOCUMENT, SECRET)
    case = line.run(locked_mail("a.zip", data))
    assert SECRET not in repr(report_of(case)) + repr(case.parts)


CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "oletools"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_a_workbook_of_before_2007_that_opens_without_a_question(line: Line) -> None:
    data = (CORPUS / "dde-test-encrypt-standardpassword.xls").read_bytes()
    case = line.run(locked_mail("a.xls", data, "no word in this mail"))
    assert "opened with a password that policy or" in outcome(case, "unpack", "0.2")
    part = case.subjects["0.2"]
    assert (part.type, part.as_sent.read()) == ("ole-xls", data)
    assert part.content.read() != data


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_a_document_of_before_2007_that_no_word_opens(line: Line) -> None:
    data = (CORPUS / "encrypted.doc").read_bytes()
    case = line.run(locked_mail("a.doc", data, "no word in this mail"))
    assert "is encrypted: none of" in outcome(case, "unpack", "0.2")
