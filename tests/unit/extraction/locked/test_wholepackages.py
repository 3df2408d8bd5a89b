"""OpenDocument packages within a package, by Argon2 and AES-GCM, as LibreOffice writes since 24.8.

Locked and opened here a second time, with another library's Argon2.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import zipfile
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engines.identify import identify
from gateway.extraction import ExtractStatus, extract
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.locked import argon, lock, unlock
from gateway.extraction.locked.words import Word
from tests.unit.extraction import opendocuments

RIGHT = "Geheim-2026!"
MEMORY = 1024
"""KiB, so that a test takes no time; programs write 64 MiB."""
LOEXT = "urn:org:documentfoundation:names:experimental:office"


def words(*texts: str) -> list[Word]:
    return [Word(text, from_mail=True) for text in texts]


def key_of(password: str, salt: bytes) -> bytes:
    start = hashlib.sha256(password.encode()).digest()
    return Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=MEMORY).derive(start)


def wrapped(document: bytes, password: str = RIGHT) -> bytes:
    """`document` behind `password`."""
    salt, vector = os.urandom(16), os.urandom(12)
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(document) + packer.flush()
    sealed = AESGCM(key_of(password, salt)).encrypt(vector, packed, None)
    kind = zipfile.ZipFile(io.BytesIO(document)).read("mimetype")
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.4" '
        f'xmlns:l="{LOEXT}:xmlns:loext:1.0"><m:file-entry m:full-path="encrypted-package" '
        f'm:media-type="{kind.decode()}" m:size="{len(document)}"><m:encryption-data>'
        '<m:algorithm m:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm" '
        f'm:initialisation-vector="{base64.b64encode(vector).decode()}"/>'
        "<m:start-key-generation m:start-key-generation-name="
        '"http://www.w3.org/2001/04/xmlenc#sha256" m:key-size="32"/>'
        f'<m:key-derivation m:key-derivation-name="{LOEXT}:manifest:argon2id" '
        f'l:argon2-iterations="3" l:argon2-memory="{MEMORY}" l:argon2-lanes="4" '
        f'm:salt="{base64.b64encode(salt).decode()}" m:key-size="32"/>'
        "</m:encryption-data></m:file-entry></m:manifest>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("encrypted-package", vector + sealed)
        archive.writestr("META-INF/manifest.xml", manifest, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unwrapped(data: bytes) -> bytes:
    """What stands behind `RIGHT`, read by the names that LibreOffice writes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["mimetype", "encrypted-package", "META-INF/manifest.xml"]
        assert archive.getinfo("encrypted-package").compress_type == zipfile.ZIP_STORED
        manifest, sealed = archive.read("META-INF/manifest.xml"), archive.read("encrypted-package")
    salt, vector = (
        base64.b64decode(re.search(name + rb'="([^"]+)"', manifest)[1])  # type: ignore[index]
        for name in (rb"m:salt", rb"m:initialisation-vector")
    )
    assert sealed.startswith(vector)
    packed = AESGCM(key_of(RIGHT, salt)).decrypt(vector, sealed[12:], None)
    content = zlib.decompress(packed, wbits=-15)
    assert f'm:size="{len(content)}"'.encode() in manifest
    return content


def with_manifest(data: bytes, old: bytes, new: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w") as changed:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename.startswith("META-INF"):
                assert old in content
                content = content.replace(old, new)
            changed.writestr(info.filename, content)
    return made.getvalue()


def test_a_package_opens_is_cleaned_and_is_locked_again() -> None:
    plain = opendocuments.acting()
    data = wrapped(plain)
    assert identify(data, "letter.odt", "").guess.type == "odf"
    assert extract(data, "odf").status is ExtractStatus.ENCRYPTED
    found = unlock(data, "odf", words("wrong", RIGHT), 60)
    assert found is not None and found.content == plain and found.word.text == RIGHT
    made = extract(plain, "odf")
    assert made.status is ExtractStatus.CLEANED and made.content is not None
    again = lock(data, plain, made.content, "odf", RIGHT)
    assert unwrapped(again) == made.content
    assert extract(again, "odf").status is ExtractStatus.ENCRYPTED
    with pytest.raises(EncryptedError):
        unlock(again, "odf", words("wrong"), 60)
    back = unlock(again, "odf", words(RIGHT), 60)
    assert back is not None and back.content == made.content
    assert extract(back.content, "odf").status is ExtractStatus.UNCHANGED


def test_salt_and_vector_are_made_anew() -> None:
    plain = opendocuments.quiet()
    data = wrapped(plain)
    made = {lock(data, plain, plain, "odf", RIGHT) for _ in range(2)} | {data}
    assert len({zipfile.ZipFile(io.BytesIO(each)).read("encrypted-package") for each in made}) == 3
    assert [unwrapped(each) for each in made] == [plain] * 3


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b'argon2-memory="1024"', b'argon2-memory="9999999"', "longer"),
        (b'argon2-iterations="3"', b'argon2-iterations="99"', "longer"),
        (b'argon2-lanes="4"', b'argon2-lanes="0"', "longer"),
        (b'argon2-lanes="4"', b'argon2-lanes="x"', "does not say"),
        (b"manifest:argon2id", b"manifest:scrypt", "in a way that is not known"),
        (b"aes256-gcm", b"chacha20", "cipher"),
        (b"m:size=", b"m:length=", "none of 1 words"),
    ],
)
def test_what_no_program_writes_is_told(old: bytes, new: bytes, error: str) -> None:
    data = with_manifest(wrapped(opendocuments.quiet()), old, new)
    with pytest.raises(ExtractError, match=error):
        unlock(data, "odf", words(RIGHT), 60)


def test_a_member_of_that_name_in_a_document_is_nothing() -> None:
    made = io.BytesIO(opendocuments.quiet())
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("encrypted-package", b"nothing of the kind")
    assert unlock(made.getvalue(), "odf", words(RIGHT), 60) is None
    assert extract(made.getvalue(), "odf").status is not ExtractStatus.ENCRYPTED


@settings(max_examples=25, deadline=None)
@given(
    secret=st.binary(max_size=40),
    salt=st.binary(min_size=8, max_size=32),
    passes=st.integers(1, 3),
    lanes=st.integers(1, 5),
    memory=st.integers(40, 200),
)
def test_argon2_makes_the_keys_of_another_library(
    secret: bytes, salt: bytes, passes: int, lanes: int, memory: int
) -> None:
    other = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    assert other.derive(secret) == argon.derived(
        secret, salt, passes=passes, memory=memory, lanes=lanes, size=32
    )


def test_argon2_refuses_what_it_does_not_take() -> None:
    with pytest.raises(ValueError, match="Argon2"):
        argon.derived(b"x", b"short", passes=1, memory=64, lanes=1, size=32)
