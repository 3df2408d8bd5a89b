"""TNEF (winmail.dat, [MS-OXTNEF]): its attachments and bodies become children.

A mail embedded in it is a child whose own attachments and bodies are its children.
"""

from __future__ import annotations

from typing import Final

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Damaged, Limit, OverLimit
from gateway.mime import Defect, TnefMessage, read_tnef
from gateway.mime.limits import MAX_TNEF_ATTRIBUTES
from gateway.model import Origin, TypeGuess

_TNEF: Final = TypeGuess("tnef", "application/vnd.ms-tnef")


def unpack_tnef(data: bytes, into: Collector) -> None:
    """Attachments in their order, then the bodies. Raises LimitReachedError."""
    _collect(read_tnef(data), -1, into)


def _collect(message: TnefMessage, parent: int, into: Collector) -> None:
    for attachment in message.attachments:
        index = into.add(
            (attachment.filename or "").encode("utf-8", "surrogatepass"),
            attachment.content,
            origin=Origin.MIME,
            parent=parent,
            claimed=attachment.claimed_type or "",
            guess=_TNEF if attachment.embedded is not None else None,
            taken_apart=attachment.embedded is not None,
        )
        if attachment.embedded is not None:
            _collect(attachment.embedded, index, into)
    for body in message.bodies:
        into.add(b"", body.content, origin=Origin.MIME, parent=parent, claimed=body.claimed_type)
    for defect in message.defects:
        if defect is Defect.LIMIT_TNEF:
            over = OverLimit(Limit.MEMBERS, MAX_TNEF_ATTRIBUTES + 1, MAX_TNEF_ATTRIBUTES)
            into.problem(over)
        elif defect is Defect.TNEF_DAMAGED:
            into.problem(Damaged(defect.sentence))
