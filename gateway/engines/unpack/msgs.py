"""Outlook messages: bodies and attachments become children, messages within become mails."""

from __future__ import annotations

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.mails import EML
from gateway.engines.unpack.model import Damaged
from gateway.extraction.contract import ExtractError
from gateway.extraction.mails.msg import read_msg
from gateway.extraction.mails.msgtoeml import Role, parts_of
from gateway.model import Origin


def unpack_msg(data: bytes, into: Collector) -> None:
    """Bodies, then attachments in their order. Raises LimitReachedError."""
    try:
        message = read_msg(data)
    except ExtractError as error:
        into.problem(Damaged(str(error)))
        return
    for part in parts_of(message):
        into.add(
            b"" if part.role is Role.LOOK else part.name.encode("utf-8", "surrogatepass"),
            part.content,
            origin=Origin.MIME,
            claimed=part.claimed_type,
            guess=EML if part.role is Role.MAIL else None,
        )
