"""What one legacy document gave up so far: shared by the modules of its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.extraction.contract import Payload
from gateway.extraction.kinds import Hit, Kind

Removes = Callable[[Kind], bool]


@dataclass(slots=True)
class Findings:
    """Hits, hosts and payloads, and the question whether a kind goes."""

    removes: Removes
    hits: list[Hit] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    payloads: list[Payload] = field(default_factory=list)

    def takes(self, kind: Kind, what: str, where: str, *, acts: bool = True) -> bool:
        """Whether what was found goes; it is then on the list."""
        if not self.removes(kind):
            return False
        self.hits.append(Hit(kind, what, shown(where), acts))
        return True


def shown(untrusted_text: str) -> str:
    """Text from a document as one printable line."""
    text = " ".join(untrusted_text.split())[:200]
    return "".join(sign if sign.isprintable() else "?" for sign in text)
