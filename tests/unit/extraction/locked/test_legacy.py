"""Locked documents of Office 97-2003: cleaned, and locked again by the word that opened them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from msoffcrypto.method.xor_obfuscation import DocumentXOR

from gateway.extraction import ExtractStatus, extract
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.locked import Opened, lock, unlock
from gateway.extraction.locked.words import EXCEL_DEFAULT, Word
from gateway.extraction.ole.compound import Compound
from tests.unit.extraction import legacy
from tests.unit.extraction.locked import libreoffice, lockedlegacy
from tests.unit.extraction.locked.libreoffice import Job
from tests.unit.extraction.locked.lockedlegacy import by_library, stream_of, streams_of
from tools.corpus.compound import compound_file

RIGHT = "Geheim-2026!"
SHARED = Path(__file__).parents[5] / "shared" / "corpus"
PIECES = ["Before \x13 DDEAUTO cmd calc ", "\x14result\x15 ", "behind."]
NEEDS_OFFICE = pytest.mark.skipif(libreoffice.MISSING, reason="LibreOffice is not installed")


def document(*, api: bool) -> bytes:
    extra = {"Macros": legacy.VBA, "ObjectPool": {"_1": legacy.OBJECT}}
    return lockedlegacy.locked_word(PIECES, RIGHT, api=api, extra=extra)


def workbook(*, api: bool) -> bytes:
    stream = stream_of(legacy.acting_book(), "Workbook")
    extra = {"_VBA_PROJECT_CUR": legacy.VBA, "MBD00012345": legacy.OBJECT}
    return lockedlegacy.locked_excel(stream, RIGHT, api=api, extra=extra)


def presentation(order: tuple[int, ...] = (0, 1, 2)) -> bytes:
    shown = legacy.part(0x0FA0, "a slide's words".encode("utf-16-le"))
    text = legacy.part(0x03E8, shown + legacy.action(2), 0, True)
    objects = [text, legacy.stored(legacy.VBA), legacy.stored(legacy.OBJECT)]
    return lockedlegacy.locked_presentation(objects, list(order), RIGHT)


def opened(data: bytes, kind: str, password: str = RIGHT) -> bytes:
    words = [Word(text, from_mail=True) for text in ("wrong", password)]
    answer = unlock(data, kind, words, seconds=60)
    assert isinstance(answer, Opened) and answer.word.text == password
    return answer.content


def relocked(data: bytes, kind: str, password: str = RIGHT) -> tuple[bytes, bytes]:
    """The cleaned document, plain and locked again. What holds for every kind is checked here."""
    plain = opened(data, kind, password)
    made = extract(plain, kind)
    assert made.status is ExtractStatus.CLEANED and made.content is not None
    again = lock(data, plain, made.content, kind, password)
    assert extract(again, kind).status is ExtractStatus.ENCRYPTED
    with pytest.raises(EncryptedError):
        unlock(again, kind, [Word("wrong", from_mail=True)], seconds=60)
    back = opened(again, kind, password)
    assert back == made.content
    assert extract(back, kind).status is ExtractStatus.UNCHANGED
    return made.content, again


@pytest.mark.parametrize("api", [False, True], ids=["RC4", "CryptoAPI"])
def test_a_document_keeps_its_lock_and_loses_its_macros(api: bool) -> None:
    data = document(api=api)
    assert b"Before" not in data
    plain, again = relocked(data, "ole-doc")
    assert not [name for name in streams_of(again) if "VBA" in name or "Ole10" in name]
    assert b"Before" in plain and b"Before" not in again and b"DDEAUTO" not in plain
    foreign = streams_of(by_library(again, RIGHT))
    assert foreign["WordDocument"] == stream_of(plain, "WordDocument")
    assert foreign["Data"] == b"shapes " * 300
    size = len(lockedlegacy.header(RIGHT, api=api))
    assert foreign["1Table"][size:] == stream_of(plain, "1Table")[size:]


@pytest.mark.parametrize("api", [False, True], ids=["RC4", "CryptoAPI"])
def test_a_workbook_keeps_its_lock_and_loses_its_macros(api: bool) -> None:
    data = workbook(api=api)
    assert b"shown text" not in data
    plain, again = relocked(data, "ole-xls")
    assert not [name for name in streams_of(again) if "VBA" in name or "MBD" in name]
    assert b"shown text" in plain and b"shown text" not in again and b"/c calc" not in plain
    foreign, ours = by_library(again, RIGHT), stream_of(plain, "Workbook")
    # The library makes the record with the key one of type 0, and we one of no type.
    assert _differing(stream_of(foreign, "Workbook"), ours) == [20, 21]


def _differing(one: bytes, other: bytes) -> list[int]:
    assert len(one) == len(other)
    return [at for at, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]


def test_a_presentation_keeps_its_lock_and_loses_its_macros() -> None:
    data = presentation()
    words = "a slide's words".encode("utf-16-le")
    plain, again = relocked(data, "ole-ppt")
    stream = stream_of(plain, "PowerPoint Document")
    assert words in stream and words not in again
    assert stream_of(plain, "Pictures") == lockedlegacy.PICTURE
    for name in ("Pictures", "EncryptedSummary", "Current User"):
        assert stream_of(again, name) == stream_of(data, name)
    foreign = by_library(again, RIGHT)
    differing = _differing(stream_of(foreign, "PowerPoint Document"), stream)
    size = len(lockedlegacy.header(RIGHT, api=True))
    session = stream_of(again, "PowerPoint Document").index(struct.pack("<HL", 0x2F14, size)) - 2
    directory = session + 8 + size + 8
    # The length of the emptied record, and one object fewer in the directory.
    assert set(differing) <= {*range(session, session + 8), *range(directory, directory + 4)}


def test_objects_of_a_presentation_stand_in_any_order() -> None:
    """The foreign library takes the next number's object for the end of each."""
    plain, again = relocked(presentation(order=(2, 0, 1)), "ole-ppt")
    assert "a slide's words".encode("utf-16-le") in stream_of(plain, "PowerPoint Document")
    assert len(again) == len(plain)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (document(api=True), "ole-doc"),
        (workbook(api=False), "ole-xls"),
        (presentation(), "ole-ppt"),
    ],
    ids=["doc", "xls", "ppt"],
)
def test_what_did_not_change_comes_out_as_it_came(data: bytes, kind: str) -> None:
    plain = opened(data, kind)
    assert plain != data
    assert lock(data, plain, plain, kind, RIGHT) == data


