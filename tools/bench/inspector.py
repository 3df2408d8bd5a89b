"""CPU per mail of the sandbox: `python -m tools.bench.inspector [--mails N]`.

Counts the CPU of the calling process (the worker's share) and of host, zygote and all guests,
living and reaped, apart from each other. Mails are made here; files of the corpus are used where it
is present.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import random
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from gateway.model import BytesContent
from gateway.sandbox import GuestFailed, GuestTimedOut, Inspector, ParsedMail, start_host

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
_HEAD = b"From: a@example.org\r\nTo: b@example.net\r\nSubject: bench\r\nMIME-Version: 1.0\r\n"


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU milliseconds per mail, and the wall clock's."""

    worker: float
    sandbox: float
    wall: float


def text_mail(size: int = 10_000) -> bytes:
    """A plain text mail of about `size` bytes."""
    source = random.Random(1)
    words = ["lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit"]
    lines = (" ".join(source.choices(words, k=9)).encode() for _ in range(size // 58))
    return _HEAD + b"Content-Type: text/plain\r\n\r\n" + b"\r\n".join(lines) + b"\r\n"


def mail_with(name: str, claimed: str, data: bytes) -> bytes:
    """A mail with a short text and one attachment in base64."""
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return b"".join(
        (
            _HEAD,
            b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\n',
            b"Content-Type: text/plain\r\n\r\nSee the attachment.\r\n--=_b\r\n",
            f'Content-Type: {claimed}; name="{name}"\r\n'.encode(),
            b"Content-Transfer-Encoding: base64\r\n",
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode(),
            encoded,
            b"--=_b--\r\n",
        )
    )


def salted(data: bytes, salt: bytes) -> bytes:
    """The same file with other bytes: each mail shall have a file of its own."""
    if data.startswith(b"PK") and data.endswith(b"\0\0"):  # the length of the zip's comment
        return data[:-2] + len(salt).to_bytes(2, "little") + salt
    return data + b"\n" + salt


async def parse_only(inspector: Inspector, mail: bytes) -> None:
    """The mail taken apart and typed."""
    _checked(await inspector.parse(BytesContent(mail)))


async def as_the_plan_does(inspector: Inspector, mail: bytes) -> None:
    """Parse, then what the plan's stages ask of every part."""
    parsed = _checked(await inspector.parse(BytesContent(mail)))
    for part in parsed.parts:
        kind = part.guess.type
        if part.guess.type in ("zip", "gzip", "tar"):
            unpacked = await inspector.unpack(part.content, kind, part.name)
            if isinstance(unpacked, GuestFailed | GuestTimedOut):
                raise SystemExit(f"unpack: {unpacked}")
            for child in unpacked.children:
                if child.content is not None:
                    await inspector.examine(child.content, child.guess.type, child.name)
        report = await inspector.examine(part.content, kind, part.name)
        if isinstance(report, GuestFailed | GuestTimedOut):
            raise SystemExit(f"examine: {report}")
        if kind in ("pdf", "docx") and report.extractable:
            await inspector.extract(part.content, kind)


def _checked(parsed: ParsedMail | GuestFailed | GuestTimedOut) -> ParsedMail:
    if not isinstance(parsed, ParsedMail):
        raise SystemExit(f"parse: {parsed}")
    return parsed


def cpu_of_tree(pid: int) -> float:
    """CPU seconds of a process, its descendants, and those of them that were reaped."""
    process = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:4]) for one in (process, *process.children(recursive=True)))


def own_cpu() -> float:
    """CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure(
    work: Callable[[bytes], Awaitable[None]], mails: list[bytes], host: int, settle: float = 2.5
) -> Figures:
    """Have `work` done on each mail; waits until guests that wait for a next stage have ended."""
    for mail in mails[:20]:
        await work(mail)
    await asyncio.sleep(settle)
    own, sandbox, start = own_cpu(), cpu_of_tree(host), time.monotonic()
    for mail in mails[20:]:
        await work(mail)
    wall, own = time.monotonic() - start, own_cpu() - own
    await asyncio.sleep(settle)
    sandbox = cpu_of_tree(host) - sandbox
    scale = 1000 / len(mails[20:])
    return Figures(own * scale, sandbox * scale, wall * scale)


def cases(count: int) -> dict[str, list[bytes]]:
    """Mails by what they are, each with a file of its own."""
    found = {"text 10 KB": [text_mail()] * count}
    for title, pattern, size, name, claimed in (
        ("pdf 100 KB", "pdfjs/annotation-link*.pdf", 100_000, "a.pdf", "application/pdf"),
        ("docx", "tika/test*.docx", 30_000, "a.docx", "application/msword"),
        ("zip", "tika/test*.zip", 20_000, "a.zip", "application/zip"),
    ):
        nearest = sorted(CORPUS.glob(pattern), key=lambda p, s=size: abs(p.stat().st_size - s))  # type: ignore[misc]
        if nearest:
            data = nearest[0].read_bytes()
            found[title] = [
                mail_with(name, claimed, salted(data, b"%d" % number)) for number in range(count)
            ]
    return found


async def run(count: int) -> None:
    """Measure and print."""
    host = start_host()
    inspector = Inspector(host.socket)
    await inspector.warm_up(opinion=False)
    print(f"{'mail':14}{'what':8}{'worker':>9}{'sandbox':>9}{'sum':>9}{'wall':>9}   (ms a mail)")
    for name, mails in cases(count + 20).items():
        for what, work in (("parse", parse_only), ("plan", as_the_plan_does)):
            figures = await measure(partial(work, inspector), mails, host.process.pid)
            total = figures.worker + figures.sandbox
            print(
                f"{name:14}{what:8}{figures.worker:9.3f}{figures.sandbox:9.3f}"
                f"{total:9.3f}{figures.wall:9.3f}"
            )
    inspector.close()
    host.end()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=500, help="mails of each kind")
    asyncio.run(run(parser.parse_args().mails))


if __name__ == "__main__":
    main()
