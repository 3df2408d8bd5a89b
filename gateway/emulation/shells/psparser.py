"""PowerShell source to a tree: expressions, commands, statements. Runs nothing."""

from __future__ import annotations

import re

from gateway.emulation.shells.psnodes import (
    Array,
    Assign,
    Binary,
    BlockNode,
    Cast,
    Command,
    Const,
    Index,
    Member,
    Node,
    Parameter,
    Pipeline,
    Step,
    Sub,
    Table,
    Text,
    TypeName,
    Unary,
    Var,
)
from gateway.emulation.shells.psscan import Scanner, escaped, interpolated
from gateway.emulation.shells.psstatements import STATEMENTS, ParserNeeds

_NUMBER = re.compile(
    r"(0x[0-9a-f]+|\d+\.\d+(?:e[+-]?\d+)?|\.\d+|\d+(?:e[+-]?\d+)?)([ldu]{0,2})(kb|mb|gb|tb)?"
    r"(?![\w\\:/-])(?!\.[\w\\])",
    re.IGNORECASE,
)
_UNITS = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}
_TYPE = re.compile(
    r"\[([A-Za-z_][\w.+`]*(?:\[[\w.,\s\[\]]*\])?)\](?!\s*\()|\[([A-Za-z_][\w.+`]*(?:\[[\w.,\s\[\]]*\])?)\]"
)
_ATTRIBUTE = re.compile(
    r"\[(?:Parameter|CmdletBinding|Validate\w+|Alias|OutputType|AllowNull|AllowEmpty\w+|Diagnostics\.\w+|System\.Diagnostics\.\w+)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_DASH = "-\u2013\u2014\u2015/"
_OPERATOR = re.compile(
    r"[-\u2013\u2014\u2015](i?|c?)(eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|contains|notcontains|in|notin|replace"
    r"|split|join|is|isnot|as|band|bor|bxor|and|or|xor|shl|shr|f)(?![\w-])",
    re.IGNORECASE,
)
_UNARY = re.compile(r"[-\u2013\u2014\u2015](not|bnot|join|i?split|csplit)(?![\w-])", re.IGNORECASE)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"and", "or", "xor"}),
    frozenset({"band", "bor", "bxor"}),
    frozenset(
        [
            "eq",
            "ne",
            "gt",
            "ge",
            "lt",
            "le",
            "like",
            "notlike",
            "match",
            "notmatch",
            "contains",
            "notcontains",
            "in",
            "notin",
            "replace",
            "split",
            "join",
            "is",
            "isnot",
            "as",
            "shl",
            "shr",
        ]
    ),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
    frozenset({"f"}),
    frozenset({".."}),
)
"""Operators by how weakly they bind (about_Operator_Precedence), the weakest first."""

_ASSIGN = re.compile(r"(\+|-|\*|/|%|\?\?)?=(?!=)")
_PARAMETER = re.compile(r"[-\u2013\u2014\u2015]([A-Za-z_?][\w?-]*)(:)?")
_REDIRECT = re.compile(r"(?:[1-6*])?>(?:&[12]|(>)?)")
_BARE_END = " \t\r\n;|&(){},\"'\u2018\u2019\u201c\u201d"
_NUMBER_ARGUMENT = re.compile(r"-?(?:0x[0-9a-f]+|\d+(?:\.\d+)?)(?=[\s;|)},]|$)", re.IGNORECASE)
_DEEP = 200
"""Nesting of expressions: what people write has ten."""


