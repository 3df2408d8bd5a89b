"""Fields for display: subject, message id, and the addresses of From, To and Cc.

For tables and logs only: what is delivered where is decided by the SMTP envelope, never by these.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.mime.limits import MAX_ADDRESSES
from gateway.mime.tree import MimePart

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the writing direction: a log line must not be
disguised."""

_MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,998})>")


class Address(msgspec.Struct, frozen=True, gc=False):
    """One mailbox: display name (may be empty) and address as written."""

    name: str
    mailbox: str

    def __str__(self) -> str:
        return f"{self.name} <{self.mailbox}>" if self.name else self.mailbox


def display(text: str, limit: int = 998) -> str:
    """Text from a mail made fit for one line of a table: no control characters, not longer than
    `limit`."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[:limit])


def subject(part: MimePart) -> str:
    """The subject, ready for display; empty when there is none."""
    return display(part.value_of("subject") or "")


def message_id(part: MimePart) -> str | None:
    """The message id without its angle brackets, or None."""
    match = _MESSAGE_ID.search(part.value_of("message-id") or "")
    return match.group(1) if match else None


def addresses(part: MimePart, name: str) -> tuple[Address, ...]:
    """The addresses of all fields of that name, in order, at most `MAX_ADDRESSES`."""
    found: list[Address] = []
    for field in part.fields_named(name):
        for address in _parse(field.value):
            if len(found) >= MAX_ADDRESSES:
                return tuple(found)
            found.append(address)
    return tuple(found)


_TOKEN: Final = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*+"?) | (?P<angle><[^>]*+>?) | (?P<comment>\([^()]*+\)?)
      | (?P<group>:) | (?P<separator>[,;]) | (?P<text>[^"<(:,;]++)""",
    re.VERBOSE | re.DOTALL,
)


def _parse(value: str) -> Iterator[Address]:
    """Addresses of one decoded field value. A piece without @ belongs to the name that follows:
    decoding RFC 2047 words sets commas free (`Doe, John <j@example.org>`)."""
    phrase: list[str] = []
    angle: str | None = None
    complete = False  # an address was seen: comments are remarks from here on, not names
    for match in _TOKEN.finditer(value + ","):
        text = match.group()
        match match.lastgroup:
            case "quoted":
                phrase.append(re.sub(r"\\(.)", r"\1", text.strip('"')))
            case "angle":
                angle = text.strip("<> \t")
                complete = True
            case "comment":
                if not complete:
                    phrase.append(text)
            case "group":
                phrase = []
            case "separator":
                joined = " ".join("".join(phrase).split())
                if angle is not None:
                    yield Address(display(joined), display(angle))
                elif "@" in joined:
                    yield Address("", display(joined))
                elif joined and text == ",":
                    phrase.append(", ")
                    continue
                phrase, angle, complete = [], None, False
            case _:
                phrase.append(text)
                complete = complete or "@" in text
