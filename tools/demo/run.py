"""Runs the demo: lab, scanner, mail server, gateway, then each mail in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.pipeline import Report
from gateway.pipeline.report import RowReport, SubjectReport
from gateway.store import SqliteJournal, open_database
from tools.clamd import server as clamd
from tools.corpus import OUTSIDE, SERVER_DOMAIN, DemoMail, demo_mails
from tools.demo.compare import Seen, differences
from tools.demo.gateway import start_gateway
from tools.lab import Lab, down, up
from tools.mail.client import SmtpResult, Target, send
from tools.mail.postfix import PostfixServer

POLICY = f"""[extract.replace]
types = ["pe", "elf", "lnk", "hta", "javascript", "vbscript", "powershell", "batch"]
[[recipients]]
match = ["{OUTSIDE}"]
extract = false
"""
"""Built-in defaults, but for one recipient whom the demo leaves outside extraction, and for scripts
of Unix, which it delivers when emulation found them harmless: else nobody would see that."""

PATIENT_POLICY = f"""{POLICY}
[emulate]
budget_seconds = 180
"""
"""The same for a processor that is itself emulated, where a guest takes a minute to start."""

WAIT_SECONDS = 10.0
"""For the trace, which is written just after the sender was answered, and for Postfix, which
delivers into the mailbox just after it answered the gateway."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FileLine:
    """What emulation and extraction did with one file of a mail, or why they did nothing."""

    name: str
    emulate: str
    extract: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the demo's table, and what the trace says of each file."""

    name: str
    mail: str
    happened: str
    why: str
    milliseconds: float
    code: int
    trace: str
    differs: tuple[str, ...]
    files: tuple[FileLine, ...]


class Reports(Protocol):
    """What the demo asks of a journal, wherever the gateway keeps it."""

    def last(self) -> Report | None: ...


@dataclass(frozen=True, slots=True)
class Stand:
    """A lab with everything running in it."""

    lab: Lab
    server: PostfixServer
    journal: Reports
    directory: Path

    @property
    def mails(self) -> Path:
        """Where the demo keeps a copy of what it sends."""
        return self.directory / "mails"


@contextmanager
def stand(name: str, directory: Path, say: Progress, *, policy: str = POLICY) -> Iterator[Stand]:
    """Everything up for as long as the context lasts; all of it is taken down again.

    Raises GatewayDidNotStartError, PostfixError, the clamd errors, DriverError.
    """
    directory.chmod(0o755)
    with ExitStack() as stack:
        say("building the lab: sender, gateway, mail server")
        stack.callback(down, name)  # first, as an interrupt may come at any moment
        lab = up(name)
        say("starting a clamd that knows EICAR")
        stack.callback(clamd.down, directory / "clamd")
        scanner = clamd.up(directory / "clamd")
        say("starting Postfix as the mail server")
        end = lab.layout.server
        server = PostfixServer(
            directory / "postfix", [end.ip, end.ip6], SERVER_DOMAIN, netns=end.namespace
        )
        stack.callback(server.stop)
        server.start()
        say("starting the gateway on the NIC pair")
        gateway = start_gateway(lab, directory, policy, f'[antivirus]\nsocket = "{scanner}"\n')
        stack.callback(gateway.stop)
        database = open_database(directory / "state" / "journal.db", read_only=True)
        stack.callback(database.close)
        yield Stand(lab, server, SqliteJournal(database), directory)


def send_all(stand: Stand, say: Progress, *, open_office: bool = True) -> Iterator[Line]:
    """Send the demo's mails, one after the other, and compare each with its promise."""
    stand.mails.mkdir(exist_ok=True)
    for mail in demo_mails():
        say(f"sending: {mail.title}")
        (stand.mails / f"{mail.name}.eml").write_bytes(mail.raw)
        yield line_of(see(stand, mail), open_office=open_office)


def see(stand: Stand, mail: DemoMail) -> Seen:
    """Send one mail and collect everything that became of it."""
    sender = stand.lab.layout.sender
    target = Target(stand.lab.layout.server.ip, netns=sender.namespace)
    before = stand.journal.last()
    stand.server.clear()
    result = send(mail.raw, mail.sender, mail.recipients, target)
    report = _new_report(stand.journal, before)
    if result.accepted and report is not None:
        expected = sum(receipt.code < 300 for receipt in report.receipts)
        stand.server.wait_for(expected, seconds=WAIT_SECONDS)
    stored = stand.server.stored()
    return Seen(
        mail=mail,
        result=result,
        report=report,
        bodies={
            recipient: tuple(stand.server.messages(recipient)) for recipient in mail.recipients
        },
        clients=tuple(one.client for one in stored),
        sent_from=sender.ip,
    )


def line_of(seen: Seen, *, open_office: bool) -> Line:
    """A mail's line of the table."""
    report = seen.report
    dispositions = report.dispositions if report is not None else []
    return Line(
        name=seen.mail.name,
        mail=seen.mail.title,
        happened=", ".join(dict.fromkeys(d.action for d in dispositions)) or "nothing",
        why=_why(seen.result, report),
        milliseconds=round(seen.result.milliseconds, 1),
        code=seen.result.code,
        trace=report.message.id if report is not None else "",
        differs=differences(seen, open_office=open_office),
        files=tuple(_files(report)) if report is not None else (),
    )


def _files(report: Report) -> Iterator[FileLine]:
    rows = {(row.subject, row.stage): row for row in report.rows}
    for subject in sorted(report.subjects, key=_place):
        if subject.parent:
            name = subject.name or "(the text)"
            emulate, extract = rows[subject.id, "emulate"], rows[subject.id, "extract"]
            yield FileLine(name, _did(emulate), _did(extract))


def _place(subject: SubjectReport) -> tuple[int, ...]:
    """Sorts files below what they were found in: `0.2`, `0.2.1`, `0.10`."""
    return tuple(map(int, subject.id.split(".")))


def _did(row: RowReport) -> str:
    words = "not needed" if row.kind == "not_applicable" else row.kind or row.outcome
    return f"{words}: {row.reason}" if row.reason else words


def _why(result: SmtpResult, report: Report | None) -> str:
    if report is None or not report.dispositions:
        return result.text
    words = report.dispositions[0].reason
    cached = [row for row in report.rows if row.stage == "emulate" and row.kind == "cached"]
    return f"{words}; {cached[0].reason}" if cached else words


def _new_report(journal: Reports, before: Report | None) -> Report | None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        report = journal.last()
        if report is not None and (before is None or report.message.id != before.message.id):
            return report
        time.sleep(0.02)
    return None
