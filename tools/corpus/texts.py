"""Fixed texts for generated mails and documents, and filler of any length from a seed."""

from __future__ import annotations

import random

ENGLISH = "The figures of the third quarter are attached. Please look at table 2 before Thursday."
ARABIC = "مرحبا، هذا تقرير الربع الثالث. يرجى مراجعة الجدول قبل يوم الخميس."
GERMAN = "Grüße aus Köln: die Zahlen fürs dritte Quartal, größtenteils geprüft."

_WORDS = (
    "report figure table quarter account invoice delivery customer order paper meeting agenda "
    "office garden river window yellow silver number letter answer question morning evening "
    "paragraph summary estimate contract transport harbour machine engine signal measure"
)


def filler(octets: int, seed: int) -> str:
    """ASCII prose of about `octets` octets in lines of at most 72; one seed, one text."""
    chosen, words_known = random.Random(seed), _WORDS.split()
    lines: list[str] = []
    size = 0
    while size < octets:
        words = " ".join(chosen.choices(words_known, k=9))[:72]
        lines.append(words.rstrip() + ".")
        size += len(lines[-1]) + 2
    return "\n".join(lines) + "\n"
