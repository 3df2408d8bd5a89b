"""Reads one logical command line of cmd.exe: quotes, carets, joins, blocks, redirections. Pure.

The order is cmd's own: percent signs are expanded before (by who gives the lines), then special
characters are told from escaped ones here; exclamation marks come later. A block that is still
open asks for the next line, which is expanded only then.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.emulation.cmd.nodes import (
    Command,
    For,
    Group,
    If,
    Joined,
    Node,
    Pipe,
    Redirect,
    Sequence,
    Test,
)

_BLANKS = " \t,;=\v\f\xa0"
"""What separates words; cmd takes all of them for a blank."""

_PLAIN = re.compile(r"[^\"^&|<>()\n\d]+")
_FOR_HEAD = re.compile(r"(?:\A|[\s,;=\"])(%{1,2})([^\s%])[\s,;=]+in[\s,;=]*\Z", re.IGNORECASE)
_FOR_KIND = re.compile(r"/([drlf])(?![a-z])", re.IGNORECASE)
_COMPARISONS = frozenset({"equ", "neq", "lss", "leq", "gtr", "geq"})
_TESTS = frozenset({"errorlevel", "exist", "defined", "cmdextversion"})

_DEPTH_MAX = 60
"""Blocks within blocks: people write ten, and each costs frames of Python's stack."""


class MisreadError(Exception):
    """A line that is no valid command line; cmd ends the file there."""


More = Callable[[], str | None]


def _no_more() -> str | None:
    return None


