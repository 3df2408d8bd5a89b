"""The method `convert`, as the inspector's client does it: clean, draw, flatten. And the first page
of a document as a picture, for people.

An office document is cleaned before LibreOffice sees it, so that nothing in it acts even there;
what cannot be cleaned is drawn as it came, since pixels cannot act. Each step has its own guest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol, TypeVar

import msgspec

from gateway.extraction.contract import ExtractStatus
from gateway.extraction.switches import DEFAULT_SWITCHES, ExtractSwitches
from gateway.model import Content
from gateway.model.convertible import DRAWN_BY_OFFICE
from gateway.sandbox import untrusted
from gateway.sandbox.contents import FileContent, SharedFile, content_in_file
from gateway.sandbox.messages import DrawRequest, FirstPageRequest, FlattenRequest
from gateway.sandbox.results import Extracted, GuestFailed, GuestTimedOut
from gateway.sandbox.zygotes import OFFICE, PIXELS

_LOCKED: Final = "the document is protected by a password"

T = TypeVar("T")


class Guests(Protocol):
    """What a conversion asks of the inspector."""

    async def extract(
        self, content: Content, type_name: str, switches: ExtractSwitches, budget_ms: int
    ) -> Extracted | GuestFailed | GuestTimedOut:
        """As `Inspector.extract`."""
        ...

    async def once(
        self,
        zygote: str,
        operation: str,
        request: msgspec.Struct,
        source: FileContent,
        validate: Callable[[bytes, SharedFile], T],
        budget_ms: int,
    ) -> T | GuestFailed | GuestTimedOut:
        """An operation in a fresh guest of `zygote`; `validate` reads its answer and its output."""
        ...


async def convert(
    guests: Guests, content: Content, type_name: str, switches: ExtractSwitches, budget_ms: int
) -> Extracted | GuestFailed | GuestTimedOut:
    """`content` as a flat PDF; what cleaning took out before is named with it."""
    ends = time.monotonic() + budget_ms / 1000
    cleaned = await guests.extract(content, type_name, switches, budget_ms)
    if isinstance(cleaned, Extracted) and cleaned.status is ExtractStatus.ENCRYPTED:
        return cleaned
    removed = cleaned.removed if isinstance(cleaned, Extracted) else ()
    source = content_in_file(content)
    if type_name in DRAWN_BY_OFFICE:
        drawn = await _drawn(guests, _cleaner(source, cleaned), type_name, _left(ends))
        if not isinstance(drawn, FileContent):
            return _told(drawn, budget_ms)
        source, type_name = drawn, "pdf"
    flat = await _flat(guests, source, type_name, _left(ends))
    if not isinstance(flat, Extracted):
        return _told(flat, budget_ms)
    return replace(flat, removed=(*flat.removed, *removed)) if flat.content is not None else flat


async def first_page(
    guests: Guests, content: Content, type_name: str, budget_ms: int
) -> bytes | GuestFailed | GuestTimedOut:
    """The first page of a document of a type in `PAGED` as PNG."""
    ends = time.monotonic() + budget_ms / 1000
    source = content_in_file(content)
    if type_name in DRAWN_BY_OFFICE:
        cleaned = await guests.extract(content, type_name, DEFAULT_SWITCHES, budget_ms)
        if isinstance(cleaned, Extracted) and cleaned.status is ExtractStatus.ENCRYPTED:
            return GuestFailed(_LOCKED)
        drawn = await _drawn(guests, _cleaner(source, cleaned), type_name, _left(ends))
        if not isinstance(drawn, FileContent):
            return _told(drawn, budget_ms)
        source = drawn
    page = await guests.once(
        PIXELS, "first_page", FirstPageRequest(), source, untrusted.first_page, _left(ends)
    )
    return page if isinstance(page, bytes) else _told(page, budget_ms)


def _cleaner(source: FileContent, cleaned: Extracted | GuestFailed | GuestTimedOut) -> FileContent:
    """What cleaning made of `source`, where it made something."""
    if isinstance(cleaned, Extracted) and cleaned.content is not None:
        return content_in_file(cleaned.content)
    return source


def _left(ends: float) -> int:
    return max(1, round((ends - time.monotonic()) * 1000))


def _told(failed: GuestFailed | GuestTimedOut, budget_ms: int) -> GuestFailed | GuestTimedOut:
    """A step's time is what others left of the budget: people know only the whole."""
    return GuestTimedOut(budget_ms) if isinstance(failed, GuestTimedOut) else failed


async def _drawn(
    guests: Guests, source: FileContent, type_name: str, budget_ms: int
) -> FileContent | GuestFailed | GuestTimedOut:
    request = DrawRequest(type_name)
    return await guests.once(OFFICE, "draw", request, source, untrusted.drawn, budget_ms)


async def _flat(
    guests: Guests, source: FileContent, type_name: str, budget_ms: int
) -> Extracted | GuestFailed | GuestTimedOut:
    request = FlattenRequest(type_name)
    return await guests.once(PIXELS, "flatten", request, source, untrusted.extracted, budget_ms)