class Parser(Scanner, ParserNeeds):
    """Parses one source."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._depth = 0

    def script(self) -> tuple[Node, ...]:
        """All statements. Raises SourceError."""
        body = self.statements("")
        self.space()
        if self.at < len(self.source):
            raise self.fail(f"'{self.source[self.at : self.at + 20]}' was not understood")
        return body

    def statements(self, end: str) -> tuple[Node, ...]:
        """Statements up to `end`, which is left."""
        found: list[Node] = []
        while True:
            self.space()
            if not self.char or (end and self.peek(end)):
                return tuple(found)
            before = self.at
            found.append(self.statement())
            if self.at == before:
                raise self.fail(f"'{self.source[self.at : self.at + 20]}' was not understood")
            self.blanks()
            if self.peek("&") and not self.peek("&&"):
                self.at += 1

    def body(self) -> tuple[Node, ...]:
        """`{ statements }`."""
        self.need("{")
        found = self.statements("}")
        self.need("}")
        return found

    def statement(self) -> Node:
        """One statement."""
        self._depth += 1
        if self._depth > _DEEP:
            raise self.fail("it is nested too deep")
        try:
            self.match(re.compile(r":\w+\s+(?=while|for|foreach|do|switch)", re.IGNORECASE))
            word = _WORD.match(self.source, self.at)
            known = STATEMENTS.get(word[0].lower()) if word is not None else None
            if word is not None and known is not None:
                self.at = word.end()
                made = known(self, word[0].lower())
                if made is not None:
                    return made
                self.at = word.start()
            return self.chain()
        finally:
            self._depth -= 1

    def chain(self) -> Node:
        """Pipelines with `&&` or `||` between them: all of them are told."""
        first = self.pipeline()
        self.blanks()
        rest: list[Node] = []
        while self.take("&&") or self.take("||"):
            self.lines()
            rest.append(self.pipeline())
            self.blanks()
        return Sub((first, *rest)) if rest else first

    def pipeline(self) -> Node:
        """Commands and expressions with `|` between them, or an assignment."""
        parts = [self._element()]
        if isinstance(parts[0], Assign):
            return parts[0]
        while True:
            before = self.at
            self.lines()
            if not self.peek("|") or self.peek("||"):
                self.at = before
                break
            self.at += 1
            self.lines()
            parts.append(self._element())
        return parts[0] if len(parts) == 1 else Pipeline(tuple(parts))

    def _element(self) -> Node:
        self.blanks()
        char = self.char
        if (char == "&" and not self.peek("&&")) or (
            char == "." and re.match(r"\.[\s$('\"{&]", self.source[self.at : self.at + 2])
        ):
            self.at += 1
            self.blanks()
            return self._command(char)
        if (
            not char
            or char in "$@('\"[{+-,!\u201c\u201d\u2018\u2019"
            or char.isdigit()
            or (char == "." and self.source[self.at + 1 : self.at + 2].isdigit())
        ):
            if char.isdigit() and not _NUMBER.match(self.source, self.at):
                return self._command("")
            return self._expression_statement()
        return self._command("")

    def _expression_statement(self) -> Node:
        value = self.expression()
        self.blanks()
        found = self.match(_ASSIGN)
        if found is None:
            if self.match(_REDIRECT):
                self.blanks()
                target = self._argument()
                return Pipeline((value, Command(Const("Out-File"), (target,))))
            return value
        self.lines()
        return Assign(value, found[1] or "", self.statement())

    def expression(self, level: int = 0, *, comma: bool = True) -> Node:
        """An expression whose operators bind at least as strongly as those of `level`."""
        self._depth += 1
        if self._depth > _DEEP:
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
        self._depth -= 1
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
        return self.postfix(self._primary())

    def _type(self) -> Node | None:
        attribute = _ATTRIBUTE.match(self.source, self.at)
        if attribute is not None:
            self.skip_brackets()
            self.lines()
            return self._unary()
        found = _TYPE.match(self.source, self.at)
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

    def _primary(self) -> Node:
        quoted = self.quoted()
        if quoted is not None:
            return quoted
        if self.peek("$(") or self.peek("@(") or self.peek("("):
            return self.parenthesis()
        if self.take("@{"):
            return self._table()
        if self.peek("{"):
            return self.block()
        variable = self.variable()
        if variable is not None:
            return variable
        number = self.match(_NUMBER)
        if number is not None:
            text = number[1].lower()
            plain = (
                float(text)
                if any(c in text for c in ".e") and not text.startswith("0x")
                else int(text, 0)
                if text.startswith("0x")
                else int(text)
            )
            return Const(plain * _UNITS.get((number[3] or "").lower(), 1))
        raise self.fail(f"'{self.source[self.at : self.at + 20]}' was not understood")

    def parenthesis(self) -> Node:
        """`(...)`, `$(...)`, `@(...)`."""
        array = self.peek("@")
        self.at += 1 if self.peek("(") else 2
        body = self.statements(")")
        self.need(")")
        return Sub(body, array)

    def _table(self) -> Node:
        pairs: list[tuple[Node, Node]] = []
        while True:
            self.space()
            if self.take("}"):
                return Table(tuple(pairs))
            word = self.match(_WORD)
            key: Node = Const(word[0]) if word is not None else self.expression()
            self.need("=")
            self.lines()
            pairs.append((key, self.statement()))

    def block(self) -> BlockNode:
        """`{ ... }` as a value."""
        start = self.at
        self.need("{")
        parameters = self.parameters()
        body = self.statements("}")
        self.need("}")
        return BlockNode(self.source[start + 1 : self.at - 1], parameters, body)

    def parameters(self) -> tuple[tuple[str, Node | None], ...]:
        """`param(...)`, if it is there."""
        self.space()
        while _ATTRIBUTE.match(self.source, self.at):
            self.skip_brackets()
            self.space()
        if not self.match(re.compile(r"param\s*\(", re.IGNORECASE)):
            return ()
        return self.parameter_list()

    def parameter_list(self) -> tuple[tuple[str, Node | None], ...]:
        """Names with defaults, up to the `)`."""
        found: list[tuple[str, Node | None]] = []
        while True:
            self.space()
            if self.take(")"):
                return tuple(found)
            if self.take(","):
                continue
            if self.peek("["):
                self.skip_brackets()
                continue
            variable = self.variable()
            if variable is None:
                raise self.fail("a parameter's name is missing")
            self.lines()
            default: Node | None = None
            if self.take("="):
                self.lines()
                default = self.expression(comma=False)
            found.append((variable.name, default))

    def postfix(self, node: Node) -> Node:
        """Members, indexes and calls behind a value."""
        while True:
            if self.peek("["):
                self.at += 1
                self.lines()
                index = self.expression()
                self.need("]")
                node = Index(node, index)
            elif self.peek("::") or re.match(
                r"\??\.[\w$'\"({\u2018\u201c`]", self.source[self.at : self.at + 3]
            ):
                self.at += 2 if self.peek("::") or self.peek("?.") else 1
                self.lines()
                node = self._member(node)
            elif self.peek("++") or self.peek("--"):
                node = Step(node, 1 if self.char == "+" else -1, True)
                self.at += 2
            else:
                before = self.at
                if self.match(
                    re.compile(
                        r"\s*\r?\n\s*(?=\.[A-Za-z_]\w*\()|\s+(?=::)|[ \t]+(?=\.[A-Za-z]\w*\()"
                    )
                ) and isinstance(node, Member | Sub | TypeName):
                    continue
                self.at = before
                return node

    def _member(self, target: Node) -> Node:
        word = self.match(re.compile(r"[\w`]+"))
        name: Node
        if word is not None:
            name = Const(word[0].replace("`", ""))
        else:
            found = self.quoted() or self.variable()
            name = found if found is not None else self.parenthesis()
        if not self.take("("):
            if (
                self.peek("{")
                and isinstance(name, Const)
                and str(name.value).lower() in ("foreach", "where")
            ):
                return Member(target, name, (self.block(),))
            return Member(target, name)
        arguments: list[Node] = []
        while True:
            self.lines()
            if self.take(")"):
                return Member(target, name, tuple(arguments))
            if not self.take(","):
                arguments.append(self.expression(comma=False))

    def _command(self, operator: str) -> Node:
        name: Node
        if operator or not self.char or self.char in "$'\"(":
            name = self._argument()
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
            redirect = self.match(_REDIRECT)
            if redirect is not None:
                self.blanks()
                if "&" not in redirect[0]:
                    target = self._argument()
                    output = target if redirect[0][0] in ">1*" else output
                    append = redirect[1] is not None
                continue
            if self.take("<"):
                continue
            parameter = self.match(_PARAMETER)
            if parameter is not None:
                self.blanks() if parameter[2] else None
                arguments.append(
                    Parameter(parameter[1], self._argument() if parameter[2] else None)
                )
                continue
            arguments.append(self._argument())
        return Command(name, tuple(arguments), operator, output, append)

    def _argument(self) -> Node:
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
            and _TYPE.match(self.source, self.at)
            and "::" not in self.source[self.at : self.at + 80]
        ):
            return self._bare()
        if char == "@" and re.match(r"@[\w]", self.source[self.at : self.at + 2]):
            variable = self.variable()
            if variable is not None:
                return variable
        if char in ("(", "@") or (char and self.quoted_next()) or char == "$":
            start = self.at
            made = self.postfix(self._primary())
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
        parts: list[Node] = []
        words: list[str] = []
        while self.char and (self.char not in _BARE_END or self.quoted_next()):
            node: Node | None = None
            if self.char == "`":
                if self.source[self.at + 1 : self.at + 2] in ("\r", "\n"):
                    break  # the command goes on in the next line
                words.append(
                    escaped(self.source[self.at + 1 : self.at + 2])
                    if self.source[self.at + 1 : self.at + 2] not in "abfnrtv0"
                    else self.source[self.at + 1]
                )
                self.at += 2
                continue
            if self.quoted_next():
                node = self.quoted()
            elif self.char == "$":
                node = self.parenthesis() if self.peek("$(") else self.variable()
            if node is None:
                words.append(self.char)
                self.at += 1
                continue
            if words:
                parts.append(Const("".join(words)))
                words = []
            parts.append(node)
        if words:
            parts.append(Const("".join(words)))
        if not parts:
            if self.char in ("&", "(", "{") and self.char:
                raise self.fail(f"'{self.char}' is not expected here")
            return Const("")
        if all(isinstance(part, Const) for part in parts):
            return Const("".join(str(part.value) for part in parts if isinstance(part, Const)))
        return parts[0] if len(parts) == 1 else Text(tuple(parts))


def parse(source: str) -> BlockNode:
    """A whole script. Raises SourceError."""
    parser = Parser(source)
    parameters = parser.parameters()
    return BlockNode(source, parameters, parser.script())


__all__ = ["Parser", "Table", "Text", "Var", "interpolated", "parse"]
