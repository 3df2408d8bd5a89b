"""What is mutated: the corpus, the demo's mails, and small mails of tools.mutate.

The same checkout and corpus give the same sources on every machine, so that a mail's number and
seed make it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tools.corpus.demo import demo_mails
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
    own = [*built_in(), *(raw for raw in demo if len(raw) <= MAX_SOURCE_BYTES)]
    return [*(load(corpus) if corpus.is_dir() else ()), *(own * DEMO_WEIGHT)]
