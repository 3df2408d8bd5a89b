"""`convert` through real guests: LibreOffice behind its walls, pdfium without files."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Awaitable, Callable, Iterator, Set
from pathlib import Path
from typing import TypeVar

import pikepdf
import pytest
from PIL import Image

from gateway.extraction import ExtractStatus
from gateway.model import Content
from gateway.model.convertible import CONVERTIBLE, PAGED
from gateway.sandbox import (
    Extracted,
    GuestFailed,
    GuestTimedOut,
    Inspector,
    content_from_bytes,
    office,
    start_host,
)
from gateway.sandbox.zygotes import OFFICE
from tests.unit.extraction import legacy, opendocuments
from tests.unit.extraction.flat.test_flat import saved, simple, text_of

BUDGET_MS = 120_000
"""A run takes 2 s here; nine others may be at work beside it."""
HAS_OFFICE = shutil.which("soffice") is not None and shutil.which("bwrap") is not None
NEEDS_OFFICE = pytest.mark.skipif(
    not HAS_OFFICE, reason="LibreOffice or bubblewrap is not installed"
)


Made = Extracted | GuestFailed | GuestTimedOut


def content_of(made: Made) -> bytes:
    assert isinstance(made, Extracted), made
    assert made.content is not None, made
    return made.content.read()


SCRIPTS = ("Plain English words", "مرحبا بالعالم", "שלום עולם", "你好世界", "สวัสดีชาวโลก", "नमस्ते")


def documents() -> dict[str, tuple[bytes, str]]:
    """What is converted, by name: bytes and type."""
    body = "".join(f"<text:p>{line}</text:p>" for line in SCRIPTS) + opendocuments.BODY
    scripts = opendocuments.package({"content.xml": opendocuments.content(body)})
    locked = legacy.excel(legacy.book(legacy.record(0x2F, bytes(6))))
    return {
        "picture": (saved("PNG"), "png"),
        "pdf": (simple("Dear reader"), "pdf"),
        "no pdf": (b"%PDF-1.7 junk", "pdf"),
        "no picture": (b"\x89PNG\r\n", "png"),
        "locked": (locked, "ole-xls"),
        **({"scripts": (scripts, "odf")} if HAS_OFFICE else {}),
    }


T = TypeVar("T")


def answers(
    ask: Callable[[Inspector, Content, str], Awaitable[T]], kinds: Set[str]
) -> dict[str, T]:
    """What `ask` says of each document of `kinds`, all asked of one host: starting it takes longer
    than what it does."""
    host = start_host()

    async def all_of_them() -> dict[str, T]:
        inspector = Inspector(host.socket)
        try:
            return {
                name: await ask(inspector, content_from_bytes(data), kind)
                for name, (data, kind) in documents().items()
                if kind in kinds
            }
        finally:
            inspector.close()

    try:
        return asyncio.run(all_of_them())
    finally:
        host.end()


@pytest.fixture(scope="module")
def made() -> dict[str, Made]:
    """All of them converted."""
    return answers(
        lambda inspector, content, kind: inspector.convert(content, kind, budget_ms=BUDGET_MS),
        CONVERTIBLE,
    )


@NEEDS_OFFICE
def test_a_document_in_many_scripts_can_still_be_searched(made: dict[str, Made]) -> None:
    pdf = content_of(made["scripts"])
    text = text_of(pdf)
    for line in SCRIPTS:
        assert set(line.split()) <= set(text.split()), line
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert set(document.Root.keys()) == {"/Type", "/Pages"}


@NEEDS_OFFICE
def test_what_was_taken_out_before_drawing_is_named(made: dict[str, Made]) -> None:
    one = made["scripts"]
    assert isinstance(one, Extracted)
    assert (one.status, one.type) == (ExtractStatus.CLEANED, "pdf")
    assert one.removed[0].what == "everything but pixels and text"
    assert "DDE field" in {removal.what for removal in one.removed}


def test_a_picture_and_a_pdf_need_no_office(made: dict[str, Made]) -> None:
    assert content_of(made["picture"]).startswith(b"%PDF-")
    assert text_of(content_of(made["pdf"])) == "Dear reader"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("no pdf", ExtractStatus.FAILED),
        ("no picture", ExtractStatus.FAILED),
        ("locked", ExtractStatus.ENCRYPTED),
    ],
)
def test_what_cannot_be_drawn_has_no_content(
    made: dict[str, Made], name: str, status: ExtractStatus
) -> None:
    one = made[name]
    assert isinstance(one, Extracted)
    assert (one.status, one.content) == (status, None)


Page = bytes | GuestFailed | GuestTimedOut


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    """The first pages of all that is a document."""
    return answers(
        lambda inspector, content, kind: inspector.first_page(content, kind, BUDGET_MS), PAGED
    )


def test_first_pages_are_pictures_or_say_why_not(pages: dict[str, Page]) -> None:
    pdf = pages["pdf"]
    assert isinstance(pdf, bytes)
    with Image.open(io.BytesIO(pdf)) as picture:
        assert picture.height > picture.width > 500
    assert pages["no pdf"] == GuestFailed("pdfium cannot open the document")
    assert pages["locked"] == GuestFailed("the document is protected by a password")


@NEEDS_OFFICE
def test_the_first_page_of_an_office_document_is_drawn_by_libreoffice(
    pages: dict[str, Page],
) -> None:
    drawn = pages["scripts"]
    assert isinstance(drawn, bytes)
    with Image.open(io.BytesIO(drawn)) as picture:
        assert len(picture.convert("L").getcolors() or []) > 10  # letters with smooth edges


@NEEDS_OFFICE
def test_what_takes_too_long_is_ended_with_all_it_started() -> None:
    started = start_host((OFFICE, "gateway.sandbox.operations"))

    async def ask() -> tuple[Made, list[int]]:
        inspector = Inspector(started.socket)
        try:
            data = content_from_bytes(opendocuments.quiet())
            made = await inspector.convert(data, "odf", budget_ms=400)
            return made, await _programs_of(started.process.pid)
        finally:
            inspector.close()

    try:
        late, left = asyncio.run(ask())
    finally:
        started.end()
    assert isinstance(late, GuestTimedOut)
    assert left == []


async def _programs_of(host: int) -> list[int]:
    """LibreOffice's processes below `host`, once they have had time to end."""
    found: list[int] = []
    for _ in range(200):
        found = [pid for pid in _below(host) if b"soffice" in _command(pid)]
        if not found:
            break
        await asyncio.sleep(0.05)
    return found


def _below(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from _below(child)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_the_walls_shut_out_network_files_and_rights() -> None:
    office.preload()
    command = office._command("a.doc", 3, 4)
    words = " ".join(command)
    for wall in ("--unshare-all", "--die-with-parent", "--cap-drop ALL", "--seccomp 4", "--tmpfs"):
        assert wall in words
    assert "--bind " not in words
    shown = [command[at + 1] for at, word in enumerate(command) if word == "--ro-bind-try"]
    assert all(not path.startswith(("/home", "/root", "/var/lib/sluice")) for path in shown)


def test_the_office_zygote_keeps_the_numbers_of_processes_that_proc_shows() -> None:
    """bubblewrap looks its child up in /proc: in a process namespace without a /proc of its own the
    number is another's, and most runs hang."""
    host = start_host((OFFICE,))

    async def ask() -> tuple[str, ...]:
        inspector = Inspector(host.socket, parsers=OFFICE)
        try:
            return await inspector.warm_up(opinion=False)
        finally:
            inspector.close()

    try:
        achieved = asyncio.run(ask())
    finally:
        host.end()
    assert "network" in achieved
    assert "no privilege" in achieved
    assert "processes" not in achieved
