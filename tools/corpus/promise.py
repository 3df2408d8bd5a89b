"""What a demo mail promises, as data: dispositions, SMTP codes, rows of the trace, body checks.

The demo and the end-to-end tests compare what happened with these values; nothing here compares.
It must never hold behaviour, so that a promise can be printed as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """The dispositions of the design, spelled as in `trace --json`."""

    DELIVER = "deliver"
    DELIVER_EXTRACTED = "deliver-extracted"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    TEMPFAIL = "tempfail"

    @property
    def delivers(self) -> bool:
        """True when a body reaches the mail server."""
        return self in (Action.DELIVER, Action.DELIVER_EXTRACTED)


@dataclass(frozen=True, slots=True)
class ByteForByte:
    """The delivered body is exactly what was sent."""


@dataclass(frozen=True, slots=True)
class MacrosRemoved:
    """The Office file `attachment` arrives without its VBA project, all else of it unchanged.

    `kept_text` is what the document still says; LibreOffice shows it when it opens the file.
    """

    attachment: str
    kept_text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PdfActionsRemoved:
    """The PDF `attachment` arrives without JavaScript and actions, its pages drawn as before."""

    attachment: str


@dataclass(frozen=True, slots=True)
class SignatureVerifies:
    """The DKIM signature still verifies with `public_key` (the base64 `p=` of its DNS record)."""

    public_key: str


BodyCheck = ByteForByte | MacrosRemoved | PdfActionsRemoved | SignatureVerifies


@dataclass(frozen=True, slots=True)
class RowPromise:
    """One row the trace must hold.

    `subject` is a subject's name, `outcome` and `kind` as in the trace's JSON; an empty `kind`
    promises nothing about it. Each of `words` occurs in the row's reason or findings, whatever
    its case. Several words of one kind are alternatives written `a|b`.
    """

    subject: str
    stage: str
    outcome: str
    kind: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipientPromise:
    """What one recipient gets: an action, and checks of the body where one is delivered."""

    recipient: str
    action: Action
    checks: tuple[BodyCheck, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.checks) != self.action.delivers:
            raise ValueError(f"{self.recipient}: a body is checked exactly when one is delivered")


@dataclass(frozen=True, slots=True)
class Promise:
    """All that must be seen of one mail.

    `reply_code` answers the end of DATA; `reply_words` occur in that answer, whatever their case.
    """

    reply_code: int
    verdict: str
    recipients: tuple[RecipientPromise, ...]
    rows: tuple[RowPromise, ...] = ()
    reply_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoMail:
    """One mail of the demo: its envelope, its bytes (CRLF, not dot-stuffed) and its promise."""

    name: str
    title: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)
    promise: Promise

    def __post_init__(self) -> None:
        promised = {one.recipient for one in self.promise.recipients}
        if promised != set(self.recipients):
            raise ValueError(f"{self.name}: every recipient has exactly one promise")
