"""PowerShell's statements that begin with a word. One small function for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from gateway.emulation.powershell.nodes import (
    BlockNode,
    Command,
    Const,
    ForEach,
    Function,
    If,
    Leave,
    Loop,
    Node,
    Sub,
    Switch,
    Try,
    TypeName,
    Var,
)
from gateway.emulation.powershell.sources import is_quiet

_ELSEIF = re.compile(r"\s*elseif\b", re.IGNORECASE)
_ELSE = re.compile(r"\s*else\b", re.IGNORECASE)
_CATCH = re.compile(r"\s*catch\b", re.IGNORECASE)
_FINALLY = re.compile(r"\s*finally\b", re.IGNORECASE)
_WHILE = re.compile(r"\s*(while|until)\b", re.IGNORECASE)
_IN = re.compile(r"\s*in\b", re.IGNORECASE)
_NAME = re.compile(r"[\w:.?-]+")
_OPTION = re.compile(r"-(regex|wildcard|exact|casesensitive|file)\b\s*", re.IGNORECASE)
_DEFAULT = re.compile(r"default\b", re.IGNORECASE)


class ParserNeeds(Protocol):
    """What statements ask of the parser."""

    source: str
    at: int

    def statements(self, end: str) -> tuple[Node, ...]: ...
    def statement(self) -> Node: ...
    def pipeline(self) -> Node: ...
    def body(self) -> tuple[Node, ...]: ...
    def block(self) -> BlockNode: ...
    def parenthesis(self) -> Node: ...
    def expression(self, level: int = 0, *, comma: bool = True) -> Node: ...
    def parameter_list(self) -> tuple[tuple[str, Node | None], ...]: ...
    def variable(self) -> Var | None: ...
    def need(self, text: str) -> None: ...
    def take(self, text: str) -> bool: ...
    def peek(self, text: str) -> bool: ...
    def lines(self) -> None: ...
    def space(self) -> None: ...
    def blanks(self) -> None: ...
    def skip_brackets(self) -> None: ...
    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None: ...


def _condition(parser: ParserNeeds) -> Node:
    parser.lines()
    return parser.parenthesis()


def _if(parser: ParserNeeds, word: str) -> Node | None:
    branches = [(_condition(parser), parser.body())]
    while parser.match(_ELSEIF):
        branches.append((_condition(parser), parser.body()))
    otherwise = parser.body() if parser.match(_ELSE) else ()
    return If(tuple(branches), otherwise)


def _while(parser: ParserNeeds, word: str) -> Node | None:
    condition = _condition(parser)
    return Loop(None, condition, None, parser.body())


def _do(parser: ParserNeeds, word: str) -> Node | None:
    body = parser.body()
    found = parser.match(_WHILE)
    if found is None:
        return Loop(None, Const(0), None, body, True)
    return Loop(None, _condition(parser), None, body, True, found[1].lower() == "until")


def _for(parser: ParserNeeds, word: str) -> Node | None:
    parser.need("(")
    pieces: list[Node | None] = []
    for end in (";", ";", ")"):
        parser.lines()
        pieces.append(None if parser.peek(end) else _list_of(parser))
        parser.lines()
        if not parser.take(end) and end == ")":
            parser.need(")")
    return Loop(pieces[0], pieces[1], pieces[2], parser.body())


def _list_of(parser: ParserNeeds) -> Node:
    """`$i = 0, $j = 1` is written by nobody, `$i++; $j++` by some: one statement."""
    return parser.pipeline()


def _foreach(parser: ParserNeeds, word: str) -> Node | None:
    parser.lines()
    if not parser.peek("("):
        return None
    parser.need("(")
    parser.lines()
    variable = parser.variable()
    if variable is None or not parser.match(_IN):
        return None
    parser.lines()
    values = parser.statement()
    parser.need(")")
    return ForEach(variable.name, values, parser.body())


def _switch(parser: ParserNeeds, word: str) -> Node | None:
    option = ""
    parser.lines()
    while found := parser.match(_OPTION):
        option = found[1].lower()
    value = _condition(parser)
    parser.need("{")
    cases: list[tuple[Node | None, tuple[Node, ...]]] = []
    while True:
        parser.space()
        if parser.take("}"):
            return Switch(value, tuple(cases), option)
        default = parser.match(_DEFAULT)
        label: Node | None = None
        if default is None:
            label = parser.block() if parser.peek("{") else _label(parser)
        cases.append((label, parser.body()))


def _label(parser: ParserNeeds) -> Node:
    word = re.compile(r"[\w*?.-]+(?=\s*\{)").match(parser.source, parser.at)
    if word is not None and not word[0][0].isdigit():
        parser.at = word.end()
        return Const(word[0])
    return parser.expression()


def _function(parser: ParserNeeds, word: str) -> Node | None:
    parser.blanks()
    name = parser.match(_NAME)
    if name is None:
        return None
    parser.lines()
    given: tuple[tuple[str, Node | None], ...] = ()
    if parser.take("("):
        given = parser.parameter_list()
    parser.lines()
    block = parser.block()
    lowered = name[0].lower()
    for scope in ("script:", "global:", "local:"):
        lowered = lowered.removeprefix(scope)
    return Function(lowered, BlockNode(block.source, (*given, *block.parameters), block.body))


def _try(parser: ParserNeeds, word: str) -> Node | None:
    parser.lines()
    if not parser.peek("{"):
        return None
    body = parser.body()
    handlers: list[tuple[Node, ...]] = []
    while parser.match(_CATCH):
        parser.lines()
        while parser.peek("["):
            parser.skip_brackets()
            parser.match(re.compile(r"\s*,?\s*"))
        handlers.append(parser.body())
    last = parser.body() if parser.match(_FINALLY) else ()
    return Try(body, tuple(handlers), last)


def _leave(parser: ParserNeeds, word: str) -> Node | None:
    parser.blanks()
    nothing = re.compile(r"$|[\r\n;}|)]").match(parser.source, parser.at)
    if word in ("break", "continue"):
        parser.match(re.compile(r"[A-Za-z]\w*"))
        return Leave(word, None)
    return Leave(word, None if nothing else parser.pipeline())


PROCESS = "(process)"
"""The name of the command that a function's process block is read as: no script can say it."""