def test_bytes_behind_the_document_are_still_seen() -> None:
    data = document(api=False) + b"hidden".ljust(512, b"\0")
    assert opened(data, "ole-doc").rstrip(b"\0").endswith(b"hidden")
    assert b"hidden" not in relocked(data, "ole-doc")[1]


def test_the_default_password_of_excel_stays() -> None:
    stream = stream_of(legacy.acting_book(), "Workbook")
    data = lockedlegacy.locked_excel(stream, EXCEL_DEFAULT, api=False, extra={})
    relocked(data, "ole-xls", EXCEL_DEFAULT)


def test_objects_in_the_stream_of_the_lock_go_and_summaries_stay() -> None:
    stream = stream_of(legacy.acting_book(), "Workbook")
    for name, stays in (("\x05SummaryInformation", True), ("MBD00012345", False)):
        sealed = lockedlegacy.locked_summary(RIGHT, name)
        data = lockedlegacy.locked_excel(stream, RIGHT, api=True, extra={"encryption": sealed})
        again = streams_of(relocked(data, "ole-xls")[1])
        assert again.get("encryption") == (sealed if stays else None)


@pytest.mark.parametrize("kind", ["ole-doc", "ole-xls", "ole-ppt"])
def test_what_was_moved_has_no_answer(kind: str) -> None:
    """A content whose places are not those of the locked file."""
    data = {"ole-doc": document(api=True), "ole-xls": workbook(api=True), "ole-ppt": presentation()}
    plain = opened(data[kind], kind)
    names = {"ole-doc": "1Table", "ole-xls": "Workbook", "ole-ppt": "PowerPoint Document"}
    others = dict(streams_of(plain))
    others[names[kind]] = bytes(200) + others[names[kind]][200:]
    with pytest.raises(ExtractError):
        lock(data[kind], plain, compound_file(others), kind, RIGHT)
    with pytest.raises(ExtractError):
        lock(data[kind], plain, plain, kind, "another word")


def test_two_objects_over_the_same_bytes_are_refused() -> None:
    data = bytearray(presentation())
    at = data.index(struct.pack("<HL", 0x1772, 20)) + 6
    (second,) = struct.unpack_from("<L", data, at + 8)
    struct.pack_into("<L", data, at + 8, second + 1)
    with pytest.raises(ExtractError):
        unlock(bytes(data), "ole-ppt", [Word(RIGHT, from_mail=True)], seconds=60)


def test_an_unknown_way_of_locking_is_said() -> None:
    data = bytearray(document(api=False))
    at = data.index(lockedlegacy.header(RIGHT, api=False))
    struct.pack_into("<H", data, at, 9)
    with pytest.raises(ExtractError, match="only its own program"):
        unlock(bytes(data), "ole-doc", [Word(RIGHT, from_mail=True)], seconds=60)