class Parser:
    """One logical line. `more` gives the following lines, None at the end of the file."""

    def __init__(self, line: str, more: More = _no_more) -> None:
        self._text = line
        self._at = 0
        self._more = more
        self._depth = 0

    def parse(self) -> Node | None:
        """The whole line; None when nothing is in it. Raises MisreadError."""
        return self._sequence(lines=False)

    # what stands where

    def _peek(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._text[place] if place < len(self._text) else ""

    def _extend(self) -> bool:
        """Get one more line of the file."""
        line = self._more()
        if line is None:
            return False
        self._text += "\n" + line
        return True

    def _skip(self, characters: str) -> None:
        while self._at < len(self._text) and self._text[self._at] in characters:
            self._at += 1

    def _word(self) -> tuple[str, int]:
        """The word that stands here, carets taken away, and where it ends; nothing is consumed."""
        place, out = self._at, []
        while place < len(self._text):
            char = self._text[place]
            if char == "^":
                place += 1
                char = self._text[place] if place < len(self._text) else ""
            elif char in _BLANKS or char in '"&|<>()\n/':
                break
            out.append(char)
            place += 1
        return "".join(out).lower(), place

    # joins, from the loosest to the tightest

    def _sequence(self, *, lines: bool) -> Node | None:
        """Commands joined by `&`; by line ends too, in a block."""
        parts: list[Node] = []
        while True:
            self._skip(_BLANKS + "\n" if lines else _BLANKS)
            char = self._peek()
            if not char:
                if lines and self._extend():
                    continue
                if lines:
                    raise MisreadError("a block is not closed")
                break
            if char == ")" and self._depth:
                break
            if char == "\n":
                break
            if char == "&":
                self._at += 1
                continue
            if char == ":" and lines:
                self._rest_of_line()
                continue
            if (part := self._either()) is not None:
                parts.append(part)
            if not lines and self._peek() != "&":
                break  # the end of the line or block, or an else
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _either(self) -> Node | None:
        left = self._both()
        while self._peek() == "|" and self._peek(1) == "|":
            self._at += 2
            right = self._both()
            if left is None or right is None:
                left = left or right
            else:
                left = Joined(left, "||", right)
        return left

    def _both(self) -> Node | None:
        left = self._pipe()
        while self._peek() == "&" and self._peek(1) == "&":
            self._at += 2
            right = self._pipe()
            if left is None or right is None:
                left = left or right
            else:
                left = Joined(left, "&&", right)
        return left

    def _pipe(self) -> Node | None:
        first = self._command()
        parts = [first] if first is not None else []
        while self._peek() == "|" and self._peek(1) != "|":
            self._at += 1
            if (part := self._command()) is not None:
                parts.append(part)
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Pipe(tuple(parts))

    # commands

    def _command(self) -> Node | None:
        self._skip(_BLANKS + "@")
        if self._peek() == "(":
            return self._group()
        word, end = self._word()
        after = self._text[end : end + 1]
        if word == "rem" and (not after or after in _BLANKS + "/\n"):
            self._rest_of_line()
            return None
        if word == "if" and (after in _BLANKS + '/("' or not after):
            self._at = end
            return self._if()
        if word == "for" and after and after in _BLANKS + "/":
            self._at = end
            return self._for()
        return self._simple()

    def _rest_of_line(self) -> None:
        end = self._text.find("\n", self._at)
        self._at = len(self._text) if end < 0 else end

    def _group(self) -> Group:
        self._at += 1
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise MisreadError("blocks within blocks without end")
        body = self._sequence(lines=True)
        self._depth -= 1
        self._at += 1  # the closing parenthesis, at which the sequence ended
        redirects: list[Redirect] = []
        while True:
            self._skip(_BLANKS)
            handle = self._handle()
            if handle is None:
                return Group(body, tuple(redirects))
            redirects.append(self._redirect(handle))

    def _simple(self) -> Command | None:
        out: list[str] = []
        redirects: list[Redirect] = []
        carets = 0
        while self._at < len(self._text):
            plain = _PLAIN.match(self._text, self._at)
            if plain is not None:
                out.append(plain[0])
                self._at = plain.end()
                continue
            char = self._text[self._at]
            if char == '"':
                out.append(self._quoted())
            elif char == "^":
                escaped = self._escaped()
                carets += escaped.isalnum() and bool(out) and out[-1][-1:].isalnum()
                out.append(escaped)
            elif char in "&|\n" or (char == ")" and self._depth):
                break
            elif char in "<>" or char.isdigit():
                separate = not out or out[-1][-1:] in _BLANKS
                handle = self._handle() if separate or char in "<>" else None
                if handle is None:
                    out.append(char)
                    self._at += 1
                else:
                    redirects.append(self._redirect(handle))
            else:
                out.append(char)
                self._at += 1
        text = "".join(out)
        if not text.strip() and not redirects:
            return None
        return Command(text, tuple(redirects), carets)

    def _quoted(self) -> str:
        """From a quote to the next one, or to the end of the line."""
        start = self._at
        line = self._text.find("\n", start)
        line = len(self._text) if line < 0 else line
        end = self._text.find('"', start + 1, line)
        self._at = line if end < 0 else end + 1
        return self._text[start : self._at]

    def _escaped(self) -> str:
        """What a caret makes literal; at the end of a line, the next line's first character."""
        self._at += 1
        if not self._peek() and not self._extend():
            return ""
        if self._peek() == "\n":
            self._at += 1
            if not self._peek() and not self._extend():
                return ""
        char = self._peek()
        self._at += len(char)
        return char

    # redirections

    def _handle(self) -> int | None:
        """The handle of a redirection that stands here; None when none does."""
        char = self._peek()
        if char in ("<", ">"):
            return 0 if char == "<" else 1
        if char.isdigit() and self._peek(1) in ("<", ">"):
            self._at += 1
            return int(char) if char.isascii() else 1
        return None

    def _redirect(self, handle: int) -> Redirect:
        mode = self._peek()
        self._at += 1
        if mode == ">" and self._peek() == ">":
            mode = ">>"
            self._at += 1
        self._skip(_BLANKS)
        if self._peek() == "&":
            target = self._text[self._at : self._at + 2]
            self._at += len(target)
            return Redirect(handle, mode, target)
        return Redirect(handle, mode, self._operand("").strip('"'))

    # if and for

    def _operand(self, stop: str) -> str:
        """A word of a condition or a redirection's target: quotes kept, carets taken away."""
        out: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == '"':
                out.append(self._quoted())
            elif char == "^":
                out.append(self._escaped())
            elif (
                char in " \t,;\n"
                or char in "&|<>"
                or char in stop
                or (char == ")" and self._depth and not stop)
            ):
                break
            else:
                out.append(char)
                self._at += 1
        return "".join(out)

    def _if(self) -> If:
        negated = nocase = False
        while True:
            self._skip(_BLANKS)
            if self._text[self._at : self._at + 2].lower() == "/i":
                nocase = True
                self._at += 2
                continue
            word, end = self._word()
            if word != "not" or self._text[end : end + 1] not in (" ", "\t"):
                break
            negated = True
            self._at = end
        test = self._test(negated, nocase)
        then = self._sequence(lines=False)
        otherwise: Node | None = None
        self._skip(" \t")
        word, end = self._word()
        if word == "else":
            self._at = end
            otherwise = self._sequence(lines=False)
        return If(test, then, otherwise)

    def _test(self, negated: bool, nocase: bool) -> Test:
        word, end = self._word()
        if word in _TESTS and self._text[end : end + 1] in tuple(_BLANKS):
            self._at = end
            self._skip(_BLANKS)
            return Test(word, self._operand(""), "", negated, nocase)
        left = self._operand("=")
        self._skip(" \t,;")
        if self._peek() == "=":
            self._skip("= \t,;")
            return Test("==", left, self._operand(" "), negated, nocase)
        operator, end = self._word()
        if operator not in _COMPARISONS:
            raise MisreadError(f"an if without a comparison: {left[:60]}")
        self._at = end
        self._skip(_BLANKS)
        return Test(operator, left, self._operand(" "), negated, nocase)

    def _for(self) -> For:
        head: list[str] = []
        while True:
            char = self._peek()
            if not char or char in "\n&|":
                raise MisreadError("a for without its parentheses")
            if char == "(":
                found = _FOR_HEAD.search("".join(head))
                if found is not None:
                    break
            if char == "^":
                head.append(self._escaped())
                continue
            head.append(char)
            self._at += 1
        options = "".join(head)[: found.start()]
        kind = _FOR_KIND.search(options)
        self._at += 1
        values = self._values()
        self._skip(_BLANKS)
        word, end = self._word()
        if word != "do":
            raise MisreadError("a for without its do")
        self._at = end
        body = self._sequence(lines=False)
        rest = options[kind.end() :].strip(_BLANKS) if kind is not None else ""
        return For(kind[1].lower() if kind is not None else "", rest, found[2], values, body)

    def _values(self) -> str:
        """What stands between the parentheses of a for; line ends are blanks."""
        out: list[str] = []
        while True:
            char = self._peek()
            if not char:
                if not self._extend():
                    raise MisreadError("the values of a for are not closed")
            elif char == ")":
                self._at += 1
                return "".join(out)
            elif char == '"':
                out.append(self._quoted())
            elif char == "^":
                out.append(self._escaped())
            else:
                out.append(" " if char == "\n" else char)
                self._at += 1
