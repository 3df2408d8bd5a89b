"""The command `demo` of the machine `sender`: sends the demo's mails, and compares the answers.

It runs on a plain Debian, so it imports nothing but the standard library and tools.mail.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from tools.mail.client import NO_ANSWER, SmtpResult, Target, send

TITLE, ANSWER = 34, 44
"""Columns: both and a space fit into 80."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the index that tools/image/mails.py writes."""

    file: str
    title: str
    sender: str
    recipients: tuple[str, ...]
    code: int
    words: tuple[str, ...]
    actions: tuple[str, ...]


def main(arguments: list[str] | None = None) -> int:
    """Send all; 0 when every answer is the promised one, 1 when not."""
    parser = argparse.ArgumentParser(prog="demo", description="Sends the demo's mails.")
    parser.add_argument("--mails", type=Path, default=Path("/opt/sluice/mails"))
    parser.add_argument("--host", default="192.0.2.20", help="the mail server")
    parser.add_argument("--port", type=int, default=25)
    options = parser.parse_args(arguments)
    wrong = 0
    print(f"{'mail':<{TITLE}} what the sender was answered")
    mails = read_index(options.mails)
    for mail in mails:
        raw = (options.mails / mail.file).read_bytes()
        result = send(raw, mail.sender, mail.recipients, Target(options.host, options.port))
        wrong += not as_promised(mail, result)
        print("\n".join(lines(mail, result)), flush=True)
    print(f"{len(mails)} mails, {wrong} not as promised.")
    return 1 if wrong else 0


def read_index(directory: Path) -> list[Mail]:
    """The mails of `directory`, in the order in which they are sent."""
    entries = json.loads((directory / "index.json").read_text())
    return [
        Mail(
            entry["file"],
            entry["title"],
            entry["sender"],
            tuple(entry["recipients"]),
            entry["code"],
            tuple(entry["words"]),
            tuple(entry["actions"]),
        )
        for entry in entries
    ]


def as_promised(mail: Mail, result: SmtpResult) -> bool:
    """Whether the answer to the mail is the promised one."""
    told = result.text.lower()
    return result.code == mail.code and all(word.lower() in told for word in mail.words)


def lines(mail: Mail, result: SmtpResult) -> list[str]:
    """One mail's lines of the table."""
    code = "no answer:" if result.code == NO_ANSWER else str(result.code)
    answer = f"{code} {' '.join(result.text.split())} ({result.milliseconds:.0f} ms)"
    if as_promised(mail, result):
        answer += f"; {', '.join(mail.actions)}"
    else:
        answer += f"; NOT AS PROMISED: {mail.code} {' '.join(mail.words)}"
    left = textwrap.wrap(mail.title, TITLE)
    right = textwrap.wrap(answer, ANSWER)
    rows = max(len(left), len(right))
    left += [""] * (rows - len(left))
    right += [""] * (rows - len(right))
    return [f"{one:<{TITLE}} {two}".rstrip() for one, two in zip(left, right, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
