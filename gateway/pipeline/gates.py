"""Gates: why a stage does not run on a subject, as data that evaluates and prints itself.

A gate is a frozen value. `check` answers None (open) or a `Skipped` with a reason written for an
administrator; `describe` says the same rule in general, for the workflow drawing. Both read the
same policy, so the drawing cannot disagree with what runs. Gates never look at the clock, the
network or a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.model import Acts, Handover, SkipKind, Skipped, Subject


class PolicyView(Protocol):
    """What gates ask of a policy: a setting's value by dotted key, and where it was set."""

    @property
    def version(self) -> str: ...

    def value(self, key: str) -> object: ...

    def where(self, key: str) -> str:
        """`policy.toml line 31`, or `built-in default`."""
        ...


class Gate(Protocol):
    """One condition in front of a stage."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None: ...

    def describe(self, policy: PolicyView) -> str: ...


def flag(policy: PolicyView, key: str) -> bool:
    """The boolean setting `key`. Raises TypeError when the setting is no boolean."""
    value = policy.value(key)
    if not isinstance(value, bool):
        raise TypeError(f"setting {key} is not a boolean")
    return value


def names(policy: PolicyView, key: str) -> tuple[str, ...]:
    """The list-of-names setting `key`. Raises TypeError when the setting is no list."""
    value = policy.value(key)
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"setting {key} is not a list")
    return tuple(str(item) for item in value)


def number(policy: PolicyView, key: str) -> int:
    """The whole-number setting `key`. Raises TypeError when the setting is none."""
    value = policy.value(key)
    if not isinstance(value, int):
        raise TypeError(f"setting {key} is not a whole number")
    return value


def choices(policy: PolicyView, key: str) -> Mapping[str, str]:
    """The table setting `key`, names to words. Raises TypeError when the setting is no table."""
    value = policy.value(key)
    if not isinstance(value, Mapping):
        raise TypeError(f"setting {key} is not a table")
    return {str(name): str(choice) for name, choice in value.items()}


@dataclass(frozen=True, slots=True)
class Enabled:
    """Open while the boolean setting `key` is on."""

    key: str

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if flag(policy, self.key):
            return None
        return Skipped(SkipKind.DISABLED, f"{self.key} is off", policy.where(self.key))

    def describe(self, policy: PolicyView) -> str:
        state = "on" if flag(policy, self.key) else "off"
        return f"{self.key} is on (now {state}, {policy.where(self.key)}), else disabled"


@dataclass(frozen=True, slots=True)
class InScope:
    """Open for parts that the scope stage left to be inspected."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if subject.scope != "bypass":
            return None
        key = f"scope.types.{subject.type}"
        reason = f"policy bypasses type '{subject.type}'"
        return Skipped(SkipKind.DISABLED, reason, policy.where(key))

    def describe(self, policy: PolicyView) -> str:
        return "the type is not bypassed by scope.types, else disabled"


@dataclass(frozen=True, slots=True)
class Readable:
    """Open for content that is not encrypted."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if not subject.encrypted:
            return None
        reason = (
            f"the {subject.file_type.title} is encrypted: nobody without its key can look inside"
        )
        return Skipped(SkipKind.ENCRYPTED, reason)

    def describe(self, policy: PolicyView) -> str:
        return "the content is not encrypted, else encrypted"


@dataclass(frozen=True, slots=True)
class WithinLimits:
    """Open for parts that no limit of policy kept from being read in full."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if not subject.limit_note:
            return None
        return Skipped(SkipKind.OVER_LIMIT, subject.limit_note)

    def describe(self, policy: PolicyView) -> str:
        return "the part is within the limits of policy, else over_limit"


@dataclass(frozen=True, slots=True)
class NotCached:
    """Open unless the cache answered for these bytes."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if subject.cached is None:
            return None
        cached = subject.cached
        return Skipped(SkipKind.CACHED, f"from the cache: {cached.verdict}: {cached.reason}")

    def describe(self, policy: PolicyView) -> str:
        return "the cache has no verdict on the same bytes, else cached"


@dataclass(frozen=True, slots=True)
class Carries:
    """Open for types that carry other files (archives, nested mails, TNEF), and for `types`."""

    types: tuple[str, ...] = ()

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if subject.file_type.acts is Acts.CARRIES or subject.type in self.types:
            return None
        reason = f"{_a(subject.file_type.title)} carries no other files"
        return Skipped(SkipKind.NOT_APPLICABLE, reason)

    def describe(self, policy: PolicyView) -> str:
        more = f" or may hold some ({', '.join(self.types)})" if self.types else ""
        return f"the type carries other files (archive, mail, TNEF){more}, else not_applicable"


@dataclass(frozen=True, slots=True)
class CanAct:
    """Open for what can act when a person opens it: the static stage's finding, by type."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        title = subject.file_type.title
        match subject.file_type.acts:
            case Acts.NEVER:
                reason = f"{_a(title)} cannot act: there is nothing to run"
            case Acts.CARRIES:
                count = len(subject.children)
                reason = f"{_a(title)} only carries files: {_members(count)}"
            case Acts.BY_CONTENT if subject.active == ():
                reason = f"static found nothing in this {title} that acts by itself"
            case _:
                return None
        return Skipped(SkipKind.NOT_APPLICABLE, reason)

    def describe(self, policy: PolicyView) -> str:
        return (
            "the file can act: a program or script, or a document in which static found active "
            "content, else not_applicable"
        )


