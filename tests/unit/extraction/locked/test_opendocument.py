"""OpenDocument files behind a password: opened, changed, and locked as LibreOffice opens them."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.extraction import ExtractStatus, extract
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.locked import Opened, lock, unlock
from gateway.extraction.locked.words import Word
from tests.unit.extraction import opendocuments
from tests.unit.extraction.locked import libreoffice

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
REAL = CORPUS / "tika" / "testODTEncrypted.odt"
RIGHT = "Geheim-2026!"
SPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
AES = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
SALT, VECTOR = b"salt" * 4, b"vector--" * 2
NEEDS_OFFICE = pytest.mark.skipif(libreoffice.MISSING, reason="LibreOffice is not installed")


def words(*texts: str) -> list[Word]:
    return [Word(text, from_mail=True) for text in texts]


def locked_odt(document: bytes, password: str = RIGHT, cipher: str = "aes") -> bytes:
    """`document` as OpenOffice 3.4 (aes) or 2 (blowfish) locks it, written here a second time."""
    aes = cipher == "aes"
    start = (hashlib.sha256 if aes else hashlib.sha1)(password.encode()).digest()
    key = hashlib.pbkdf2_hmac("sha1", start, SALT, 1024, 32 if aes else 16)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(made, "w") as new:
        entries = []
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "META-INF/manifest.xml" or info.filename.endswith("/"):
                continue
            if info.filename == "mimetype":
                new.writestr("mimetype", content)
                continue
            packer = zlib.compressobj(wbits=-15)
            packed = packer.compress(content) + packer.flush()
            if aes:
                whole = packed + bytes(15 - len(packed) % 16) + bytes([16 - len(packed) % 16])
                sealed = Cipher(algorithms.AES(key), modes.CBC(VECTOR)).encryptor().update(whole)
                check, kind = hashlib.sha256(packed[:1024]).digest(), f"{SPACE}#sha256-1k"
            else:
                sealed = Cipher(Blowfish(key), CFB(VECTOR[:8])).encryptor().update(packed)
                check, kind = hashlib.sha1(packed[:1024]).digest(), "SHA1/1K"
            new.writestr(info.filename, sealed)
            entries.append(
                f'<m:file-entry m:media-type="text/xml" m:full-path="{info.filename}" '
                f'm:size="{len(content)}"><m:encryption-data m:checksum-type="{kind}" '
                f'm:checksum="{base64.b64encode(check).decode()}"><m:algorithm m:algorithm-name='
                f'"{AES if aes else "Blowfish CFB"}" m:initialisation-vector='
                f'"{base64.b64encode(VECTOR if aes else VECTOR[:8]).decode()}"/>'
                '<m:key-derivation m:key-derivation-name="PBKDF2" m:iteration-count="1024" '
                f'm:salt="{base64.b64encode(SALT).decode()}"'
                + (' m:key-size="32"/><m:start-key-generation m:start-key-generation-name='
                   '"http://www.w3.org/2000/09/xmldsig#sha256" m:key-size="32"/>' if aes else "/>")
                + "</m:encryption-data></m:file-entry>"
            )  # fmt: skip
        new.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{SPACE}" m:version="1.2"><m:file-entry m:full-path="/" '
            'm:media-type="application/vnd.oasis.opendocument.text"/>'
            f"{''.join(entries)}</m:manifest>",
        )
    return made.getvalue()


@pytest.mark.parametrize("cipher", ["aes", "blowfish"])
def test_a_document_opens_is_cleaned_and_is_locked_as_it_was(cipher: str) -> None:
    plain = opendocuments.acting()
    data = locked_odt(plain, cipher=cipher)
    assert extract(data, "odf").status is ExtractStatus.ENCRYPTED
    found = unlock(data, "odf", words("wrong", RIGHT), 60)
    assert isinstance(found, Opened)
    with (
        zipfile.ZipFile(io.BytesIO(plain)) as old,
        zipfile.ZipFile(io.BytesIO(found.content)) as new,
    ):
        assert new.read("content.xml") == old.read("content.xml")
        assert b"encryption-data" not in new.read("META-INF/manifest.xml")
    made = extract(found.content, "odf")
    assert made.status is ExtractStatus.CLEANED and made.content is not None
    again = lock(data, found.content, made.content, "odf", RIGHT)
    with zipfile.ZipFile(io.BytesIO(again)) as archive:
        assert b"Dear reader" not in archive.read("content.xml")
        assert archive.getinfo("content.xml").compress_type == zipfile.ZIP_STORED
    with pytest.raises(EncryptedError):
        unlock(again, "odf", words("wrong"), 60)
    back = unlock(again, "odf", words(RIGHT), 60)
    assert back is not None
    assert extract(back.content, "odf").status is ExtractStatus.UNCHANGED
    with zipfile.ZipFile(io.BytesIO(back.content)) as archive:
        assert b"Dear reader" in archive.read("content.xml")


@NEEDS_OFFICE
@pytest.mark.parametrize("cipher", ["aes", "blowfish"])
def test_libreoffice_opens_what_was_locked_again(tmp_path: Path, cipher: str) -> None:
    data = locked_odt(opendocuments.acting(), cipher=cipher)
    found = unlock(data, "odf", words(RIGHT), 60)
    assert found is not None
    made = extract(found.content, "odf").content
    assert made is not None
    letter = tmp_path / "letter.odt"
    letter.write_bytes(lock(data, found.content, made, "odf", RIGHT))
    assert "Dear reader" in (libreoffice.text_of(letter, RIGHT) or "")
    assert libreoffice.text_of(letter, "wrong") is None


@pytest.mark.skipif(not REAL.is_file(), reason="../shared/corpus is not here")
def test_a_real_document_opens_and_is_locked_again() -> None:
    data = REAL.read_bytes()
    found = unlock(data, "odf", words("no", "tika"), 60)
    assert found is not None
    assert extract(found.content, "odf").status is ExtractStatus.UNCHANGED
    again = unlock(
        lock(data, found.content, found.content, "odf", "tika"), "odf", words("tika"), 60
    )
    assert again is not None
    with zipfile.ZipFile(io.BytesIO(again.content)) as archive:
        assert b"This should be encrypted" in archive.read("content.xml")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b'"PBKDF2"', b'"urn:org:documentfoundation:names:scrypt"', "way that is not known"),
        (AES.encode(), b"http://www.w3.org/2007/05/xmldsig-more#chacha20", "cipher"),
        (b'iteration-count="1024"', b'iteration-count="99999999"', "longer"),
        (b"<m:algorithm ", b"<m:other ", "does not say"),
    ],
)
def test_other_locks_are_told(old: bytes, new: bytes, error: str) -> None:
    made = io.BytesIO()
    locked = io.BytesIO(locked_odt(opendocuments.quiet()))
    with zipfile.ZipFile(locked) as archive, zipfile.ZipFile(made, "w") as changed:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename.startswith("META-INF"):
                content = content.replace(old, new)
            changed.writestr(info.filename, content)
    with pytest.raises(ExtractError, match=error):
        unlock(made.getvalue(), "odf", words(RIGHT), 60)


def test_a_document_that_is_not_locked() -> None:
    assert unlock(opendocuments.quiet(), "odf", words(RIGHT), 60) is None
    assert unlock(opendocuments.flat("<text:p>a</text:p>"), "odf", words(RIGHT), 60) is None