def xor_document(password: str) -> bytes:
    """Locked by our own walk, and judged by LibreOffice: the foreign library has none."""
    verifier = next(n for n in range(1 << 16) if DocumentXOR.verifypw(password, n))
    key = DocumentXOR.create_xor_key_method1(password)
    streams = legacy.word_streams(PIECES)
    plain = compound_file({**streams, "Macros": legacy.VBA})
    main = bytearray(streams["WordDocument"])
    struct.pack_into("<HHL", main, 0x0A, 0x8300, 0, key << 16 | verifier)
    said = compound_file({**streams, "WordDocument": bytes(main), "Macros": legacy.VBA})
    return lock(said, plain, plain, "ole-doc", password)


def test_a_document_by_xor() -> None:
    data = xor_document(RIGHT)
    plain, again = relocked(data, "ole-doc")
    assert b"behind." in plain and b"behind." not in again


REAL = [
    (SHARED / "oletools" / "dde-test-encrypt-standardpassword.xls", EXCEL_DEFAULT),
    (SHARED / "tika" / "testEXCEL_protected_passtika.xls", "tika"),
    (SHARED / "oletools" / "encrypted.doc", "encrypted"),
    (SHARED / "oletools" / "encrypted.ppt", "encrypted"),
    (SHARED / "poi" / "Password_Protected-hello.ppt", "hello"),
    (SHARED / "poi" / "Password_Protected-56-hello.ppt", "hello"),
    (SHARED / "poi" / "Password_Protected-np-hello.ppt", "hello"),
    (SHARED / "poi" / "cryptoapi-proc2356.ppt", "crypto"),
    (SHARED / "poi" / "ppt_with_png_encrypted.ppt", "password"),
    (SHARED / "poi" / "xor-encryption-abc.xls", "abc"),
    (SHARED / "poi" / "password_password_cryptoapi.doc", "password"),
    (SHARED / "poi" / "password_tika_binaryrc4.doc", "tika"),
]


@pytest.mark.parametrize(("path", "password"), REAL, ids=[path.name for path, _ in REAL])
def test_documents_of_others_come_back_byte_for_byte(path: Path, password: str) -> None:
    if not path.is_file():
        pytest.skip("that file is not in ../shared/corpus")
    data, kind = path.read_bytes(), f"ole-{path.suffix[1:]}"
    plain = opened(data, kind, password)
    assert lock(data, plain, plain, kind, password) == data
    assert extract(plain, kind).status in (ExtractStatus.UNCHANGED, ExtractStatus.CLEANED)
    assert unlock(plain, kind, [], seconds=60) is None
    assert not {"EncryptedSummary", "encryption"} & {
        entry.name for entry in Compound(plain).root.children
    }


@NEEDS_OFFICE
def test_what_an_office_locked_it_opens_again_with_the_same_words(tmp_path: Path) -> None:
    """And a document by XOR, which it reads and does not write. Presentations it only reads when
    they are not locked."""
    source, table = tmp_path / "source.txt", tmp_path / "source.csv"
    for path in (source, table):
        path.write_text("Dear reader, שלום 世界\n" * 40, encoding="utf-8")
    doc, xls = tmp_path / "made.doc", tmp_path / "made.xls"
    jobs = [
        Job(source, doc, "MS Word 97", closing=RIGHT),
        Job(table, xls, "MS Excel 97", closing=RIGHT),
    ]
    libreoffice.convert(jobs)
    _add(doc, "Macros")
    _add(xls, "_VBA_PROJECT_CUR")
    by_xor = tmp_path / "xor.doc"
    by_xor.write_bytes(relocked(xor_document("Geheim"), "ole-doc", "Geheim")[1])
    text, cells = "Text (encoded)", "Text - txt - csv (StarCalc)"
    reads: list[Job] = []
    for path, wanted in ((doc, text), (xls, cells)):
        cleaned = path.with_stem("cleaned")
        cleaned.write_bytes(relocked(path.read_bytes(), f"ole-{path.suffix[1:]}")[1])
        for which, word in ((path, RIGHT), (cleaned, RIGHT), (cleaned, "wrong")):
            target = tmp_path / f"{path.suffix[1:]}-{len(reads)}.txt"
            reads.append(Job(which, target, wanted, opening=word))
    reads.append(Job(by_xor, tmp_path / "xor.txt", text, opening="Geheim"))
    libreoffice.convert(reads)
    found = [libreoffice.written(job) for job in reads]
    for before, after, locked in (found[:3], found[3:6]):
        assert before is not None and "Dear reader" in before and "世界" in before
        assert after == before
        assert locked is None
    assert found[6] is not None and "behind." in found[6]


def _add(path: Path, project: str) -> None:
    """Macros, which no program locks."""
    tree = lockedlegacy.tree_of(path.read_bytes())
    path.write_bytes(compound_file({**tree, project: legacy.VBA}))