def _part(parser: ParserNeeds, word: str) -> Node | None:
    """begin, process, end of a function; trap."""
    parser.lines()
    while word == "trap" and parser.peek("["):
        parser.skip_brackets()
        parser.lines()
    if not parser.peek("{"):
        return None
    start = parser.at
    body = parser.body()
    if word == "process":
        block = BlockNode(parser.source[start + 1 : parser.at - 1], (), body)
        return Command(Const(PROCESS), (block,))
    return Sub(()) if word == "trap" else Sub(body)


def _param(parser: ParserNeeds, word: str) -> Node | None:
    parser.lines()
    if not parser.take("("):
        return None
    parser.parameter_list()
    return Sub(())


def _class(parser: ParserNeeds, word: str) -> Node | None:
    """Classes and enumerations are passed over and said to be."""
    parser.blanks()
    name = parser.match(_NAME)
    if name is None:
        return None
    parser.match(re.compile(r"[^{]*"))
    start = parser.at
    depth = 0
    for position in range(start, len(parser.source)):
        depth += {"{": 1, "}": -1}.get(parser.source[position], 0)
        if depth == 0:
            parser.at = position + 1
            break
    quiet = "quiet " if is_quiet(parser.source[start : parser.at]) else ""
    return TypeName(f"{quiet}class {name[0]}")


def _using(parser: ParserNeeds, word: str) -> Node | None:
    return (
        Sub(())
        if parser.match(re.compile(r"\s+(namespace|module|assembly)[^\r\n;]*", re.IGNORECASE))
        else None
    )


STATEMENTS: dict[str, Callable[[ParserNeeds, str], Node | None]] = {
    "if": _if,
    "while": _while,
    "do": _do,
    "for": _for,
    "foreach": _foreach,
    "switch": _switch,
    "function": _function,
    "filter": _function,
    "try": _try,
    "break": _leave,
    "continue": _leave,
    "return": _leave,
    "exit": _leave,
    "throw": _leave,
    "begin": _part,
    "process": _part,
    "end": _part,
    "dynamicparam": _part,
    "trap": _part,
    "param": _param,
    "class": _class,
    "enum": _class,
    "using": _using,
}
