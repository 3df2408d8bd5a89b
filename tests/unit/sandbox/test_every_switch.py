"""Every extractor in a real guest under every answer of every switch.

A guest may open no file and ask the kernel for next to nothing: a library that does so on a way
only a rare setting takes fails there, and nowhere else.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from gateway.extraction import EXTRACTORS, ExtractStatus
from gateway.extraction.switches import DEFAULT_SWITCHES, SWITCHES, ExtractSwitches
from gateway.model.imagemethod import ImageMethod
from gateway.sandbox import Extracted, Inspector, content_from_bytes, start_host
from gateway.sandbox.results import GuestFailed, GuestTimedOut
from tests.unit.extraction.flat.test_flat import saved

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
TYPES = frozenset(name for each in EXTRACTORS for name in each.TYPES)
OF_EACH = 2
"""Files of each type: enough for a way that only some take, and done in seconds."""
OF_EACH_SUFFIX = 5
TURNS = max(len(switch.choices) for switch in SWITCHES)
PICTURES = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")

Made = Extracted | GuestFailed | GuestTimedOut


def turned(turn: int) -> ExtractSwitches:
    """All switches at their answer number `turn`, pictures drawn anew."""
    answers: dict[str, object] = {}
    for switch in SWITCHES:
        word = switch.choices[turn % len(switch.choices)]
        kind = type(getattr(DEFAULT_SWITCHES, switch.name))
        answers[switch.name] = word == "true" if kind is bool else kind(word)
    answers["images"] = ImageMethod.REENCODE
    answers["click_page"] = "https://click.example/?to={url}"
    return msgspec.structs.replace(DEFAULT_SWITCHES, **answers)


def test_pictures_are_drawn_anew() -> None:
    host = start_host()
    try:
        drawn = asyncio.run(_drawn(host.socket))
    finally:
        host.end()
    for kind, made in zip(PICTURES, drawn, strict=True):
        assert isinstance(made, Extracted), (kind, made)
        assert made.status is ExtractStatus.CLEANED, kind


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not there")
def test_no_answer_of_a_switch_breaks_an_extractor() -> None:
    host = start_host()
    try:
        broken, seen = asyncio.run(_all_turns(host.socket))
    finally:
        host.end()
    assert not broken
    assert len(seen) > 20, seen


async def _drawn(host: socket.socket) -> list[Made]:
    inspector = Inspector(host)
    # Something behind the picture: what Pillow wrote is what it would write again.
    pictures = [(content_from_bytes(saved(kind) + b"tail"), kind.lower()) for kind in PICTURES]
    made = [await inspector.extract(data, name, turned(0)) for data, name in pictures]
    inspector.close()
    return made


async def _all_turns(host: socket.socket) -> tuple[list[str], Counter[str]]:
    inspector, seen, broken = Inspector(host), Counter[str](), []
    suffixes = Counter[str]()
    for path in sorted(CORPUS.rglob("*.*")):
        suffixes[path.suffix] += 1
        if suffixes[path.suffix] > OF_EACH_SUFFIX or path.stat().st_size > 1 << 20:
            continue
        content = content_from_bytes(path.read_bytes())
        guess = await inspector.identify(content, path.name)
        if isinstance(guess, GuestFailed | GuestTimedOut) or guess.type not in TYPES:
            continue
        if seen[guess.type] == OF_EACH:
            continue
        seen[guess.type] += 1
        for turn in range(TURNS):
            made = await inspector.extract(content, guess.type, turned(turn))
            if not isinstance(made, Extracted):
                broken.append(f"{path.name} ({guess.type}), turn {turn}: {made}")
    inspector.close()
    return broken, seen
