"""The line between host and guest's process 1, host side: reports in, commands out. No I/O.

`init.pl` describes the protocol. The guest may be hostile by now: every number is bounded, and
what is not understood is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from gateway.emulation.contract import Child

_LINE_LIMIT = 16 * 1024
"""Bytes of one report: twice the longest path in hexadecimal."""

COMMAND_LIMIT = 48 * 1024
"""Bytes of one command: it must fit into a pipe's 64 KiB buffer, so that writing never waits."""

_NAMES_LIMIT = 250
_REQUESTS_LIMIT = 1000
_CERTIFICATES_LIMIT = 64
"""Reports of each kind that are taken: a loop would fill the list, and says nothing new."""

_PLACE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}")

_HANDSHAKES = {
    "refused": "the certificate was refused",
    "broken": "broken off",
    "unanswered": "not answered",
}
"""How a handshake that was not completed ended, in words."""


@dataclass(frozen=True, slots=True)
class Request:
    """A web request: method and address in one line, and how its body begins."""

    line: str
    body: str


@dataclass(frozen=True, slots=True)
class Handshake:
    """A handshake over TLS that the client did not complete: with which host:port, and why not."""

    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Words:
    """What was said first at an address and port, where it was no web request."""

    place: str
    said: str


Web = Request | Handshake | Words
"""What the guest's network was asked."""


@dataclass(slots=True)
class Reports:
    """What process 1 has told so far.

    exit_status is the sample's wait status; idle: no process of the sample is left; omitted:
    paths that did not fit into the allowance.
    """

    byte_limit: int
    file_limit: int
    started: bool = False
    exit_status: int | None = None
    idle: bool = False
    ended: bool = False
    children: list[Child] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    new_names: list[str] = field(default_factory=list)
    new_web: list[Web] = field(default_factory=list)
    new_certificates: list[str] = field(default_factory=list)
    _buffer: bytearray = field(default_factory=bytearray)
    _file: tuple[str, int] | None = None
    _received: int = 0
    _web: int = 0
    _certificates: int = 0

    def feed(self, untrusted_data: bytes) -> None:
        """Take bytes from the guest."""
        self._buffer += untrusted_data
        while self._file_complete() or self._line_complete():
            continue
        if self._file is None and len(self._buffer) > _LINE_LIMIT:
            self._buffer.clear()

    def take_names(self) -> tuple[str, ...]:
        """Host names asked for since the last call."""
        taken = tuple(self.new_names)
        self.new_names.clear()
        return taken

    def take_web(self) -> tuple[Web, ...]:
        """What was asked of the network since the last call."""
        taken = tuple(self.new_web)
        self.new_web.clear()
        return taken

    def take_certificates(self) -> tuple[str, ...]:
        """Names for which a certificate is wanted since the last call."""
        taken = tuple(self.new_certificates)
        self.new_certificates.clear()
        return taken

    def _file_complete(self) -> bool:
        if self._file is None or len(self._buffer) < self._file[1]:
            return False
        path, size = self._file
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._file = None
        self.children.append(Child(path, sha256(data).hexdigest(), size, data))
        return True

    def _line_complete(self) -> bool:
        end = self._buffer.find(b"\n") if self._file is None else -1
        if end < 0:
            return False
        words = self._buffer[:end].decode("ascii", "replace").split(" ")
        del self._buffer[: end + 1]
        self._report(words)
        return True

    def _report(self, words: list[str]) -> None:
        match words:
            case ["started", _]:
                self.started = True
            case ["exited", status] if status.isdecimal():
                self.exit_status = int(status) & 0xFFFF
            case ["idle"]:
                self.idle = True
            case ["end"]:
                self.ended = True
            case ["resolve", name, address] if len(self.names) < _NAMES_LIMIT:
                self.names[address] = _unhex(name)
                self.new_names.append(_unhex(name))
            case ["request", line, body] if self._web < _REQUESTS_LIMIT:
                self._web += 1
                self.new_web.append(Request(_unhex(line), _unhex(body)))
            case ["handshake", name, how] if self._web < _REQUESTS_LIMIT and how in _HANDSHAKES:
                self._web += 1
                self.new_web.append(Handshake(_unhex(name), _HANDSHAKES[how]))
            case ["words", place, said] if self._web < _REQUESTS_LIMIT and _PLACE.fullmatch(place):
                self._web += 1
                self.new_web.append(Words(place, _unhex(said)))
            case ["certificate", name] if self._certificates < _CERTIFICATES_LIMIT:
                self._certificates += 1
                self.new_certificates.append(_unhex(name))
            case ["omitted", name, _]:
                self.omitted.append(_unhex(name))
            case ["file", name, size] if size.isdecimal():
                self._expect_file(_unhex(name), int(size))
            case _:
                return

    def _expect_file(self, path: str, size: int) -> None:
        fits = self._received + size <= self.byte_limit
        if fits and len(self.children) < self.file_limit:
            self._received += size
            self._file = (path, size)


def trust_command(file_hash: str, certificate: bytes, server_key: bytes) -> bytes:
    """The first command: the authority's certificate with its file's name, and the servers' key."""
    return b"trust %b %b %b\n" % (file_hash.encode(), _hexed(certificate), _hexed(server_key))


def certificate_command(name: str, certificate: bytes) -> bytes:
    """The command that answers the wish for a certificate."""
    return b"certificate %b %b\n" % (_hexed(name.encode()), _hexed(certificate))


def collect_command(paths: tuple[str, ...], byte_limit: int) -> bytes:
    """The command that ends the sample and asks for files, as many paths as one command holds."""
    command = b"collect %d" % byte_limit
    for path in paths:
        word = b" " + path.encode("utf-8", "surrogateescape").hex().encode()
        if len(command) + len(word) > COMMAND_LIMIT:
            break
        command += word
    return command + b"\n"


def exit_words(status: int) -> tuple[int, str]:
    """A wait status as exit code and, where a signal ended the sample, words."""
    if status & 0x7F:
        return 128 + (status & 0x7F), f"ended by signal {status & 0x7F}"
    return status >> 8, ""


def _hexed(data: bytes) -> bytes:
    return data.hex().encode()


def _unhex(untrusted_word: str) -> str:
    try:
        return bytes.fromhex(untrusted_word).decode("utf-8", "replace")
    except ValueError:
        return ""
