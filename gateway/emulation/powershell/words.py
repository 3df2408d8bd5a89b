"""PowerShell's commands to a tree: a name, and arguments mostly without quotes. Runs nothing."""

from __future__ import annotations

import re

from gateway.emulation.powershell.expressions import TYPE, Expressions
from gateway.emulation.powershell.nodes import Array, Command, Const, Node, Parameter, Text
from gateway.emulation.powershell.texts import Pieces, escaped

_PARAMETER = re.compile(r"[-\u2013\u2014\u2015]([A-Za-z_?][\w?-]*)(:)?")
REDIRECT = re.compile(r"(?:[1-6*])?>(?:&[12]|(>)?)")
_BARE_END = " \t\r\n;|&(){},\"'\u2018\u2019\u201c\u201d"
_NUMBER_ARGUMENT = re.compile(r"-?(?:0x[0-9a-f]+|\d+(?:\.\d+)?)(?=[\s;|)},]|$)", re.IGNORECASE)


class Words(Expressions):
    """A cursor that reads commands."""

    def command(self, operator: str) -> Node:
        name: Node
        if operator or not self.char or self.char in "$'\"(":
            name = self.argument()
        else:
            name = self._bare()
        arguments: list[Node] = []
        output: Node | None = None
        append = False
        while True:
            self.blanks()
            if (
                not self.char
                or self.char in ";|)}\r\n"
                or self.peek("&&")
                or (self.char == "&" and not re.match(r"&\S", self.source[self.at : self.at + 2]))
            ):
                break
            if self.take("--%"):
                raw = self.match(re.compile(r"[^\r\n|]*"))
                arguments.append(Const(raw[0].strip() if raw else ""))
                continue
            redirect = self.match(REDIRECT)
            if redirect is not None:
                self.blanks()
                if "&" not in redirect[0]:
                    target = self.argument()
                    output = target if redirect[0][0] in ">1*" else output
                    append = redirect[1] is not None
                continue
            if self.take("<"):
                continue
            parameter = self.match(_PARAMETER)
            if parameter is not None:
                self.blanks() if parameter[2] else None
                arguments.append(Parameter(parameter[1], self.argument() if parameter[2] else None))
                continue
            arguments.append(self.argument())
        return Command(name, tuple(arguments), operator, output, append)

    def argument(self) -> Node:
        """An argument of a command, with the commas that make it a row."""
        items = [self._one_argument()]
        while True:
            before = self.at
            self.blanks()
            if not self.take(","):
                self.at = before
                return items[0] if len(items) == 1 else Array(tuple(items))
            self.lines()
            items.append(self._one_argument())

    def _one_argument(self) -> Node:
        char = self.char
        if char == "{":
            return self.block()
        if (
            char == "["
            and TYPE.match(self.source, self.at)
            and "::" not in self.source[self.at : self.at + 80]
        ):
            return self._bare()
        if char == "@" and re.match(r"@[\w]", self.source[self.at : self.at + 2]):
            variable = self.variable()
            if variable is not None:
                return variable
        if char in ("(", "@") or (char and self.quoted_next()) or char == "$":
            start = self.at
            made = self.postfix(self.primary())
            if not self.char or self.char in _BARE_END or self.char in "])>":
                return made
            tail = self._bare()
            self.at = max(self.at, start)
            return Text((made, tail))
        number = _NUMBER_ARGUMENT.match(self.source, self.at)
        if number is not None:
            self.at = number.end()
            return Const(
                int(number[0], 0)
                if "." not in number[0] and not number[0].lstrip("-").startswith("0")
                else float(number[0])
                if "." in number[0]
                else int(number[0], 16 if "x" in number[0].lower() else 10)
            )
        return self._bare()

    def quoted_next(self) -> bool:
        """Whether a quoted text comes next."""
        return self.char in "'\"\u2018\u2019\u201c\u201d\u201e"

    def _bare(self) -> Node:
        """A word without quotes; backticks, variables and quotes within it count."""
        pieces = Pieces()
        while self.char and (self.char not in _BARE_END or self.quoted_next()):
            node: Node | None = None
            if self.char == "`":
                following = self.source[self.at + 1 : self.at + 2]
                if following in ("\r", "\n"):
                    break  # the command goes on in the next line
                pieces.add(following if following in "abfnrtv0" else escaped(following))
                self.at += 2
                continue
            if self.quoted_next():
                node = self.quoted()
            elif self.char == "$":
                node = self.parenthesis() if self.peek("$(") else self.variable()
            if node is None:
                pieces.add(self.char)
                self.at += 1
            else:
                pieces.put(node)
        parts = pieces.parts()
        if not parts:
            if self.char in ("&", "(", "{") and self.char:
                raise self.fail(f"'{self.char}' is not expected here")
            return Const("")
        if all(isinstance(part, Const) for part in parts):
            return Const("".join(str(part.value) for part in parts if isinstance(part, Const)))
        return parts[0] if len(parts) == 1 else Text(parts)
