"""Reads one logical command line of cmd.exe to a tree: joins, blocks, if, for. Pure.

The order is cmd's own: percent signs are expanded before (by who gives the lines), then special
characters are told from escaped ones here; exclamation marks come later. A block that is still
open asks for the next line, which is expanded only then.
"""

from __future__ import annotations

import re

from gateway.emulation.cmd.cursor import BLANKS, Cursor, MisreadError
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

_PLAIN = re.compile(r"[^\"^&|<>()\n\d]+")
_FOR_HEAD = re.compile(r"(?:\A|[\s,;=\"])(%{1,2})([^\s%])[\s,;=]+in[\s,;=]*\Z", re.IGNORECASE)
_FOR_KIND = re.compile(r"/([drlf])(?![a-z])", re.IGNORECASE)
_COMPARISONS = frozenset({"equ", "neq", "lss", "leq", "gtr", "geq"})
_TESTS = frozenset({"errorlevel", "exist", "defined", "cmdextversion"})

_DEPTH_MAX = 60
"""Blocks within blocks: people write ten, and each costs frames of Python's stack."""


class Parser(Cursor):
    """One logical line."""

    def parse(self) -> Node | None:
        """The whole line; None when nothing is in it. Raises MisreadError."""
        return self._sequence(lines=False)

    # joins, from the loosest to the tightest

    def _sequence(self, *, lines: bool) -> Node | None:
        """Commands joined by `&`; by line ends too, in a block."""
        parts: list[Node] = []
        while True:
            self.skip(BLANKS + "\n" if lines else BLANKS)
            char = self.peek()
            if not char:
                if lines and self.extend():
                    continue
                if lines:
                    raise MisreadError("a block is not closed")
                break
            if char == ")" and self.depth:
                break
            if char == "\n":
                break
            if char == "&":
                self.at += 1
                continue
            if char == ":" and lines:
                self.rest_of_line()
                continue
            if (part := self._either()) is not None:
                parts.append(part)
            if not lines and self.peek() != "&":
                break  # the end of the line or block, or an else
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _either(self) -> Node | None:
        left = self._both()
        while self.peek() == "|" and self.peek(1) == "|":
            self.at += 2
            right = self._both()
            if left is None or right is None:
                left = left or right
            else:
                left = Joined(left, "||", right)
        return left

    def _both(self) -> Node | None:
        left = self._pipe()
        while self.peek() == "&" and self.peek(1) == "&":
            self.at += 2
            right = self._pipe()
            if left is None or right is None:
                left = left or right
            else:
                left = Joined(left, "&&", right)
        return left

    def _pipe(self) -> Node | None:
        first = self._command()
        parts = [first] if first is not None else []
        while self.peek() == "|" and self.peek(1) != "|":
            self.at += 1
            if (part := self._command()) is not None:
                parts.append(part)
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Pipe(tuple(parts))

    # commands

    def _command(self) -> Node | None:
        self.skip(BLANKS + "@")
        if self.peek() == "(":
            return self._group()
        word, end = self.word()
        after = self.text[end : end + 1]
        if word == "rem" and (not after or after in BLANKS + "/\n"):
            self.rest_of_line()
            return None
        if word == "if" and (after in BLANKS + '/("' or not after):
            self.at = end
            return self._if()
        if word == "for" and after and after in BLANKS + "/":
            self.at = end
            return self._for()
        return self._simple()

    def _group(self) -> Group:
        self.at += 1
        self.depth += 1
        if self.depth > _DEPTH_MAX:
            raise MisreadError("blocks within blocks without end")
        body = self._sequence(lines=True)
        self.depth -= 1
        self.at += 1  # the closing parenthesis, at which the sequence ended
        redirects: list[Redirect] = []
        while True:
            self.skip(BLANKS)
            handle = self.handle()
            if handle is None:
                return Group(body, tuple(redirects))
            redirects.append(self.redirect(handle))

    def _simple(self) -> Command | None:
        out: list[str] = []
        redirects: list[Redirect] = []
        carets = 0
        while self.at < len(self.text):
            plain = _PLAIN.match(self.text, self.at)
            if plain is not None:
                out.append(plain[0])
                self.at = plain.end()
                continue
            char = self.text[self.at]
            if char == '"':
                out.append(self.quoted())
            elif char == "^":
                escaped = self.escaped()
                carets += escaped.isalnum() and bool(out) and out[-1][-1:].isalnum()
                out.append(escaped)
            elif char in "&|\n" or (char == ")" and self.depth):
                break
            elif char in "<>" or char.isdigit():
                separate = not out or out[-1][-1:] in BLANKS
                handle = self.handle() if separate or char in "<>" else None
                if handle is None:
                    out.append(char)
                    self.at += 1
                else:
                    redirects.append(self.redirect(handle))
            else:
                out.append(char)
                self.at += 1
        text = "".join(out)
        if not text.strip() and not redirects:
            return None
        return Command(text, tuple(redirects), carets)

    # if and for

    def _if(self) -> If:
        negated = nocase = False
        while True:
            self.skip(BLANKS)
            if self.text[self.at : self.at + 2].lower() == "/i":
                nocase = True
                self.at += 2
                continue
            word, end = self.word()
            if word != "not" or self.text[end : end + 1] not in (" ", "\t"):
                break
            negated = True
            self.at = end
        test = self._test(negated, nocase)
        then = self._sequence(lines=False)
        otherwise: Node | None = None
        self.skip(" \t")
        word, end = self.word()
        if word == "else":
            self.at = end
            otherwise = self._sequence(lines=False)
        return If(test, then, otherwise)

    def _test(self, negated: bool, nocase: bool) -> Test:
        word, end = self.word()
        if word in _TESTS and self.text[end : end + 1] in tuple(BLANKS):
            self.at = end
            self.skip(BLANKS)
            return Test(word, self.operand(""), "", negated, nocase)
        left = self.operand("=")
        self.skip(" \t,;")
        if self.peek() == "=":
            self.skip("= \t,;")
            return Test("==", left, self.operand(" "), negated, nocase)
        operator, end = self.word()
        if operator not in _COMPARISONS:
            raise MisreadError(f"an if without a comparison: {left[:60]}")
        self.at = end
        self.skip(BLANKS)
        return Test(operator, left, self.operand(" "), negated, nocase)

    def _for(self) -> For:
        head: list[str] = []
        while True:
            char = self.peek()
            if not char or char in "\n&|":
                raise MisreadError("a for without its parentheses")
            if char == "(":
                found = _FOR_HEAD.search("".join(head))
                if found is not None:
                    break
            if char == "^":
                head.append(self.escaped())
                continue
            if char == '"':
                head.append(self.quoted())
                continue
            head.append(char)
            self.at += 1
        options = "".join(head)[: found.start()]
        kind = _FOR_KIND.search(options)
        self.at += 1
        values = self._values()
        self.skip(BLANKS)
        word, end = self.word()
        if word != "do":
            raise MisreadError("a for without its do")
        self.at = end
        body = self._sequence(lines=False)
        rest = options[kind.end() :].strip(BLANKS) if kind is not None else ""
        return For(kind[1].lower() if kind is not None else "", rest, found[2], values, body)

    def _values(self) -> str:
        """What stands between the parentheses of a for; line ends are blanks."""
        out: list[str] = []
        while True:
            char = self.peek()
            if not char:
                if not self.extend():
                    raise MisreadError("the values of a for are not closed")
            elif char == ")":
                self.at += 1
                return "".join(out)
            elif char == '"':
                out.append(self.quoted())
            elif char == "^":
                out.append(self.escaped())
            else:
                out.append(" " if char == "\n" else char)
                self.at += 1
