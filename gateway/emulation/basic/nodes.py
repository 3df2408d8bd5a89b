"""The syntax tree. Names are in lower case: Basic does not tell cases apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.emulation.automation.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """`target.name`; without a target, that of the surrounding With."""

    target: Expression | None
    name: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: None was left out; `name` for `name := value`."""

    value: Expression | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """`target(arguments)`: a call, an array's element, or a default member."""

    target: Expression
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one precedence, from left to right: a string of a thousand pieces is one."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Parentheses: what is in them is passed by value."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class New:
    class_name: str


@dataclass(frozen=True, slots=True)
class TypeOf:
    operand: Expression
    class_name: str


@dataclass(frozen=True, slots=True)
class Span:
    """`low To high`, among the bounds of ReDim."""

    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class AddressOf:
    procedure: str


Expression: TypeAlias = (
    Literal | Name | Member | Call | Unary | Chain | Grouped | New | TypeOf | Span | AddressOf
)


@dataclass(slots=True)
class Block:
    """Statements in order, and where labels stand among them."""

    statements: list[Statement] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assign:
    target: Expression
    value: Expression
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call as a statement."""

    target: Expression
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A declaration: `bounds` None is no array, empty an array without bounds yet."""

    name: str
    type: str = ""
    bounds: tuple[tuple[Expression | None, Expression], ...] | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Dim:
    variables: tuple[Variable, ...]
    is_static: bool = False


@dataclass(frozen=True, slots=True)
class ReDim:
    target: Expression
    bounds: tuple[tuple[Expression | None, Expression], ...]
    type: str
    preserve: bool


@dataclass(frozen=True, slots=True)
class Erase:
    targets: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Const:
    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Expression, Block], ...]
    otherwise: Block


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a Case: an operator and a value, or `to` and a range."""

    operator: str
    value: Expression
    upper: Expression | None = None


@dataclass(frozen=True, slots=True)
class Select:
    subject: Expression
    cases: tuple[tuple[tuple[Test, ...], Block], ...]
    otherwise: Block


@dataclass(frozen=True, slots=True)
class For:
    variable: Expression
    start: Expression
    stop: Expression
    step: Expression | None
    body: Block


@dataclass(frozen=True, slots=True)
class ForEach:
    variable: Expression
    source: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class Do:
    """Do and While loops; `until` turns the condition round, `first` says when it is asked."""

    condition: Expression | None
    until: bool
    first: bool
    body: Block


@dataclass(frozen=True, slots=True)
class With:
    subject: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class OnError:
    """`next`, `zero` or `goto` a label."""

    mode: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Goto:
    """A jump; `returns` for GoSub."""

    label: str
    returns: bool = False


@dataclass(frozen=True, slots=True)
class OnNumber:
    """A jump to the label whose number, from 1, an expression gives; none for other numbers."""

    number: Expression
    labels: tuple[str, ...]
    returns: bool = False


@dataclass(frozen=True, slots=True)
class Resume:
    """`next`, `retry` or a label."""

    mode: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """Leave a `do`, `for`, `procedure`, the `program`, or `return` from a GoSub."""

    what: str


@dataclass(frozen=True, slots=True)
class FileStatement:
    """VBA's own file statements: the verb, and its operands in the order they are written."""

    verb: str
    operands: tuple[Expression, ...]
    mode: str = ""


@dataclass(frozen=True, slots=True)
class MidAssign:
    target: Expression
    start: Expression
    length: Expression | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Nothing:
    """A statement without effect here."""


Statement: TypeAlias = (
    Assign
    | Invoke
    | Dim
    | ReDim
    | Erase
    | Const
    | If
    | Select
    | For
    | ForEach
    | Do
    | With
    | OnError
    | Goto
    | OnNumber
    | Resume
    | Exit
    | FileStatement
    | MidAssign
    | Nothing
)


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    by_value: bool = False
    optional: bool = False
    collects: bool = False
    type: str = ""
    default: Expression | None = None


@dataclass(slots=True)
class Procedure:
    """A Sub, Function or Property. `broken` says why its body could not be read.

    kind: sub, function, get, let or set; statics: its Static variables.
    """

    name: str
    kind: str
    parameters: tuple[Parameter, ...]
    body: Block
    type: str = ""
    broken: str = ""
    is_default: bool = False
    statics: dict[str, object] = field(default_factory=dict)
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """A function of a library, by Declare: its name here, there, and the library's."""

    name: str
    exported: str
    library: str
    parameters: tuple[Parameter, ...]


@dataclass(slots=True)
class Module:
    """A module, a class, or a whole script: what it declares and what it does at once."""

    name: str
    body: Block = field(default_factory=Block)
    procedures: dict[tuple[str, str], Procedure] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)
    constants: list[Const] = field(default_factory=list)
    classes: dict[str, Module] = field(default_factory=dict)
    types: dict[str, tuple[Variable, ...]] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    base: int = 0
