"""`python -m tools.demo`: build the lab, send the mails, compare, print a table, clean up.

Antivirus is a clamd of the demo's own that knows EICAR, and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from gateway.pipeline import Report
from gateway.store import SqliteJournal, open_database
from tools.clamd import server as clamd
from tools.corpus import OUTSIDE, DemoMail, demo_mails
from tools.demo.gateway import GatewayDidNotStartError, start_gateway
from tools.lab import Lab, down, up
from tools.mail.client import SmtpResult, Target, send

POLICY = f"""[[recipients]]
match = ["{OUTSIDE}"]
extract = false
"""
"""Built-in defaults, but for one recipient whom the demo leaves outside extraction."""

LAB = "demo"
WAIT_SECONDS = 5.0
COLUMNS = 46


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def main(as_json: bool) -> None:
    """Send the demo's mails through the gateway and compare what happens with what is promised."""
    if os.geteuid() != 0:
        raise click.ClickException("the demo makes network namespaces: run it as root")
    directory = Path(tempfile.mkdtemp(prefix="sluice-demo-"))
    try:
        rows = _run(directory)
    except GatewayDidNotStartError as error:
        raise click.ClickException(f"the gateway did not start: {error}") from error
    finally:
        down(LAB)
        shutil.rmtree(directory, ignore_errors=True)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        _print(rows)
    sys.exit(1 if any(row["differs"] for row in rows) else 0)


def _run(directory: Path) -> list[dict[str, object]]:
    lab = up(LAB)
    scanner = clamd.up(directory / "clamd")
    gateway = start_gateway(lab, directory, POLICY, f'[antivirus]\nsocket = "{scanner}"\n')
    sink = _start_sink(lab)
    try:
        journal = SqliteJournal(open_database(directory / "state" / "journal.db", read_only=True))
        target = Target(lab.layout.server.ip, netns=lab.layout.sender.namespace)
        return [_one(mail, target, journal) for mail in demo_mails()]
    finally:
        sink.terminate()
        sink.wait()
        gateway.stop()
        clamd.down(directory / "clamd")


def _start_sink(lab: Lab) -> subprocess.Popen[bytes]:
    """The mail server: Postfix's smtp-sink, which takes and forgets."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    address = f"{lab.layout.server.ip}:25"
    command = [program, "-u", "nobody", address, "100"]
    process = subprocess.Popen(
        ["ip", "netns", "exec", lab.layout.server.namespace, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1.0)
    return process


def _one(mail: DemoMail, target: Target, journal: SqliteJournal) -> dict[str, object]:
    before = journal.last()
    result = send(mail.raw, mail.sender, mail.recipients, target)
    report = _new_report(journal, before)
    return {
        "mail": mail.title,
        "code": result.code,
        "happened": _actions(report),
        "why": _why(report, result),
        "ms": round(result.milliseconds, 1),
        "differs": _differences(mail, result, report),
    }


def _new_report(journal: SqliteJournal, before: Report | None) -> Report | None:
    """The trace is written just after the sender was answered: wait a moment for it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        report = journal.last()
        if report is not None and (before is None or report.message.id != before.message.id):
            return report
        time.sleep(0.02)
    return None


def _actions(report: Report | None) -> str:
    if report is None:
        return "no trace"
    return ", ".join(dict.fromkeys(d.action for d in report.dispositions))


def _why(report: Report | None, result: SmtpResult) -> str:
    if report is None or not report.dispositions:
        return result.text
    return report.dispositions[0].reason


def _differences(mail: DemoMail, result: SmtpResult, report: Report | None) -> list[str]:
    """What is not as promised: the answer's code, and each recipient's disposition."""
    if report is None:
        return ["there is no trace"]
    found = []
    if result.code != mail.promise.reply_code:
        found.append(f"answered {result.code}, promised {mail.promise.reply_code}")
    actions = {d.recipient: d.action for d in report.dispositions}
    found += [
        f"{one.recipient}: {actions.get(one.recipient)}, promised {one.action}"
        for one in mail.promise.recipients
        if actions.get(one.recipient) != one.action.value
    ]
    found += [
        f"{row.stage} on {row.subject} {row.outcome}: {row.reason}"
        for row in report.rows
        if row.outcome in ("failed", "timed_out")
    ]
    rows = {(row.subject, row.stage) for row in report.rows}
    if len(rows) != len(report.subjects) * len({stage for _, stage in rows}):
        found.append("the trace has a hole")
    return found


def _print(rows: list[dict[str, object]]) -> None:
    for row in rows:
        mark = "DIFFERS" if row["differs"] else "ok"
        click.echo(
            f"{mark:8}{row['code']}  {str(row['mail'])[:COLUMNS]:{COLUMNS}} {row['ms']:>8} ms"
        )
        click.echo(f"            {row['happened']}: {str(row['why'])[:64]}")
        for difference in row["differs"]:  # type: ignore[attr-defined]
            click.echo(f"            NOT AS PROMISED: {difference}")
    wrong = sum(1 for row in rows if row["differs"])
    click.echo(f"\n{len(rows)} mails, {wrong} not as promised")


if __name__ == "__main__":
    main()
