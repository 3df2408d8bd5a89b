"""`python -m tools.repack [FOLDER]`: each archive with one member replaced, read by 7-Zip.

Prints a line for each archive: how the gateway answered, and every difference beyond the one that
was asked for. The exit code is 1 when there is any.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import click

from gateway.extraction.archives.changes import WRITABLE
from gateway.sandbox import (
    GuestFailed,
    GuestTimedOut,
    Inspector,
    NewContent,
    Repacked,
    content_from_bytes,
    start_host,
)
from tools.repack.judge import NoJudgeError, Seen, look

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
NOTE = b"The file was removed.\n"
BUDGET_MS = 5_000


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path), default=CORPUS)
def main(folder: Path) -> None:
    """Go through the folder."""
    host = start_host()
    try:
        wrong = asyncio.run(_all(sorted(p for p in folder.rglob("*") if p.is_file()), host.socket))
    finally:
        host.end()
    raise SystemExit(1 if wrong else 0)


async def _all(paths: list[Path], socket: object) -> int:
    inspector = Inspector(socket)  # type: ignore[arg-type]
    counts: Counter[str] = Counter()
    wrong = 0
    for path in paths:
        content = content_from_bytes(path.read_bytes())
        guess = await inspector.identify(content, path.name)
        if isinstance(guess, GuestFailed | GuestTimedOut) or guess.type not in WRITABLE:
            continue
        start = time.monotonic()
        answer, complaints = await _one(inspector, path, guess.type)
        counts[f"{guess.type}: {answer.partition(':')[0]}"] += 1
        wrong += bool(complaints)
        milliseconds = (time.monotonic() - start) * 1000
        click.echo(f"{path.parent.name}/{path.name}: {guess.type}: {answer}, {milliseconds:.0f} ms")
        for complaint in complaints:
            click.echo(f"    {complaint}")
    for name, count in sorted(counts.items()):
        click.echo(f"{count:4} {name}")
    inspector.close()
    return wrong


async def _one(inspector: Inspector, path: Path, type_name: str) -> tuple[str, list[str]]:
    """The gateway's answer in a word, and what is wrong with it."""
    data = path.read_bytes()
    content = content_from_bytes(data)
    unpacked = await inspector.unpack(content, type_name, path.name, budget_ms=BUDGET_MS)
    if isinstance(unpacked, GuestFailed | GuestTimedOut):
        return f"not opened: {unpacked}", []
    if unpacked.problems:
        return f"not whole: {unpacked.problems[0].sentence}", []
    chosen = next((c for c in unpacked.children if c.content is not None and c.size > 0), None)
    if chosen is None or chosen.content is None:
        return "no member to replace", []
    change = NewContent(chosen.content, content_from_bytes(NOTE), chosen.raw_name, add=".txt")
    made = await inspector.repack(content, type_name, [change], budget_ms=BUDGET_MS)
    if not isinstance(made, Repacked):
        return f"not written: {made}", [f"not written: {made}"]
    again = await inspector.unpack(made.content, made.type, path.name, budget_ms=BUDGET_MS)
    if isinstance(again, GuestFailed | GuestTimedOut) or again.problems:
        return "written", [f"what was written cannot be read: {again}"]
    try:
        before = look(data, type_name)
    except NoJudgeError as error:
        return f"written as {made.type}, no judge for the original: {error}", []
    try:
        after = look(made.content.read(), made.type)
    except NoJudgeError as error:
        return "written", [f"the judge cannot read it: {error}"]
    return f"written as {made.type}", _differences(before, after)


def _differences(before: list[Seen], after: list[Seen]) -> list[str]:
    if len(before) != len(after):
        return [f"{len(before)} members became {len(after)}"]
    found = []
    changed = 0
    paths = Counter(one.path for one in before)
    for old, new in zip(before, after, strict=True):
        if old.sha256 != new.sha256 or old.path != new.path:
            changed += 1
            # Of two members with one name the second one's note gets a number.
            numbered = f"{old.path}-2.txt" if paths[old.path] > 1 else old.path
            if new.path not in (old.path, f"{old.path}.txt", numbered, ""):
                found.append(f"{old.path} is called {new.path}")
        if (old.modified, old.folder, old.link) != (new.modified, new.folder, new.link):
            found.append(f"{old} became {new}")
    if changed == 0:
        found.append("no member changed")
    return found[:5]


if __name__ == "__main__":
    main()
