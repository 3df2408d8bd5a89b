"""Fields for display: subject, message id, and the addresses of From, To and Cc.

For tables and logs only: what is delivered where is decided by the SMTP envelope, never by these.
"""

import re
from email.utils import getaddresses
from typing import Final

import msgspec

from gateway.mime.limits import MAX_ADDRESSES
from gateway.mime.tree import MimePart

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the writing direction: a log line must not be disguised."""

_MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,998})>")


class Address(msgspec.Struct, frozen=True, gc=False):
    """One mailbox: display name (may be empty) and address as written."""

    name: str
    mailbox: str

    def __str__(self) -> str:
        return f"{self.name} <{self.mailbox}>" if self.name else self.mailbox


def display(text: str, limit: int = 998) -> str:
    """Text from a mail made fit for one line of a table: no control characters, not longer than `limit`."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[:limit])
