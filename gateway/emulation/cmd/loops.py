"""The four kinds of `for`: over words and files, folders, numbers, and lines of text."""

from __future__ import annotations

import ntpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.emulation.cmd import redirects
from gateway.emulation.cmd.nodes import For
from gateway.emulation.cmd.variables import UNKNOWN

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

_ROUNDS_MAX = 100_000
"""Rounds of one loop: a decoder goes over each letter of its code."""

_FILES_MAX = 200
_WORD = re.compile(r'"[^"]*"|[^\s,;=]+')
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)")
_TOKENS = re.compile(r"\btokens=([\d,*-]+)", re.IGNORECASE)
_SKIP = re.compile(r"\bskip=(\d+)", re.IGNORECASE)
_EOL = re.compile(r"\beol=(.?)", re.IGNORECASE)
_DELIMS = re.compile(r"\bdelims=([^ ]*)( ?\Z)?", re.IGNORECASE)
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Options:
    """What stands in quotes after `for /f`."""

    tokens: str
    delims: str
    skip: int
    eol: str
    backquotes: bool

    @classmethod
    def of(cls, text: str) -> Options:
        """Read them; what is left out has cmd's values."""
        plain = text.strip()
        if len(plain) > 1 and plain[0] == plain[-1] == '"':
            plain = plain[1:-1]
        tokens, skip, eol = _TOKENS.search(plain), _SKIP.search(plain), _EOL.search(plain)
        delims = _DELIMS.search(plain)
        marks = " \t" if delims is None else delims[1] + (delims[2] or "")
        return cls(
            tokens[1] if tokens is not None else "1",
            marks,
            int(skip[1]) if skip is not None else 0,
            (eol[1] if eol is not None else ";") or ";",
            "usebackq" in plain.lower(),
        )

    def picked(self, line: str) -> list[str] | None:
        """The values of the loop's variables for a line; None when the line is passed over."""
        if not line or (self.eol and line.startswith(self.eol)):
            return None
        if UNKNOWN in line:
            return [UNKNOWN] * _LETTERS
        pieces = _pieces(line, self.delims)
        if not pieces:
            return None
        made: list[str] = []
        for each in self.tokens.split(","):
            first, _, last = each.rstrip("*").partition("-")
            if first.isdigit():
                start, end = int(first), int(last) if last.isdigit() else int(first)
                numbers = range(start, min(end, start + _LETTERS) + 1)
                made += [pieces[n - 1][0] if 0 < n <= len(pieces) else "" for n in numbers]
            if each.endswith("*"):
                after = int(first) if first.isdigit() else 0
                made.append(line[pieces[after][1] :] if after < len(pieces) else "")
        return made


def _pieces(line: str, marks: str) -> list[tuple[str, int]]:
    """The pieces between delimiters, with where each starts."""
    if not marks:
        return [(line, 0)]
    pattern = f"[^{re.escape(marks)}]+"
    return [(found[0], found.start()) for found in re.finditer(pattern, line)]


def run(shell: Shell, node: For) -> None:
    """Run a loop; once with unknown values where the values are not known."""
    if node.body is None:
        return
    values = shell.text(node.values)
    match node.kind:
        case "l":
            _numbers(shell, node, values)
        case "f":
            _lines(shell, node, values.strip())
        case "r":
            _files_below(shell, node, values)
        case _:
            _words(shell, node, values)


def _round(shell: Shell, node: For, values: list[str], *, sure: bool = True) -> None:
    """The body once, with the loop's variables and those of the following letters."""
    shell.tick()
    if node.body is None:
        return
    outer = shell.loops
    named = {chr(ord(node.variable) + step): value for step, value in enumerate(values)}
    shell.loops = {**outer, **named}
    try:
        if sure:
            shell.execute(node.body)
        else:
            shell.perhaps(node.body)
    finally:
        shell.loops = outer


def _numbers(shell: Shell, node: For, values: str) -> None:
    """`/l`: start, step, end."""
    if UNKNOWN in values:
        _round(shell, node, [UNKNOWN], sure=False)
        return
    found = [int(each, 0 if "x" in each.lower() else 10) for each in _NUMBER.findall(values)]
    start, step, end = [*found, 0, 0, 0][:3]
    if step == 0:
        if start <= end:
            for _ in range(3):
                _round(shell, node, [str(start)])
            shell.recorder.call("loop that asks or waits again and again")
        return
    for count, number in enumerate(range(start, end + (1 if step > 0 else -1), step)):
        if count >= _ROUNDS_MAX:
            shell.lacks("a loop of very many rounds")
            return
        _round(shell, node, [str(number)])


def _words(shell: Shell, node: For, values: str) -> None:
    """Words as they are; names with `*` and `?` mean files, or folders with `/d`."""
    for word in _WORD.findall(values):
        plain = word.strip('"')
        if "*" not in plain and "?" not in plain:
            _round(shell, node, [word])
            continue
        folder = ntpath.dirname(plain)
        if node.kind == "d":
            found = [] if folder else shell.disk.folders_in(shell.disk.directory)
            names = [ntpath.basename(path) for path in found]
        else:
            names = [ntpath.basename(path) for path in _matching(shell, plain)]
        for name in names[:_FILES_MAX]:
            _round(shell, node, [ntpath.join(folder, name)])
        if not names:
            _round(shell, node, [re.sub(r"[*?]+", UNKNOWN, plain)], sure=False)


def _matching(shell: Shell, pattern: str) -> list[str]:
    return [file.path for file in shell.disk.matching(shell.disk.full(pattern))]


def _files_below(shell: Shell, node: For, values: str) -> None:
    """`/r`: the same in a folder and all below it."""
    root = node.options.strip().strip('"')
    root = re.sub(r"%{1,2}\Z", "", root).strip(' "') or shell.disk.directory
    full = shell.disk.full(shell.text(root)).rstrip("\\")
    below = [path for path in shell.disk.folders.values() if _is_below(path, full)]
    rounds = 0
    for word in _WORD.findall(values):
        plain = word.strip('"')
        for folder in [full, *below]:
            names = [ntpath.join(folder, plain)]
            if "*" in plain or "?" in plain:
                names = _matching(shell, ntpath.join(folder, plain))
            for name in names[: _FILES_MAX - rounds]:
                rounds += 1
                _round(shell, node, [name], sure="*" in plain or plain == ".")
        if not rounds:
            name = ntpath.join(full, re.sub(r"[*?]+", UNKNOWN, plain))
            _round(shell, node, [name], sure=False)


def _is_below(path: str, folder: str) -> bool:
    return path.lower().startswith(folder.lower() + "\\")


def _lines(shell: Shell, node: For, values: str) -> None:
    """`/f`: lines of a text, of files, or of what a command prints."""
    options = Options.of(shell.text(node.options))
    command, plain = ("`", "'") if options.backquotes else ("'", '"')
    if values.startswith(command):
        text = _printed(shell, values[1:].removesuffix(command))
    elif values.startswith(plain):
        text = values[1:].removesuffix(plain)
    else:
        names = _WORD.findall(values)
        text = "\n".join(redirects.content(shell, name.strip('"')) for name in names)
    for number, line in enumerate(text.splitlines()[:_ROUNDS_MAX]):
        picked = options.picked(line) if number >= options.skip or UNKNOWN in line else None
        if picked is not None:
            _round(shell, node, picked, sure=UNKNOWN not in line)


def _printed(shell: Shell, line: str) -> str:
    """What a command prints; a text that cannot be told when nothing is known of it."""
    child = shell.child(late=shell.late)
    with child.captured() as printed:
        child.run_in(line)
    return "".join(printed)
