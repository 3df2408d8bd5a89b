"""What is mutated: the corpus, the demo's mails, and small mails of tools.mutate.

The same checkout and corpus give the same sources on every machine, so that a mail's number and
seed make it again.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.corpus.archives import zip_of
from tools.corpus.compose import Attachment, base64_lines, compose
from tools.corpus.demo import demo_mails
from tools.corpus.demo_files import acting_docm, form_pdf, quiet_docm
from tools.corpus.ooxml import MEDIA_TYPES
from tools.mutate import built_in, load
from tools.mutate.sources import MAX_SOURCE_BYTES

CORPUS: Final = Path(__file__).resolve().parents[3] / "shared" / "corpus"
"""Where the corpus lies beside a checkout."""

_RANDOM: Final = frozenset({"dkim"})
"""Demo mails that differ from run to run: this one is signed with a key made on the spot."""

DEMO_WEIGHT: Final = 10
"""How often each demo mail is listed. The corpus has 600 files that no extractor changes; the
demo's few documents reach extraction and rebuild."""


def sources(corpus: Path) -> list[bytes]:
    """All mails to mutate; without a corpus the project's own. Raises OSError."""
    demo = [mail.raw for mail in demo_mails() if mail.name not in _RANDOM]
    own = [*built_in(), *_hard_to_rebuild(), *(raw for raw in demo if len(raw) <= MAX_SOURCE_BYTES)]
    return [*(load(corpus) if corpus.is_dir() else ()), *(own * DEMO_WEIGHT)]


def _hard_to_rebuild() -> Iterator[bytes]:
    """Documents that act, where several parts of a mail have to change together."""
    quiet, acting, form = quiet_docm(), acting_docm(), form_pdf()
    inner = zip_of({"notes.txt": b"kept\r\n" * 20, "quiet.docm": quiet, "form.pdf": form})
    yield _mail(Attachment("outer.zip", "application/zip", zip_of({"inner.zip": inner})))
    documents = _mail(
        Attachment("quiet.docm", MEDIA_TYPES["docm"], quiet),
        Attachment("form.pdf", "application/pdf", form),
        Attachment("inner.zip", "application/zip", inner),
    )
    yield documents
    yield (
        b"From: a@sender.example\r\nTo: b@rcpt.example\r\nSubject: nested\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64_lines(documents)
    )
    blocks = (_uuencoded("form.pdf", form), _uuencoded("acting.docm", acting))
    yield _mail(text="\r\n".join(("Two files.", *blocks, "End of files.")))


def _mail(*attachments: Attachment, text: str = "See the attachments.") -> bytes:
    return compose(
        sender="a@sender.example",
        recipients=("b@rcpt.example",),
        subject="documents",
        text=text,
        attachments=attachments,
    )


def _uuencoded(name: str, data: bytes) -> str:
    """A file as it stood in text before MIME."""
    lines = [
        binascii.b2a_uu(data[at : at + 45], backtick=True).decode().rstrip("\n")
        for at in range(0, len(data), 45)
    ]
    return "\r\n".join([f"begin 644 {name}", *lines, "`", "end"])