@dataclass(frozen=True, slots=True)
class Runnable:
    """Open for a file of a type that can act, whatever is in it; for what it hands on as CanAct."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if subject.file_type.acts is Acts.BY_CONTENT and not subject.chain:
            return None
        return CanAct().check(subject, policy)

    def describe(self, policy: PolicyView) -> str:
        return "the type can act, else not_applicable"


@dataclass(frozen=True, slots=True)
class TypeListed:
    """Open for types in the list setting `key`, or in `also` where that names another one; `kind`
    says what a type outside of both means."""

    key: str
    kind: SkipKind
    why: str
    also: str = ""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        listed = names(policy, self.key)
        if subject.type in listed or (self.also and subject.type in names(policy, self.also)):
            return None
        shown = ", ".join(listed) or "empty"
        reason = f"{self.why}: type '{subject.type}' is not in {self.key} ({shown})"
        return Skipped(self.kind, reason, policy.where(self.key))

    def describe(self, policy: PolicyView) -> str:
        keys = filter(None, (self.key, self.also))
        lists = " or ".join(self._describe(key, policy) for key in keys)
        return f"the type is in {lists}, else {self.kind}"

    @staticmethod
    def _describe(key: str, policy: PolicyView) -> str:
        shown = ", ".join(names(policy, key)) or "empty"
        return f"{key} ({shown}; {policy.where(key)})"


@dataclass(frozen=True, slots=True)
class CanBeExtracted:
    """Open for types that can hold something to take out: those that act, and those that never act
    and stand in the list setting `key` all the same (pictures, behind which files hide)."""

    key: str = "extract.types"

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        title = subject.file_type.title
        match subject.file_type.acts:
            case Acts.NEVER if subject.type not in names(policy, self.key):
                reason = f"{_a(title)} has nothing that could be taken out"
            case Acts.CARRIES:
                count = len(subject.children)
                reason = f"{_a(title)} only carries files: {_members(count)}"
            case _:
                return None
        return Skipped(SkipKind.NOT_APPLICABLE, reason)

    def describe(self, policy: PolicyView) -> str:
        return "the type can hold active content, else not_applicable"


@dataclass(frozen=True, slots=True)
class InTheMail:
    """Open for what is in the mail; what only appeared when a file ran is delivered to nobody."""

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        if not subject.chain:
            return None
        reason = "it is not in the mail: it appeared when the file above it ran"
        return Skipped(SkipKind.NOT_APPLICABLE, reason)

    def describe(self, policy: PolicyView) -> str:
        return "the part is in the mail, not handed on by a file that ran, else not_applicable"


@dataclass(frozen=True, slots=True)
class WithinChain:
    """Open while no more than the setting `key` files ran, one because of the other."""

    key: str

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        most = number(policy, self.key)
        if subject.chain <= most:
            return None
        reason = f"it is {subject.chain} files down the chain: {self.key} is {most}"
        return Skipped(SkipKind.OVER_LIMIT, reason, policy.where(self.key))

    def describe(self, policy: PolicyView) -> str:
        most = number(policy, self.key)
        where = policy.where(self.key)
        return f"at most {most} files ran one because of the other ({where}), else over_limit"


@dataclass(frozen=True, slots=True)
class Awaited:
    """Open for types that the mail waits for, by the tables `key`.received and `key`.submitted; and
    for what a file that was waited for handed on."""

    key: str

    def check(self, subject: Subject, policy: PolicyView) -> Skipped | None:
        table = f"{self.key}.{subject.handover.value}"
        types = choices(policy, f"{table}.types")
        by_type = subject.type in types
        choice = types[subject.type] if by_type else policy.value(f"{table}.default")
        if subject.chain or choice != SkipKind.BACKGROUND.value:
            return None
        reason = (
            f"not waited for: policy has type '{subject.type}' in {subject.handover} mail emulated "
            "in the background, after the mail has gone on"
        )
        rule = f"{table}.types.{subject.type}" if by_type else f"{table}.default"
        return Skipped(SkipKind.BACKGROUND, reason, f"{rule}, {policy.where(rule)}")

    def describe(self, policy: PolicyView) -> str:
        sides = "; ".join(self._describe(side, policy) for side in Handover)
        return f"the mail waits for the type ({sides}), else background"

    def _describe(self, side: Handover, policy: PolicyView) -> str:
        table = f"{self.key}.{side.value}"
        types = choices(policy, f"{table}.types")
        where = f"{table}.default, {policy.where(f'{table}.default')}"
        listed = "".join(f", {name}: {choice}" for name, choice in types.items())
        return f"{side} mail: {policy.value(f'{table}.default')}{listed}; {where}"


def _a(title: str) -> str:
    """`title` with its indefinite article, for a sentence's start."""
    if title.startswith(("data", "plain", "comma", "rich", "sound", "video", "JSON", "XML data")):
        return title[0].upper() + title[1:]
    article = (
        "An"
        if title[0] in "aeiouAEIO" or title.startswith(("SVG", "RAR", "XML", "OLE", "HTML", "xz"))
        else "A"
    )
    return f"{article} {title}"


def _members(count: int) -> str:
    if count == 0:
        return "none could be taken from it"
    if count == 1:
        return "the one inside is judged as a part of its own"
    return f"the {count} inside are judged as parts of their own"
