"""What Acrobat's objects ask of the machine: each operation becomes behaviours.

Every value is the sample's. Never raises for what a script says; an unknown operation answers
nothing.
"""

from __future__ import annotations

import base64
import binascii
import ntpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.emulation.contract import Kind
from gateway.emulation.pdf.model import Cause, Document
from gateway.emulation.pdf.source import adapted
from gateway.emulation.scripts.session import Session
from gateway.emulation.windows import facts, sinkhole

Word = str | float | bool

_REMOTE = re.compile(r"(https?|ftps?)://|mailto:", re.IGNORECASE)
_SHARE = re.compile(
    r"(?:file:(?:[\\/]{2}|[\\/]{4,5})|[\\/]{2})(?![\\/])(?![A-Za-z][:|]|[A-Za-z][\\/])([^\\/:@]+)[\\/@]",
    re.IGNORECASE,
)
"""A share: `\\\\host\\…`, `file://host/…`; three slashes after `file:` are this machine."""
_LOCAL = re.compile(r"(?:file:/{2,3})?/?([A-Za-z])[:|]?[\\/]")

_CODE_MAX = 4000
"""Characters of code made of text that are kept."""

_OPENS = 2
"""nLaunch of exportDataObject: the file is opened after it was saved; 1 asks where to save it."""


