"""`python -m tools.mail.sending FILE.eml --host ADDRESS --from A --to B`: sends one mail.

Exit code 0: accepted; 1: refused; 2: the connection broke. `--json` prints the SmtpResult.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from tools.mail.client import NO_ANSWER, SmtpResult, Target, send


def main(arguments: list[str] | None = None) -> int:
    """Reads the command line, sends, prints, returns the exit code."""
    options = _parser().parse_args(arguments)
    raw = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    target = Target(
        options.host,
        options.port,
        options.source,
        options.netns,
        options.helo,
        options.starttls,
        options.seconds,
    )
    result = send(
        raw,
        options.sender,
        options.to,
        target,
        mail_options=options.mail_option,
        rcpt_options=options.rcpt_option,
    )
    print(msgspec.json.encode(result).decode() if options.json else _told(result))
    if result.code == NO_ANSWER:
        return 2
    return 0 if result.accepted else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools.mail.sending", description="Sends one mail.")
    parser.add_argument("file", help="the mail, CRLF line ends; - for standard input")
    parser.add_argument("--host", required=True, help="address of the server, no name")
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--from", dest="sender", required=True)
    parser.add_argument("--to", action="append", required=True, help="may be given several times")
    parser.add_argument("--source", help="own address")
    parser.add_argument("--netns", default="", help="network namespace to send from")
    parser.add_argument("--helo", default="client.example")
    parser.add_argument("--starttls", action="store_true")
    parser.add_argument("--seconds", type=float, default=120.0, help="patience for each answer")
    parser.add_argument("--mail-option", action="append", default=[], help="such as BODY=8BITMIME")
    parser.add_argument("--rcpt-option", action="append", default=[], help="such as NOTIFY=NEVER")
    parser.add_argument("--json", action="store_true")
    return parser


def _told(result: SmtpResult) -> str:
    lines = [f"{reply.recipient}: {reply.code} {reply.text}" for reply in result.refused]
    lines.append(f"{result.step}: {result.code} {result.text} ({result.milliseconds:.0f} ms)")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
