"""Command lines that a script starts: written down, never run, handed on to who can read them.

A command line of a shell goes on as a child: PowerShell's as .ps1, everything else as .bat. What
a file that the script wrote is started by counts as running that file.
"""

from __future__ import annotations

import base64
import binascii
import ntpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts
from gateway.emulation.windows.disk import Disk, expanded
from gateway.emulation.windows.recorder import Recorder

_CHILDREN_MAX = 16
"""Command lines handed on; scripts that start more repeat themselves."""

_INPUT_MAX = 1 << 20
"""Bytes kept of what a script writes to a shell's input."""

_FIRST_WORD = re.compile(r'\s*(?:"([^"]*)"|(\S+))\s*(.*)', re.DOTALL)
_POWERSHELL = re.compile(r"\b(powershell|pwsh)(\.exe)?\b", re.IGNORECASE)
_SHELL = re.compile(r"\b(cmd|command|%comspec%)(\.exe)?\b", re.IGNORECASE)
_ENCODED = re.compile(
    r"\s[-/\u2013\u2014]e(?:nc?|nco\w*|c)?\s+[\"']?([A-Za-z0-9+/=]{16,})", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s\"'|<>)]{4,}", re.IGNORECASE)
_NORMALISED = re.compile(r"[\^`]")


@dataclass(slots=True)
class Commands:
    """Command lines of one run; `lines` are those that were handed on, by file name.

    followed: the run follows shells itself; then only PowerShell that was encoded is handed on.
    """

    recorder: Recorder
    disk: Disk
    lines: dict[str, bytes] = field(default_factory=dict)
    followed: bool = False

    def start(self, untrusted_line: str, *how: str) -> str:
        """Write a start down; answers the program's path. `how` says by what, or how hidden."""
        line = expanded(untrusted_line.strip())
        match = _FIRST_WORD.match(line)
        program = self._program(line, match)
        known = self.disk.get(program)
        self.recorder.note(Kind.PROCESS, "execute", known.path if known else program, line, *how)
        self._look_inside(line)
        self._hand_on(line, program)
        return program

    def knows(self, line: str) -> bool:
        """Whether the program of a line is one that Windows would find here."""
        return "\\" in self._program(line, _FIRST_WORD.match(line))

    def fed(self, untrusted_line: str) -> Callable[[str], None]:
        """What takes the words that a script writes to a program's input: a shell obeys them."""
        shell = _POWERSHELL.search(untrusted_line) or _SHELL.search(untrusted_line)
        kind = "ps1" if _POWERSHELL.search(untrusted_line) else "bat"
        name = f"input-{len(self.lines) + 1}.{kind}"

        def write(words: str) -> None:
            self.recorder.call("input of a program", words)
            if shell:
                self.lines[name] = (self.lines.get(name, b"") + words.encode())[:_INPUT_MAX]

        return write

    def _program(self, line: str, match: re.Match[str] | None) -> str:
        """The program's path: unquoted paths with blanks are tried as Windows tries them."""
        if match is None:
            return line
        for end in [at.start() for at in re.finditer(r" |$", line)]:
            if self.disk.get(line[:end]) is not None:
                return self.disk.full(line[:end])
        word = match[1] if match[1] is not None else match[2]
        if "\\" in word or "/" in word:
            return self.disk.full(word)
        for extension in ("", ".exe"):
            for path in (rf"{facts.SYSTEM}\{word}{extension}", rf"C:\Windows\{word}{extension}"):
                if self.disk.get(path) is not None:
                    return path
        if word.lower().removesuffix(".exe") in ("powershell", "pwsh"):
            return rf"{facts.SYSTEM}\WindowsPowerShell\v1.0\powershell.exe"
        here = self.disk.get(word)
        return here.path if here is not None and here.written else word

    def _look_inside(self, line: str) -> None:
        """Files of the script's own making that the line names, addresses it would ask."""
        lowered = _NORMALISED.sub("", line).lower()
        for file in self.disk.written():
            name = ntpath.basename(file.path).lower()
            if file.path.lower() in lowered or (len(name) > 4 and name in lowered):
                self.recorder.note(Kind.SCRIPT, "execute", file.path, line)
        for address in _ADDRESS.findall(line)[:4]:
            self.recorder.call("address in a command line", address)

    def _hand_on(self, line: str, program: str) -> None:
        if len(self.lines) >= _CHILDREN_MAX:
            return
        number = len(self.lines) + 1
        if _POWERSHELL.search(line):
            decoded = decoded_command(line)
            if decoded:
                self.recorder.call("powershell -EncodedCommand", decoded)
            elif self.followed:
                return
            code = decoded or line
            self.lines[f"command-{number}.ps1"] = code.encode()
        elif not self.followed and (_SHELL.search(program) or _SHELL.match(line)):
            self.lines[f"command-{number}.bat"] = line.encode()


def decoded_command(line: str) -> str:
    """The script in an -EncodedCommand; empty when there is none."""
    found = _ENCODED.search(line)
    if found is None:
        return ""
    text = found[1]
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-le", "replace")
    except (binascii.Error, ValueError):
        return ""
