"""Locked files: opened by the right word only, and locked again so that others can open them."""

from __future__ import annotations

import io
import os
import zipfile
from hashlib import sha256
from pathlib import Path

import msoffcrypto
import pikepdf
import pytest

from gateway.engines.identify import identify
from gateway.extraction.archives.changes import Bounds, Change
from gateway.extraction.containers import rebuild
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.locked import Opened, lock, unlock
from gateway.extraction.locked.words import EXCEL_DEFAULT, Word
from tests.unit.extraction.archives.samples import packed, unpacked
from tools.corpus.archives import zip_aes_of, zip_crypto_of, zip_of
from tools.corpus.ooxml import word_document

RIGHT = "Geheim-2026!"
WORDS = [Word(text, from_mail=True) for text in ("wrong", "also wrong", RIGHT, "never tried")]
LETTER, NOTE = b"the letter " * 300, b"a note instead"


def opened(data: bytes, type_name: str) -> bytes:
    answer = unlock(data, type_name, WORDS, seconds=60)
    assert isinstance(answer, Opened) and answer.word.text == RIGHT
    return answer.content


def long_document(words: str) -> bytes:
    """A document of ordinary size: below 4 KiB there are none in the world."""
    return word_document((words, *(sha256(bytes([n])).hexdigest() for n in range(150))))


def locked_docx(document: bytes, password: str = RIGHT) -> bytes:
    output = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(document)).encrypt(password, output)
    return output.getvalue()


def locked_pdf(password: str, revision: int = 6, owner: str = "") -> bytes:
    output = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        allow = pikepdf.Permissions(print_highres=False)
        encryption = pikepdf.Encryption(
            owner=owner or password,
            user=password,
            R=revision,  # type: ignore[arg-type]
            aes=revision >= 4,
            metadata=revision >= 4,
            allow=allow,
        )
        pdf.save(output, encryption=encryption)
    return output.getvalue()


@pytest.mark.parametrize("make", [zip_crypto_of, zip_aes_of])
def test_a_zip_opens_and_is_locked_by_the_cipher_it_had(make) -> None:  # type: ignore[no-untyped-def]
    data = make("folder/letter.doc", LETTER, RIGHT)
    plain = opened(data, "zip")
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.read("folder/letter.doc") == LETTER
        old = archive.infolist()[0]
    change = Change(sha256(LETTER).hexdigest(), len(LETTER), NOTE, add=".txt")
    made = rebuild(plain, "zip", [change], Bounds()).content
    again = lock(data, plain, made, "zip", RIGHT)
    found = unpacked(again, "7zz", "x", f"-p{RIGHT}", "../archive")
    assert found == {"folder/letter.doc.txt": NOTE}
    with zipfile.ZipFile(io.BytesIO(again)) as archive:
        new = archive.infolist()[0]
    assert new.flag_bits & 1 and new.date_time == old.date_time
    assert (new.compress_type == 99) == (make is zip_aes_of)


def test_unchanged_members_of_a_locked_zip_keep_their_bytes() -> None:
    members = {"a.txt": b"a" * 999, "letter.doc": LETTER, "empty": b"", "z.bin": os.urandom(500)}
    command = ("7zz", "a", "-tzip", "-mem=AES256", f"-p{RIGHT}", "../archive.zip")
    data = packed(members, *command, *members, result="archive.zip")
    plain = opened(data, "zip")
    assert lock(data, plain, plain, "zip", RIGHT) == data
    change = Change(sha256(LETTER).hexdigest(), len(LETTER), NOTE)
    again = lock(data, plain, rebuild(plain, "zip", [change], Bounds()).content, "zip", RIGHT)
    found = unpacked(again, "7zz", "x", f"-p{RIGHT}", "../archive")
    assert found == {**members, "letter.doc": NOTE}
    assert data[data.find(b"a.txt") : data.find(b"letter.doc") - 40] in again


def test_a_document_opens_and_is_locked_again() -> None:
    document, other = long_document("Dear reader"), long_document("changed")
    data = locked_docx(document)
    plain = opened(data, "office-encrypted")
    assert plain == document
    again = msoffcrypto.OfficeFile(io.BytesIO(lock(data, plain, other, "docx", RIGHT)))
    again.load_key(password=RIGHT, verify_password=True)
    output = io.BytesIO()
    again.decrypt(output, verify_integrity=True)
    assert output.getvalue() == other


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_pdf_opens_and_is_locked_again(revision: int) -> None:
    data = locked_pdf(RIGHT, revision)
    plain = opened(data, "pdf")
    again = lock(data, plain, plain, "pdf", RIGHT)
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(again))
    with pikepdf.open(io.BytesIO(again), password=RIGHT) as pdf:
        assert len(pdf.pages) == 1
        assert max(revision, 4) == pdf.encryption.R
        assert not pdf.allow.print_highres


