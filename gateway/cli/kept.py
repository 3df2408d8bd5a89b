"""Mails that are kept, originals and quarantine alike: listed, shown, released, deleted.

Works on the state directory itself, so that it needs no running gateway. Whatever is done is
written into the journal, with the account that did it.
"""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from gateway.cli.exits import CliError, Exit
from gateway.daemon.redeliver import Journey, NotTakenError, redeliver
from gateway.model import Envelope, Receipt
from gateway.policy import GatewayConfig, Policy, ReleaseWhen
from gateway.store import (
    Event,
    NotKeptError,
    Originals,
    Quarantine,
    SqliteJournal,
    StoreError,
    open_database,
)


class KeptMail(msgspec.Struct, frozen=True, omit_defaults=True):
    """A kept mail as it is shown. Times are in seconds since the epoch, `until` is 0 where a sweep
    decides; `why` is what was taken out of it, or why it is in quarantine."""

    id: str
    at: float
    sender: str
    recipients: list[str]
    why: list[str]
    size: int
    sha256: str
    subject: str = ""
    until: float = 0.0
    client: str = ""
    server: str = ""
    port: int = 25

    @property
    def trace(self) -> str:
        """The trace it belongs to; of several bodies of one mail each has a number behind it."""
        return self.id.partition("-")[0]


class Store(Protocol):
    """One of the two places where mails are kept."""

    noun: str

    def all(self) -> list[KeptMail]: ...

    def find(self, untrusted_id: str) -> KeptMail: ...

    def body(self, mail_id: str) -> bytes: ...

    def drop(self, mail_id: str) -> None: ...


class OriginalStore:
    """The originals."""

    noun = "original"

    def __init__(self, config: GatewayConfig) -> None:
        directory = _readable(config, "originals")
        self._store = Originals(directory) if directory is not None else None

    def all(self) -> list[KeptMail]:
        entries = self._store.entries() if self._store is not None else ()
        return [_plain(each, each.removed) for each in entries]

    def find(self, untrusted_id: str) -> KeptMail:
        found = self._there(untrusted_id).find(untrusted_id)
        return _plain(found, found.removed)

    def body(self, mail_id: str) -> bytes:
        return self._there(mail_id).body(mail_id).read()

    def drop(self, mail_id: str) -> None:
        self._there(mail_id).drop(mail_id)

    def _there(self, untrusted_id: str) -> Originals:
        if self._store is None:
            raise NotKeptError(f"there is no original '{untrusted_id}'")
        return self._store


class QuarantineStore:
    """The quarantine."""

    noun = "mail in quarantine"

    def __init__(self, config: GatewayConfig) -> None:
        directory = _readable(config, "quarantine")
        self._store = Quarantine(directory) if directory is not None else None

    def all(self) -> list[KeptMail]:
        entries = self._store.entries() if self._store is not None else ()
        return [_plain(each, [each.reason]) for each in entries]

    def find(self, untrusted_id: str) -> KeptMail:
        found = self._there(untrusted_id).find(untrusted_id)
        return _plain(found, [found.reason])

    def body(self, mail_id: str) -> bytes:
        return self._there(mail_id).body(mail_id)

    def drop(self, mail_id: str) -> None:
        self._there(mail_id).drop(mail_id)

    def _there(self, untrusted_id: str) -> Quarantine:
        if self._store is None:
            raise NotKeptError(f"the quarantine holds no mail '{untrusted_id}'")
        return self._store


def _readable(config: GatewayConfig, name: str) -> Path | None:
    """The store's directory; None before the gateway has made it. A command never makes one: it
    would belong to the wrong account. Raises StoreError."""
    directory = Path(config.paths.state) / name
    try:
        if not directory.exists():
            return None
    except OSError as error:
        raise StoreError(f"{directory} cannot be read: {error.strerror}") from None
    if not os.access(directory, os.R_OK | os.X_OK):
        raise StoreError(f"{directory} cannot be read by this account")
    return directory


def _plain(kept: object, why: Sequence[str]) -> KeptMail:
    """A store's own struct as it is shown; both have the same names for the same things."""
    fields = msgspec.to_builtins(kept)
    known = {name: fields[name] for name in KeptMail.__struct_fields__ if name in fields}
    return msgspec.convert({**known, "why": list(why)}, KeptMail)


@dataclass(frozen=True, slots=True)
class Released:
    """A released mail, and what the next hop answered."""

    mail: KeptMail
    receipt: Receipt


def release(
    store: Store,
    mail: KeptMail,
    recipients: Sequence[str],
    config: GatewayConfig,
) -> Released:
    """Hand `mail` as it came to the next hop, for `recipients` (all it is kept for when empty).

    Raises CliError: NEXT_HOP when it was not taken, USAGE for a recipient it is not kept for.
    """
    whom = list(recipients) or mail.recipients
    strangers = [each for each in whom if each not in mail.recipients]
    if strangers:
        raise CliError(Exit.USAGE, f"it is not kept for {', '.join(strangers)}")
    body = store.body(mail.id)
    journey = Journey(mail.client, mail.server, mail.port)
    try:
        receipt = redeliver(config, journey, mail.sender, whom, body)
    except NotTakenError as error:
        note(config, mail, "release failed", f"for {', '.join(whom)}: {error}")
        raise CliError(Exit.NEXT_HOP, f"the next hop did not take the mail: {error}") from None
    note(config, mail, "released", f"{store.noun}, for {', '.join(whom)}: {receipt.text}")
    return Released(mail, receipt)


def clean_or_refuse(
    store: Store, mail: KeptMail, config: GatewayConfig, policy: Policy, *, at_once: bool
) -> None:
    """Inspect the mail anew, emulation and all, where policy has releases wait for that.

    Raises CliError (NOT_CLEAN) when the verdict is another one.
    """
    if at_once or policy.originals.release is ReleaseWhen.AT_ONCE:
        return
    from gateway.cli.explaining import explain

    envelope = Envelope(mail.sender, tuple(mail.recipients), mail.client, mail.server)
    report = explain(store.body(mail.id), envelope, config, policy)
    if report.verdict != "clean":
        found = [finding.evidence for row in report.rows for finding in row.findings]
        questions = [question.reason for question in report.open_questions]
        reasons = questions + found if report.verdict == "unscanned" else found + questions
        why = f": {reasons[0]}" if reasons else ""
        note(config, mail, "release refused", f"a new inspection says {report.verdict}{why}")
        sentence = f"not released: a new inspection says {report.verdict}{why}"
        raise CliError(Exit.NOT_CLEAN, f"{sentence} (--at-once releases it all the same)")


def drop(store: Store, mail: KeptMail, config: GatewayConfig) -> None:
    """Delete `mail` for good. Raises StoreError."""
    store.drop(mail.id)
    note(config, mail, "deleted", f"{store.noun} for {', '.join(mail.recipients)}")


def note(config: GatewayConfig, mail: KeptMail, what: str, detail: str) -> None:
    """Write what was done into the journal. Raises StoreError."""
    path = Path(config.paths.state) / "journal.db"
    with closing(open_database(path)) as connection:
        event = Event(time.time(), mail.trace, what, _account(), detail)
        SqliteJournal(connection).note(event)


def _account() -> str:
    """Who runs the command; whoever called sudo, where that is how."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
