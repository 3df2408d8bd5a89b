"""What one legacy document gave up so far: shared by the modules of its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.extraction import linkedit, links
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
    swaps_links: bool = False
    """Whether links are defanged, by their scheme alone: nothing grows here."""

    def takes(self, kind: Kind, what: str, where: str, *, acts: bool = True) -> bool:
        """Whether what was found goes; it is then on the list."""
        if not self.removes(kind):
            return False
        self.hits.append(Hit(kind, what, shown(where), acts))
        return True

    def swap(self, raw: bytes, target: str) -> bytes | None:
        """`raw`, which holds a link to `target`, defanged at the same length; None where policy
        wants something else, or no web address stands in it."""
        if not self.swaps_links:
            return None
        if links.scheme(target) in ("hxxp", "hxxps"):
            return raw
        made = linkedit.swapped(raw)
        if made == raw:
            return None
        self.hits.append(Hit(Kind.HYPERLINKS, linkedit.RELINKED, shown(target), acts=False))
        return made


def shown(untrusted_text: str) -> str:
    """Text from a document as one printable line."""
    text = " ".join(untrusted_text.split())[:200]
    return "".join(sign if sign.isprintable() else "?" for sign in text)
