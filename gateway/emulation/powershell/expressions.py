"""PowerShell's expressions to a tree: operators by how strongly they bind, casts. Runs nothing."""

from __future__ import annotations

import re

from gateway.emulation.powershell.nodes import (
    Array,
    Binary,
    Cast,
    Node,
    Step,
    TypeName,
    Unary,
)
from gateway.emulation.powershell.primaries import Primaries

TYPE = re.compile(
    r"\[([A-Za-z_][\w.+`]*(?:\[[\w.,\s\[\]]*\])?)\](?!\s*\()|\[([A-Za-z_][\w.+`]*(?:\[[\w.,\s\[\]]*\])?)\]"
)
ATTRIBUTE = re.compile(
    r"\[(?:Parameter|CmdletBinding|Validate\w+|Alias|OutputType|AllowNull|AllowEmpty\w+|(?:System\.)?Diagnostics\.CodeAnalysis\.\w+)\b",
    re.IGNORECASE,
)
_OPERATOR = re.compile(
    r"[-\u2013\u2014\u2015](i?|c?)(eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|contains|notcontains|in|notin|replace"
    r"|split|join|is|isnot|as|band|bor|bxor|and|or|xor|shl|shr|f)(?![\w-])",
    re.IGNORECASE,
)
_UNARY = re.compile(r"[-\u2013\u2014\u2015](not|bnot|join|i?split|csplit)(?![\w-])", re.IGNORECASE)
_COMPARISONS = frozenset(
    {
        *("eq", "ne", "gt", "ge", "lt", "le", "like", "notlike", "match", "notmatch"),
        *("contains", "notcontains", "in", "notin", "replace", "split", "join", "is", "isnot"),
        *("as", "shl", "shr"),
    }
)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"and", "or", "xor"}),
    frozenset({"band", "bor", "bxor"}),
    _COMPARISONS,
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
    frozenset({"f"}),
    frozenset({".."}),
)
"""Operators by how weakly they bind (about_Operator_Precedence), the weakest first."""

DEEP = 200
"""Nesting of expressions: what people write has ten."""


class Expressions(Primaries):
    """A cursor that reads expressions."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.depth = 0

    def expression(self, level: int = 0, *, comma: bool = True) -> Node:
        """An expression whose operators bind at least as strongly as those of `level`."""
        self.depth += 1
        if self.depth > DEEP:
            raise self.fail("it is nested too deep")
        left = self._comma() if comma and level == len(_LEVELS) else None
        if left is None:
            left = (
                self._unary() if level == len(_LEVELS) else self.expression(level + 1, comma=comma)
            )
        while level < len(_LEVELS):
            before = self.at
            self.blanks()
            operator = self._operator()
            if operator is None or (
                operator.lstrip("c") not in _LEVELS[level] and operator not in _LEVELS[level]
            ):
                self.at = before
                break
            self.lines()
            left = Binary(operator, left, self.expression(level + 1, comma=comma))
        self.depth -= 1
        return left

    def _operator(self) -> str | None:
        found = _OPERATOR.match(self.source, self.at)
        if found is not None:
            self.at = found.end()
            case = "c" if found[1].lower() == "c" and found[2].lower() != "ontains" else ""
            return case + found[2].lower()
        for word in ("..", "+", "-", "*", "/", "%"):
            if (
                self.peek(word)
                and not self.peek(word + "=")
                and not (word in "+-" and self.peek(word * 2))
            ):
                self.at += len(word)
                return word
        return None

    def _comma(self) -> Node:
        self.blanks()
        if self.take(","):
            self.lines()
            return Array((self._unary(),))
        items = [self._unary()]
        while True:
            before = self.at
            self.blanks()
            if not self.take(","):
                self.at = before
                break
            self.lines()
            items.append(self._unary())
        return items[0] if len(items) == 1 else Array(tuple(items))

    def _unary(self) -> Node:
        self.blanks()
        found = self.match(_UNARY)
        if found is not None:
            self.lines()
            return Unary(
                found[1].lower().lstrip("ic") if "split" in found[1].lower() else found[1].lower(),
                self._unary(),
            )
        if self.take("!"):
            return Unary("not", self._unary())
        for word, by in (("++", 1), ("--", -1)):
            if self.take(word):
                self.blanks()
                return Step(self._unary(), by, False)
        if self.char in ("-", "+") and not re.match(
            r"-[A-Za-z]", self.source[self.at : self.at + 2]
        ):
            sign = self.char
            self.at += 1
            return Unary(sign, self._unary())
        if self.peek("["):
            made = self._type()
            if made is not None:
                return made
        return self.postfix(self.primary())

    def _type(self) -> Node | None:
        attribute = ATTRIBUTE.match(self.source, self.at)
        if attribute is not None:
            self.skip_brackets()
            self.lines()
            return self._unary()
        found = TYPE.match(self.source, self.at)
        if found is None:
            return None
        self.at = found.end()
        name = (found[1] or found[2]).lower()
        if self.peek("::") or self.peek("."):
            return self.postfix(TypeName(name))
        before = self.at
        self.blanks()
        if self.peek("::"):
            return self.postfix(TypeName(name))
        if (
            self.char
            and (self.char in "$@('\"[{-+!\u2018\u2019\u201c\u201d" or self.char.isdigit())
            and not _OPERATOR.match(self.source, self.at)
        ):
            return Cast(name, self._unary())
        self.at = before
        return TypeName(name)

    def skip_brackets(self) -> None:
        """Over `[...]`, whatever is in it."""
        depth = 0
        while self.char:
            if self.char in "'\"":
                self.quoted()
                continue
            depth += {"[": 1, "]": -1}.get(self.char, 0)
            self.at += 1
            if depth == 0:
                return
