"""Signatures of mails (S/MIME, PGP) that a change breaks: said with the part that changed.

A signature covers every byte of what it signs (RFC 1847), so that nothing can be taken out and
leave it valid. The signature stays where it is: it shows that the mail was signed, and readers see
that it does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.mime import MimeMessage, MimePart
from gateway.model import Removal, Subject
from gateway.pipeline import Case

SIGNED = "multipart/signed"

BROKEN = Removal(
    "validity of the mail's signature",
    "the signed part of the mail around it",
    "a signature covers every byte, and the file was changed",
)


def note_broken(case: Case, changed: Sequence[Subject]) -> None:
    """Write down for each changed part of a signed mail that the signature no longer fits."""
    for part in changed:
        outer = part
        while not outer.mime_path and outer.id != case.root.id:
            outer = case.subjects[outer.parent]
        if BROKEN not in part.removed and any(_signed_around(case, outer.mime_path)):
            part.removed = (*part.removed, BROKEN)


def _signed_around(case: Case, path: tuple[str, ...]) -> Iterator[bool]:
    """For each part around the one at `path`: whether it is signed."""
    tree = case.mime
    for step in path:
        if not isinstance(tree, MimeMessage):
            return
        nodes: dict[str, MimePart] = {node.path: node for node in tree.walk()}
        pieces = step.split(".")
        for length in range(1, len(pieces)):
            around = nodes.get(".".join(pieces[:length]))
            yield around is not None and around.claimed_type == SIGNED
        tree = nodes[step].decoded if step in nodes else None
