"""TNEF (winmail.dat, [MS-OXTNEF]): its attachments and bodies become children."""

from __future__ import annotations

from tnefparse import TNEF

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Damaged
from gateway.model import Origin


def unpack_tnef(data: bytes, into: Collector) -> None:
    """Attachments in their order, then the bodies. Raises LimitReachedError."""
    try:
        stream = TNEF(data)
    except Exception as error:  # noqa: BLE001 - tnefparse lets struct, index and value errors through
        into.problem(Damaged(f"the TNEF stream cannot be read: {type(error).__name__}"))
        return
    for attachment in stream.attachments:
        name = attachment.long_filename() or ""
        content = attachment.data
        if isinstance(content, bytes):
            into.add(name.encode("utf-8", "replace"), content, origin=Origin.EMBEDDED)
    for name, body in (("body.html", stream.htmlbody), ("body.rtf", stream.rtfbody)):
        content = body.encode("utf-8", "replace") if isinstance(body, str) else body
        if content:
            into.add(name.encode(), content, origin=Origin.EMBEDDED)
