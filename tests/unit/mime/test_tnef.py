"""The TNEF reader: names and contents of attachments, embedded mails, damage, limits."""

import struct

import pytest

from gateway.mime import read_tnef
from gateway.mime.limits import MAX_RTF_BYTES, MAX_TNEF_DEPTH
from gateway.mime.rtf import decompress_rtf
from gateway.mime.tnef import SIGNATURE
from tests.unit.mime.mails import CORPUS, needs_corpus

TEXT, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x0102


def attribute(level: int, number: int, value: bytes) -> bytes:
    checksum = struct.pack("<H", sum(value) & 0xFFFF)
    return struct.pack("<BHHI", level, number, 6, len(value)) + value + checksum


def sized(number: int, kind: int, value: bytes) -> bytes:
    """A property of variable size."""
    padding = b"\0" * (-len(value) % 4)
    return struct.pack("<HHII", kind, number, 1, len(value)) + value + padding


def properties(*items: bytes) -> bytes:
    return struct.pack("<I", len(items)) + b"".join(items)


def stream(*attributes: bytes) -> bytes:
    return SIGNATURE + b"\1\0" + b"".join(attributes)


def attachment(*items: bytes, title: bytes = b"SHORT~1.DOC\0", data: bytes = b"content") -> bytes:
    return (
        attribute(2, 0x9002, b"\0" * 14)
        + attribute(2, 0x8010, title)
        + attribute(2, 0x800F, data)
        + attribute(2, 0x9005, properties(*items))
    )


def test_names_contents_and_bodies() -> None:
    html = sized(0x1013, BINARY, b"<p>hi</p>\0")
    named = struct.pack("<HH", 3, 0x8005) + b"g" * 16 + struct.pack("<III", 0, 7, 42)
    data = stream(
        attribute(1, 0x9007, struct.pack("<II", 1252, 0)),
        attribute(1, 0x8004, b"Gr\xfc\xdfe\0"),
        attribute(
            1,
            0x9003,
            properties(named, html, sized(0x1000, UNICODE, "h\u20ac".encode("utf-16-le"))),
        ),
        attachment(
            sized(0x3707, UNICODE, "long \u20ac name.docm\0".encode("utf-16-le")),
            sized(0x370E, TEXT, b"Application/X-Foo\0"),
        ),
    )
    message = read_tnef(data)
    assert message.defects == ()
    assert message.subject == "Gr\u00fc\u00dfe"
    assert [(b.claimed_type, b.content) for b in message.bodies] == [
        ("text/html", b"<p>hi</p>"),
        ("text/plain", "h\u20ac".encode()),
    ]
    (found,) = message.attachments
    assert found.filename == "long \u20ac name.docm"
    assert found.names == ("long \u20ac name.docm", "SHORT~1.DOC")
    assert (found.claimed_type, found.content) == ("application/x-foo", b"content")


def embed(inner: bytes) -> bytes:
    return stream(attachment(sized(0x3701, OBJECT, b"i" * 16 + inner)))


def test_an_embedded_mail_is_read_too() -> None:
    (found,) = read_tnef(embed(stream(attachment()))).attachments
    assert found.embedded is not None
    assert found.embedded.attachments[0].content == b"content"


def test_nesting_ends_in_a_defect() -> None:
    data = stream(attachment())
    for _ in range(MAX_TNEF_DEPTH + 2):
        data = embed(data)
    message = read_tnef(data)
    depth = 0
    while message.attachments[0].embedded is not None:
        message = message.attachments[0].embedded
        depth += 1
    assert depth == MAX_TNEF_DEPTH
    assert [d.value for d in message.defects] == ["limit_tnef"]


WHOLE = stream(attribute(1, 0x8004, b"subject\0"), attachment(sized(0x3707, TEXT, b"a.doc\0")))


def test_every_prefix_is_read_as_far_as_it_goes() -> None:
    for end in range(len(WHOLE)):
        message = read_tnef(WHOLE[:end])
        assert len(message.attachments) <= 1


def test_every_damaged_byte_is_survived() -> None:
    for position in range(len(WHOLE)):
        damaged = bytearray(WHOLE)
        damaged[position] ^= 0xFF
        read_tnef(bytes(damaged))


def test_damage_is_noted() -> None:
    assert [d.value for d in read_tnef(b"no TNEF").defects] == ["tnef_damaged"]
    wrong = bytearray(WHOLE)
    wrong[20] ^= 1
    assert "tnef_checksum" in [d.value for d in read_tnef(bytes(wrong)).defects]


@pytest.mark.parametrize("kind", [0x1003, 0x101E, 0x1102, 0x1000])
def test_a_huge_count_of_values_ends_at_once(kind: int) -> None:
    item = struct.pack("<HHI", kind, 0x1234, 0xFFFFFFFF) + b"\0" * 64
    message = read_tnef(stream(attribute(1, 0x9003, properties(item))))
    assert [d.value for d in message.defects] == ["tnef_damaged"]


def compressed(body: bytes) -> bytes:
    return struct.pack("<II4sI", len(body) + 12, 0, b"LZFu", 0) + body


def test_compressed_rtf_of_the_specification() -> None:
    # [MS-OXRTFCP] section 3.1.1
    example = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542"
        "320af32068656c090020627705b06c647d0a800fa0"
    )
    decoded = decompress_rtf(example)
    assert decoded.content == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decoded.defects == ()


def test_compressed_rtf_cannot_expand_without_end() -> None:
    bomb = compressed(b"\xff" + b"\x00\x1f" * 8)[:16] + (b"\xff" + b"\x0f\xff" * 8) * 300_000
    assert len(decompress_rtf(bomb).content) <= MAX_RTF_BYTES + 17


@needs_corpus
def test_the_winmail_of_the_corpus() -> None:
    message = read_tnef((CORPUS / "tika" / "testWINMAIL.dat").read_bytes())
    assert [(a.filename, len(a.content)) for a in message.attachments] == [
        ("quick.doc", 19968),
        ("quick.html", 428),
        ("quick.pdf", 18638),
        ("quick.txt", 235),
        ("quick.xml", 143),
    ]
    assert message.bodies[0].content.startswith(b"{\\rtf1")
    assert message.defects == ()
