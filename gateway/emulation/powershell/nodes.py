"""The tree of a PowerShell script: what the parser makes and the machine walks. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Const:
    """A number, or a text without variables."""

    value: int | float | str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with variables and expressions in it."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Var:
    """A variable: name in lower case, with `env:` before it for the environment's."""

    name: str
    splat: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """Values with commas between them."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sub:
    """`(...)`, `$(...)` or `@(...)`; `array` for the last."""

    body: tuple[Node, ...]
    array: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`@{ name = value }`."""

    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class BlockNode:
    """`{ ... }`: its source, its parameters with defaults, its statements."""

    source: str
    parameters: tuple[tuple[str, Node | None], ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class TypeName:
    """`[name]` as a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Cast:
    """`[name] value`."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class Index:
    """`target[index]`."""

    target: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Member:
    """`target.name` or `target::name`; a call when there are arguments."""

    target: Node
    name: Node
    arguments: tuple[Node, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator before its value."""

    operator: str
    value: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two values."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Step:
    """`++` or `--`; `after` when it stands behind its target."""

    target: Node
    by: int
    after: bool


@dataclass(frozen=True, slots=True)
class Assign:
    """`target = value`, or with an operator before the `=`."""

    target: Node
    operator: str
    value: Node


@dataclass(frozen=True, slots=True)
class Parameter:
    """`-name` of a command, with the value of `-name:value`."""

    name: str
    value: Node | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its arguments; `operator` is `&`, `.` or nothing; `output` what `>` names."""

    name: Node
    arguments: tuple[Node, ...]
    operator: str = ""
    output: Node | None = None
    append: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands or expressions, each fed by the one before."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class If:
    """Conditions with their statements, and those of `else`."""

    branches: tuple[tuple[Node, tuple[Node, ...]], ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """`while`, `do` and `for`; `first` says that the body comes before the condition."""

    start: Node | None
    condition: Node | None
    step: Node | None
    body: tuple[Node, ...]
    first: bool = False
    until: bool = False


@dataclass(frozen=True, slots=True)
class ForEach:
    """`foreach (variable in values)`."""

    variable: str
    values: Node
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """`switch (value) { pattern { } }`; None stands for `default`; option is regex or wildcard."""

    value: Node
    cases: tuple[tuple[Node | None, tuple[Node, ...]], ...]
    option: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function's definition."""

    name: str
    block: BlockNode


@dataclass(frozen=True, slots=True)
class Try:
    """`try` with all its `catch`es and its `finally`."""

    body: tuple[Node, ...]
    handlers: tuple[tuple[Node, ...], ...]
    last: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """break, continue, return, exit or throw, with its value."""

    word: str
    value: Node | None


Expression = (
    Const
    | Text
    | Var
    | Array
    | Sub
    | Table
    | BlockNode
    | TypeName
    | Cast
    | Index
    | Member
    | Unary
    | Binary
    | Step
)
Node = (
    Expression
    | Assign
    | Parameter
    | Command
    | Pipeline
    | If
    | Loop
    | ForEach
    | Switch
    | Function
    | Try
    | Leave
)
