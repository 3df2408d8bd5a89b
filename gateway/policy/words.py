"""The closed sets of words that settings choose from."""

from __future__ import annotations

from enum import StrEnum


class OnFailure(StrEnum):
    """What happens to new connections while the gateway cannot inspect."""

    HOLD = "hold"
    BYPASS = "bypass"


class NicMode(StrEnum):
    """How the NIC pair is joined."""

    BRIDGE = "bridge"
    ROUTED = "routed"


class VlanMode(StrEnum):
    """What happens to frames with a VLAN tag."""

    PASS = "pass"
    DROP = "drop"


class TlsMode(StrEnum):
    """What the gateway does with STARTTLS."""

    TERMINATE = "terminate"
    PASS = "pass"


class LogLevel(StrEnum):
    """The least important log lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ScopeAction(StrEnum):
    """What the plan does with parts of a type."""

    INSPECT = "inspect"
    BYPASS = "bypass"
    BLOCK = "block"


class FailMeans(StrEnum):
    """What it means for a mail when a check of its sender fails."""

    NOTE = "note"
    SUSPICIOUS = "suspicious"
    BLOCK = "block"


class Await(StrEnum):
    """Whether a mail waits until a file of it has been emulated."""

    HOLD = "hold"
    BACKGROUND = "background"


class Answer(StrEnum):
    """What is done with a mail when a question about it stays open, or suspicion remains."""

    DELIVER = "deliver"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    TEMPFAIL = "tempfail"


class FinalAnswer(StrEnum):
    """What is done with a mail that the gateway has made up its mind about."""

    DELIVER = "deliver"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class StopAnswer(StrEnum):
    """What is done with a mail that must not reach the recipient as it is."""

    QUARANTINE = "quarantine"
    REJECT = "reject"
    TEMPFAIL = "tempfail"


class BlockAnswer(StrEnum):
    """What is done with a mail that policy itself forbids."""

    QUARANTINE = "quarantine"
    REJECT = "reject"


class Repair(StrEnum):
    """What is done with input that breaks the rules of SMTP; it is never passed on as it is."""

    REFUSE = "refuse"
    REENCODE = "reencode"


class HeaderWhen(StrEnum):
    """On which delivered mails the gateway leaves its X-Sluice header fields."""

    ALWAYS = "always"
    NOTABLE = "notable"
    NEVER = "never"


class ReleaseWhen(StrEnum):
    """When an original is delivered that somebody asks for."""

    AT_ONCE = "at_once"
    CLEAN = "clean"


class ExtractMethod(StrEnum):
    """What extraction makes of a file."""

    CLEAN = "clean"
    CONVERT = "convert"
    OFF = "off"


class Suspicion(StrEnum):
    """From which belief on extraction begins."""

    ALWAYS = "always"
    UNSCANNED = "unscanned"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"


class UnscannedKind(StrEnum):
    """Why a question about a part stayed open; one key of [unscanned] each."""

    ENCRYPTED = "encrypted"
    OVER_LIMIT = "over_limit"
    UNAVAILABLE = "unavailable"
    OVERLOADED = "overloaded"
    BACKGROUND = "background"
    UNSUPPORTED = "unsupported"
    DISABLED = "disabled"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