def test_a_document_that_became_a_pdf_is_locked_as_one() -> None:
    flat = opened(locked_pdf(RIGHT, 6), "pdf")
    again = lock(locked_docx(long_document("Dear reader")), b"", flat, "pdf", RIGHT)
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(again))
    with pikepdf.open(io.BytesIO(again), password=RIGHT) as pdf:
        assert pdf.encryption.R == 6
        assert pdf.allow.print_highres


@pytest.mark.parametrize(
    ("data", "type_name"),
    [
        (zip_of({"a": b"a"}), "zip"),
        (locked_pdf("", owner="someone"), "pdf"),
        (b"%PDF-1.7 nothing of a PDF", "pdf"),
    ],
    ids=["zip", "pdf of which only rights are kept", "no pdf"],
)
def test_what_is_not_locked(data: bytes, type_name: str) -> None:
    assert unlock(data, type_name, WORDS, seconds=10) is None


@pytest.mark.parametrize(
    ("data", "type_name"),
    [
        (zip_crypto_of("a", LETTER, "another"), "zip"),
        (zip_aes_of("a", LETTER, "another"), "zip"),
        (locked_pdf("another"), "pdf"),
    ],
)
def test_no_word_opens_it(data: bytes, type_name: str) -> None:
    with pytest.raises(EncryptedError, match="none of 4 words"):
        unlock(data, type_name, WORDS, seconds=60)
    with pytest.raises(EncryptedError, match="time was over"):
        unlock(data, type_name, WORDS, seconds=-1)


def test_the_old_cipher_takes_one_wrong_word_in_256_for_right() -> None:
    words = [Word(f"word{number}", from_mail=True) for number in range(600)]
    with pytest.raises(EncryptedError):
        unlock(zip_crypto_of("a", LETTER, "another"), "zip", words, seconds=60)


@pytest.mark.parametrize("type_name", ["office-encrypted", "zip", "pdf"])
def test_damage_is_said(type_name: str) -> None:
    data = {
        "office-encrypted": locked_docx(long_document("a"))[:3000],
        "zip": zip_aes_of("a", LETTER, RIGHT)[:-40],
        "pdf": b"%PDF-1.7 /Encrypt",
    }[type_name]
    if type_name == "pdf":
        assert unlock(data, type_name, WORDS, seconds=10) is None
        return
    with pytest.raises(ExtractError):
        unlock(data, type_name, WORDS, seconds=10)


def test_a_document_that_comes_out_wrong_is_no_answer() -> None:
    with pytest.raises(ExtractError, match="cannot be locked"):
        lock(b"", b"", word_document(("tiny",)), "docx", RIGHT)


def test_what_has_no_lock_is_said() -> None:
    with pytest.raises(ExtractError, match="rich text cannot be locked"):
        lock(b"", b"", b"", "rtf", RIGHT)


CORPUS = Path(__file__).parents[5] / "shared" / "corpus"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    ("name", "type_name", "password"),
    [
        ("oletools/autostart-encrypt-standardpassword.xlsm", "office-encrypted", EXCEL_DEFAULT),
        ("tika/protect.xlsx", "office-encrypted", EXCEL_DEFAULT),
        ("oletools/dde-test-encrypt-standardpassword.xls", "ole-xls", EXCEL_DEFAULT),
        ("tika/testEXCEL_protected_passtika.xls", "ole-xls", "tika"),
        ("oletools/encrypted.doc", "ole-doc", "encrypted"),
        ("oletools/encrypted.ppt", "ole-ppt", "encrypted"),
    ],
)
def test_documents_of_others(name: str, type_name: str, password: str) -> None:
    data = (CORPUS / name).read_bytes()
    words = [Word("wrong", from_mail=True), Word(password, from_mail=True)]
    answer = unlock(data, type_name, words, seconds=60)
    assert isinstance(answer, Opened) and answer.word.text == password
    assert identify(answer.content, "", "").guess.type != "office-encrypted"
