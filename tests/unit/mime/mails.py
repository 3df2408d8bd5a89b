"""Small mails the tests share, and the checks every tree must pass."""

from pathlib import Path

import pytest

from gateway.mime import MimeMessage, MimePart, scan

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"


def corpus_mails() -> list[Path]:
    """All mails of the shared corpus; empty when it is not there."""
    return sorted(p for p in CORPUS.rglob("*") if p.suffix == ".eml" or ".mbox" in p.suffixes)


needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not there")


def lines(*text: str, end: bytes = b"\r\n") -> bytes:
    """A mail from its lines."""
    return b"".join(line.encode("latin-1") + end for line in text)


MIXED = lines(
    "From: Alice <alice@sender.example>",
    "To: Bob <bob@rcpt.example>",
    "Subject: two parts",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="=_B"',
    "",
    "preamble",
    "--=_B",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "Hello.",
    "--=_B",
    'Content-Type: application/pdf; name="a.pdf"',
    "Content-Transfer-Encoding: base64",
    'Content-Disposition: attachment; filename="a.pdf"; size=20',
    "",
    "JVBERi0xLjQK",
    "JSVFT0YK",
    "--=_B--",
    "epilogue",
)


def check_tree(message: MimeMessage, size: int) -> None:
    """Offsets nest, follow each other and cover the mail; header and body make the part."""
    assert message.size == size
    assert (message.root.start, message.root.end) == (0, size)
    _check(message.root, 0, size)


def _check(part: MimePart, low: int, high: int) -> None:
    assert low <= part.start <= part.header_end <= part.end <= high
    assert part.start <= part.insert_at <= part.header_end
    assert (part.header.start, part.body.end) == (part.start, part.end)
    assert part.header.end == part.body.start
    position = part.insert_at
    for field in part.fields:
        assert position <= field.start < field.end <= part.header_end
        position = field.end
    position = part.header_end
    for child in part.children:
        _check(child, position, part.end)
        assert child.path.startswith(part.path + ".")
        position = child.end
    if part.decoded is not None:
        check_tree(part.decoded, part.decoded.size)


def defects(data: bytes) -> set[str]:
    """All defects of a mail by value."""
    return {note.defect.value for note in scan(data).all_defects()}
