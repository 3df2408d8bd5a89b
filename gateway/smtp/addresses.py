"""Paths of MAIL and RCPT: strict where it matters, as wide as real mail needs.

Purpose: read one path at the head of an argument and give back the address and the rest.
Must never: pass an address that could be read differently by the next hop: no controls, no bare
angle bracket, no space outside quotes, no ambiguous quoting.

Accepted beyond RFC 5321 4.1.2: a space after the colon, missing angle brackets around a plain
address, underscores in domains, an address without a domain ("postmaster", "root": the next hop
decides), dots at odd places of a local part (real mobile-phone addresses). Source routes are read
and dropped (4.1.1.3).
"""

from __future__ import annotations

import re
from typing import Final

from gateway.smtp.errors import Refusal
from gateway.smtp.limits import DOMAIN, PATH
from gateway.smtp.replies import NON_ASCII_ADDRESS, Reply

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]+"
_QUOTED: Final = r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"'
_NAME: Final = r"[A-Za-z0-9_\-\u0080-\U0010ffff]+"
_DOMAIN: Final = rf"{_NAME}(?:\.{_NAME})*\.?"
_LITERAL: Final = r"\[[!-Z^-~]+\]"
_ADDRESS: Final = rf"(?:{_ATOM}|{_QUOTED})(?:@(?P<domain>{_DOMAIN}|{_LITERAL}))?"
_ROUTE: Final = rf"(?:@{_DOMAIN}(?:,@{_DOMAIN})*:)?"

_BRACKETED: Final = re.compile(rf" ?<{_ROUTE}(?P<address>{_ADDRESS})>(?: +(?P<rest>.*))?")
_NAKED: Final = re.compile(rf" ?(?P<address>{_ATOM}@(?P<domain>{_DOMAIN}))(?: +(?P<rest>.*))?")
_NULL: Final = re.compile(r" ?<>(?: +(?P<rest>.*))?")


def read_path(untrusted: str, malformed: Reply, *, null_allowed: bool) -> tuple[str, str]:
    """The address at the head of `untrusted` (what follows the colon) and the rest after it.

    The address is "" for the null path. Raises Refusal with `malformed`.
    """
    if null_allowed and (null := _NULL.fullmatch(untrusted)):
        return "", null["rest"] or ""
    found = _BRACKETED.fullmatch(untrusted) or _NAKED.fullmatch(untrusted)
    if found is None:
        raise Refusal(malformed)
    address: str = found["address"]
    domain: str = found["domain"] or ""
    if len(address.encode()) > PATH - 2 or len(domain.encode()) > DOMAIN:
        raise Refusal(malformed)
    return address, found["rest"] or ""


def need_ascii(address: str, *, smtputf8: bool) -> None:
    """Raise Refusal when `address` needs SMTPUTF8 and the transaction lacks it (RFC 6531 3.4)."""
    if not smtputf8 and not address.isascii():
        raise Refusal(NON_ASCII_ADDRESS)