@dataclass(slots=True)
class Host:
    """The machine behind one document.

    older: the reader is not today's; cause: of the trigger that runs now;
    asked_version: a script wanted to know the reader's.
    """

    session: Session
    document: Document
    facts: dict[str, object]
    words: Callable[[int], list[str]]
    older: bool = False
    cause: Cause = Cause.ITSELF
    asked_version: bool = False
    _operations: dict[str, Callable[[list[Word]], object]] = field(init=False)

    def __post_init__(self) -> None:
        self._operations = {
            "facts": lambda words: self.facts,
            "call": lambda words: self._called([_text(word) for word in words]),
            "say": lambda words: self.session.world.say(_text(words[0])),
            "lacks": lambda words: self.session.recorder.lacks(_text(words[0])),
            "code": lambda words: self.code(_text(words[0])),
            "version": lambda words: self._version(),
            "sleep": lambda words: self._sleep(words),
            "fill": lambda words: self.filled(f"{_text(words[0])} characters", _text(words[1])),
            "binary": lambda words: self._called(["binary code in a text", *map(_text, words)]),
            "ask": lambda words: self.ask(_text(words[0]), _text(words[1]), _text(words[2])),
            "submit": lambda words: self.submit(_text(words[0])),
            "open": lambda words: self.open(_text(words[0])),
            "save": lambda words: self.save(_text(words[0])),
            "mail": lambda words: self._mail(words),
            "attached": lambda words: self._attached(words),
            "saved": lambda words: self._saved(words),
            "bytes": lambda words: self._bytes(_text(words[0])),
            "base64": lambda words: _base64(_text(words[0])),
            "words": lambda words: self.words(int(float(words[0]))),
        }

    def begin(self, cause: Cause) -> None:
        """A trigger that has this cause sets off what follows."""
        self.cause = Cause.OLDER if self.older and cause is Cause.ITSELF else cause

    def answer(self, operation: str, words: list[Word]) -> object:
        """Do an operation; its answer, for the script."""
        work = self._operations.get(operation)
        return work(words) if work is not None else None

    def _called(self, words: list[str]) -> None:
        self.session.recorder.call(words[0], *words[1:])

    def _version(self) -> None:
        self.asked_version = True

    def code(self, code: str) -> str:
        """Code that a script made of text: written down; what shall run in its place."""
        shown = " ".join(code[:_CODE_MAX].split())
        self.session.recorder.note(Kind.SCRIPT, "execute", "code made of text", shown)
        return adapted(code)

    def filled(self, size: str, piece: str) -> None:
        """Memory is full of one block."""
        shown = piece.encode("unicode_escape").decode("ascii")[:80]
        self.session.recorder.note(Kind.MEMORY, "fill", "memory of the reader", size, shown)

    def _sleep(self, words: list[Word]) -> None:
        """A loop that waits is telling; a timer holds nothing up."""
        seconds = min(float(words[0]), 3600.0)
        if words[1] == "loop":
            self.session.recorder.sleep(seconds)
        else:
            self.session.recorder.slept += seconds

    def ask(self, method: str, untrusted_url: str, body: str = "") -> str:
        """The browser, or the reader itself, asks for an address."""
        share = _SHARE.match(untrusted_url)
        if share is not None:
            self._share(share[1], untrusted_url)
        elif _REMOTE.match(untrusted_url):
            self._network(f"{method.upper()[:10]} {untrusted_url}", untrusted_url, body)
            return sinkhole.content(untrusted_url).decode("latin-1")
        elif re.match(r"javascript:", untrusted_url, re.IGNORECASE):
            self.code(untrusted_url.partition(":")[2])
        elif _LOCAL.match(untrusted_url) or untrusted_url.lower().startswith("file:"):
            self.start(untrusted_url.removeprefix("file:").lstrip("/"), "", "opened as an address")
        else:
            self._called(["address", untrusted_url, self.cause])
        return ""

    def _network(self, request: str, url: str, body: str = "") -> None:
        words = [request, *([body] if body else []), self.cause]
        self.session.recorder.note(Kind.NETWORK, "connect", sinkhole.endpoint(url), *words)

    def _share(self, host: str, path: str) -> None:
        """Windows logs in to a share by itself: who runs it gets the user's hash."""
        self.session.recorder.note(
            Kind.NETWORK, "connect", f"{host}:445", f"open {path}", self.cause
        )

    def submit(self, untrusted_url: str) -> None:
        """The form's data go to an address."""
        if untrusted_url.lower().startswith("mailto:"):
            self._called(["form by mail", untrusted_url, self.cause])
        elif untrusted_url:
            self.session.recorder.call("form is sent", untrusted_url, self.cause)
            self.ask("POST", untrusted_url)

    def open(self, untrusted_path: str) -> None:
        """A file is opened or read by the reader: one of the network is asked for."""
        if _REMOTE.match(untrusted_path) or _SHARE.match(untrusted_path):
            self.ask("GET", untrusted_path)
        elif untrusted_path:
            full = self.session.world.disk.full(_windows(untrusted_path))
            self.session.recorder.note(Kind.FILE, "read", full, self.cause)

    def save(self, untrusted_path: str) -> None:
        """The reader saves a file at a place that the script names."""
        if _SHARE.match(untrusted_path):
            self.ask("PUT", untrusted_path)
            return
        full = self.session.world.disk.full(_windows(untrusted_path))
        self.session.recorder.note(Kind.FILE, "write", full, self.cause)

    def start(self, untrusted_program: str, parameters: str, how: str) -> None:
        """A program is started, or a file is opened by the program for its type."""
        if _SHARE.match(untrusted_program) or _REMOTE.match(untrusted_program):
            self.ask("GET", untrusted_program)
            if not ntpath.splitext(untrusted_program)[1]:
                return
        line = f"{_windows(untrusted_program)} {parameters}".strip()
        self.session.world.commands.start(line, how, self.cause)

    def _mail(self, words: list[Word]) -> None:
        asks, to = bool(words[0]), _text(words[1])
        how = "the user sees it first" if asks else "unseen"
        self._called(["mail", to, how, self.cause])

    def _attached(self, words: list[Word]) -> None:
        """exportDataObject: an attached file is saved, and opened when the script says so."""
        name, launch = _text(words[0]), int(float(words[1]))
        known = next((one for one in self.document.embedded if name in (one.name, one.path)), None)
        data = known.data if known is not None else b""
        self._keep(known.path if known is not None else name, data, launch)

    def _saved(self, words: list[Word]) -> None:
        """The same with a file that the script itself made."""
        name, data = _text(words[0]), _text(words[1]).encode("latin-1", "replace")
        self.session.drop(name, data)
        self._keep(name, data, int(float(words[2])))

    def _keep(self, name: str, data: bytes, launch: int) -> None:
        path = ntpath.join(facts.TEMP, ntpath.basename(name.replace("/", "\\")) or "attachment")
        how = "exported" if launch else "exported where the user says"
        self.session.recorder.note(Kind.FILE, "write", path, how, f"{len(data)} bytes", self.cause)
        if launch >= _OPENS:
            self.session.recorder.note(Kind.SCRIPT, "execute", path, "attached file", self.cause)

    def _bytes(self, name: str) -> str:
        for one in self.document.embedded:
            if name in (one.name, one.path):
                return one.data.decode("latin-1")
        return ""


def _text(word: Word) -> str:
    """A word as text without halves of surrogate pairs, which no encoder takes."""
    if isinstance(word, bool):
        return "true" if word else "false"
    plain = word if isinstance(word, str) else str(word)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _windows(path: str) -> str:
    """A path as Windows writes it: `/C/folder/file` and `file:///C:/…` are `C:\\…`."""
    found = re.match(r"/([A-Za-z])/(.*)", path, re.DOTALL)
    return f"{found[1]}:\\" + found[2].replace("/", "\\") if found else path


def _base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""
