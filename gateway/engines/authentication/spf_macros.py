"""Macros in SPF records (RFC 7208 section 7): `%{i}`, `%{d2}`, `%{l1r-}`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote

_MACRO: Final = re.compile(r"%(?:\{([A-Za-z])(\d{0,3})([rR]?)([.\-+,/_=]*)\}|([%_\-])|)")
_PLAIN: Final = {"%": "%", "_": " ", "-": "%20"}
_MAX_NAME: Final = 253
"""Longest name of the DNS; section 7.3 has labels cut off from the left until it fits."""


class MacroError(Exception):
    """The text holds a macro that does not exist. One sentence."""


@dataclass(frozen=True, slots=True)
class Names:
    """What macros stand for."""

    client: IPv4Address | IPv6Address
    helo: str
    sender: str
    domain: str


def expand(text: str, names: Names) -> str:
    """`text` with its macros replaced. Raises MacroError."""

    def replaced(found: re.Match[str]) -> str:
        if found[5]:
            return _PLAIN[found[5]]
        if not found[1]:
            raise MacroError(f"a lone % in '{text[:60]}'")
        value = _value(found[1].lower(), names)
        parts = re.split(f"[{re.escape(found[4] or '.')}]", value)
        if found[3]:
            parts.reverse()
        if found[2]:
            if int(found[2]) == 0:
                raise MacroError(f"a macro of no parts in '{text[:60]}'")
            parts = parts[-int(found[2]) :]
        joined = ".".join(parts)
        return quote(joined, safe="-._~") if found[1].isupper() else joined

    name = _MACRO.sub(replaced, text)
    while len(name) > _MAX_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def _value(letter: str, names: Names) -> str:
    local, _, host = names.sender.rpartition("@")
    values = {
        "s": names.sender,
        "l": local or "postmaster",
        "o": host,
        "d": names.domain,
        "i": _dotted(names.client),
        "p": "unknown",  # section 5.5: nobody should need it
        "v": "in-addr" if names.client.version == 4 else "ip6",
        "h": names.helo,
    }
    if letter not in values:
        raise MacroError(f"there is no macro %{{{letter}}}")
    return values[letter]


def _dotted(client: IPv4Address | IPv6Address) -> str:
    if client.version == 4:
        return str(client)
    return ".".join(client.exploded.replace(":", ""))
