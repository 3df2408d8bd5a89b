"""Programs of the system that fetch or decode files: certutil, bitsadmin, curl, wget and others."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.emulation.cmd import redirects
from gateway.emulation.cmd.variables import UNKNOWN
from gateway.emulation.cmd.words import value_of, words
from gateway.emulation.windows import sinkhole

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s\"'|<>)]+", re.IGNORECASE)
_UPLOADS = re.compile(r"\s(-T|--upload-file|-F|--form|-d|--data(?:-\w+)?)(?:\s+|=)(\"[^\"]*\"|\S+)")
_PEM = re.compile(r"-----BEGIN [^-]+-----(.*?)-----END [^-]+-----", re.DOTALL)


def asks(shell: Shell, rest: str) -> bool | None:
    """A program that is given an address asks there; what it does with the answer is its own."""
    for address in _ADDRESS.findall(rest)[:3]:
        sinkhole.answer(shell.recorder, "GET", address)
    return None


def _fetched(shell: Shell, address: str, target: str) -> bool | None:
    """Ask, and save where the line says; print where it says nowhere."""
    data = sinkhole.as_file(sinkhole.answer(shell.recorder, "GET", address))
    if target:
        redirects.save(shell, target, data, f"from {address[:200]}")
    elif shell.captures:
        shell.say(data.decode("latin-1"))
    return None


def _last(address: str) -> str:
    """The name that a file has at an address."""
    try:
        return posixpath.basename(urlsplit(address).path) or "index.html"
    except ValueError:
        return "index.html"


def curl(shell: Shell, rest: str) -> bool | None:
    """curl: `-o file`, `-O`, and files that it sends."""
    address = _ADDRESS.search(rest)
    found = address[0] if address is not None else _bare(rest)
    if not found:
        return None
    sent = _UPLOADS.findall(rest)
    if sent:
        body = " ".join(value.strip('"') for _, value in sent)
        sinkhole.answer(shell.recorder, "POST", found, body)
        return None
    target = value_of(rest, "-o", "--output") if not re.search(r"\s-\w*O\b", rest) else _last(found)
    bundled = re.search(r"\s-[a-zA-Z]*o\s+(\"[^\"]*\"|\S+)", rest)  # `-sLo file`
    if not target and bundled is not None:
        target = bundled[1].strip('"')
    if not target and re.search(r"\s(-\w*O\b|--remote-name)", rest):
        target = _last(found)
    return _fetched(shell, found, target)


def _bare(rest: str) -> str:
    """An address without its scheme."""
    found = [w for w in words(rest) if "." in w and not w.startswith("-") and "\\" not in w]
    return f"http://{found[-1]}" if found else ""


def wget(shell: Shell, rest: str) -> bool | None:
    """wget: `-O file`, else the address' own name."""
    address = _ADDRESS.search(rest)
    if address is None:
        return None
    return _fetched(
        shell, address[0], value_of(rest, "-O", "--output-document") or _last(address[0])
    )


def bitsadmin(shell: Shell, rest: str) -> bool | None:
    """bitsadmin: pairs of addresses and files."""
    given = words(rest)
    for place, word in enumerate(given):
        if _ADDRESS.match(word):
            _fetched(shell, word, given[place + 1] if place + 1 < len(given) else "")
    return None


def certutil(shell: Shell, rest: str) -> bool | None:
    """certutil: `-urlcache address file`, `-decode`, `-decodehex`, `-encode`."""
    given = words(rest)
    options = {word[1:].lower() for word in given if word[:1] in "-/" and len(word) > 1}
    names = [word for word in given if word[:1] not in ("-", "/")]
    address = next((name for name in names if _ADDRESS.match(name)), "")
    if address:
        after = names[names.index(address) + 1 :]
        return _fetched(shell, address, after[0] if after else _last(address))
    if len(names) < 2 or not options & {"decode", "decodehex", "encode", "encodehex"}:
        if shell.captures:
            shell.say(UNKNOWN + "\r\n")
        return None
    source = redirects.content(shell, names[0])
    if UNKNOWN in source:
        redirects.save(shell, names[1], UNKNOWN.encode(), f"decoded from {names[0]}")
        return None
    if options & {"encode", "encodehex"}:
        coded = base64.encodebytes(source.encode("latin-1", "replace")).decode()
        text = f"-----BEGIN CERTIFICATE-----\r\n{coded}-----END CERTIFICATE-----\r\n"
        return redirects.save(shell, names[1], text.encode())
    data = decoded(source, hexadecimal="decodehex" in options)
    if data is None:
        return False
    shell.recorder.call("certutil decodes", names[0], names[1])
    return redirects.save(shell, names[1], data, f"decoded from {names[0]}")


def decoded(text: str, *, hexadecimal: bool) -> bytes | None:
    """What certutil makes of a text; None when it is not coded."""
    found = _PEM.search(text)
    body = re.sub(r"\s+", "", found[1] if found is not None else text)
    try:
        if hexadecimal:
            return bytes.fromhex(body)
        return base64.b64decode(body + "=" * (-len(body) % 4))
    except (ValueError, binascii.Error):
        return None
