"""clamd: its answers as a decision table; a clamd that misbehaves; and a real one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from gateway.engines.antivirus import (
    Clamd,
    Clean,
    Infected,
    ScanResult,
    TooLarge,
    Unavailable,
    read_answer,
)
from gateway.model import BytesContent
from tools import clamd
from tools.corpus.archives import zip_of
from tools.corpus.scripts import eicar

BUDGET_MS = 20_000
INSTALLED = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"fd[10]: OK\0", Clean),
        (b"stream: OK\0", Clean),
        (b"1: fd[10]: OK\0", Clean),
        (b"fd[10]: Eicar-Signature FOUND\0", Infected),
        (b"fd[10]: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", TooLarge),
        (b"INSTREAM size limit exceeded. ERROR\0", Unavailable),
        (b"fd[10]: INSTREAM size limit exceeded. ERROR\0", TooLarge),
        (b"fd[10]: Can't allocate memory ERROR\0", Unavailable),
        (b"", Unavailable),
        (b"\0", Unavailable),
        (b"OK\0", Unavailable),
        (b"fd[10]: OK\nfd[11]: X FOUND\0", Unavailable),
        (b"fd[10]: OK but not quite\0", Unavailable),
        (b"fd[10]: FOUND\0", Unavailable),
        (b"UNKNOWN COMMAND\0", Unavailable),
        (b"\xff\xfe\0", Unavailable),
    ],
)
def test_answers(answer: bytes, expected: type[ScanResult]) -> None:
    assert isinstance(read_answer(answer), expected)


@pytest.mark.parametrize("cut", range(len(b"fd[10]: OK")))
def test_a_cut_off_answer_is_never_clean(cut: int) -> None:
    assert isinstance(read_answer(b"fd[10]: OK"[:cut]), Unavailable)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def scan_against(serve: Serve, path: Path, budget_ms: int = BUDGET_MS) -> ScanResult:
    """What the client makes of a clamd that does as `serve` does."""

    async def main() -> ScanResult:
        server = await asyncio.start_unix_server(serve, path)
        async with server:
            return await Clamd(path).scan(BytesContent(b"content"), budget_ms)

    return asyncio.run(main())


def answering(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer)
        writer.close()

    return serve


def test_what_clamd_says_is_what_comes_back(tmp_path: Path) -> None:
    assert scan_against(answering(b"fd[1]: OK\0"), tmp_path / "s") == Clean()
    assert scan_against(answering(b"fd[1]: A.B FOUND\0"), tmp_path / "t") == Infected("A.B")


def test_a_clamd_that_hangs_up_or_babbles_is_unavailable(tmp_path: Path) -> None:
    assert isinstance(scan_against(answering(b""), tmp_path / "s"), Unavailable)
    assert isinstance(scan_against(answering(b"x" * 100_000), tmp_path / "t"), Unavailable)


def test_a_clamd_that_is_silent_is_unavailable_after_the_budget(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    found = scan_against(silent, tmp_path / "s", budget_ms=100)
    assert found == Unavailable("clamd did not answer within 100 ms")


def test_no_clamd_is_unavailable_and_has_no_version(tmp_path: Path) -> None:
    client = Clamd(tmp_path / "nobody")
    found = asyncio.run(client.scan(BytesContent(b"x"), BUDGET_MS))
    assert isinstance(found, Unavailable)
    assert str(tmp_path) in found.reason
    assert asyncio.run(client.version()) == ""


@pytest.fixture(scope="module")
def real_clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real clamd that knows EICAR only."""
    if not INSTALLED:
        pytest.skip("clamd is not installed (package clamav-daemon)")
    directory = tmp_path_factory.mktemp("clamd")
    yield clamd.up(directory)
    clamd.down(directory)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Clean),
        (b"hello\n", Clean),
        (bytes(3_000_000), Clean),
        (eicar(), Infected),
        (eicar() + b"\r\n", Infected),
        (zip_of({"a.zip": zip_of({"b.com": eicar()})}), Infected),
        (b"The test file is " + eicar(), Clean),
    ],
    ids=["empty", "text", "large", "eicar", "eicar line", "zip in zip", "quoted"],
)
def test_a_real_clamd(real_clamd: Path, content: bytes, expected: type[ScanResult]) -> None:
    found = asyncio.run(Clamd(real_clamd).scan(BytesContent(content), BUDGET_MS))
    assert isinstance(found, expected), found


def test_a_real_clamd_is_asked_many_things_at_once(real_clamd: Path) -> None:
    client = Clamd(real_clamd)

    async def main() -> list[ScanResult]:
        contents = [eicar() if number % 2 else b"honest" for number in range(40)]
        return await asyncio.gather(
            *(client.scan(BytesContent(content), BUDGET_MS) for content in contents)
        )

    found = asyncio.run(main())
    assert [isinstance(item, Infected) for item in found] == [False, True] * 20
    assert "ClamAV" in asyncio.run(client.version())


def test_what_exceeds_clamds_limits_is_said_to(real_clamd: Path) -> None:
    found = asyncio.run(Clamd(real_clamd).scan(BytesContent(bytes(65 * 1024 * 1024)), BUDGET_MS))
    assert found == TooLarge()


def test_up_and_down_can_be_said_twice(real_clamd: Path, tmp_path: Path) -> None:
    assert clamd.up(real_clamd.parent) == real_clamd
    assert not clamd.down(tmp_path), "none ran here"
    assert not clamd.running(tmp_path)
