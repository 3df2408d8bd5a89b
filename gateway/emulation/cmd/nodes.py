"""The tree of one command line of cmd.exe. Data only.

Texts hold what is expanded only while the tree is walked: loop variables (`%i`) and variables
between exclamation marks.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Redirect:
    """`2>>target`: the handle, `<`, `>` or `>>`, and a file's name or `&1`."""

    handle: int
    mode: str
    target: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command without its redirections. carets: escapes between letters, as disguises have."""

    text: str
    redirects: tuple[Redirect, ...] = ()
    carets: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Commands in parentheses."""

    body: Node | None
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Commands one after the other: `a & b`, or lines of a block."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """`a && b` (on success) or `a || b` (on failure)."""

    left: Node
    operator: str
    right: Node


@dataclass(frozen=True, slots=True)
class Pipe:
    """`a | b | c`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """The condition of an `if`: kind is `errorlevel`, `exist`, `defined`, `cmdextversion` or the
    operator of a comparison (`==`, `equ`, `neq`, `lss`, `leq`, `gtr`, `geq`)."""

    kind: str
    left: str
    right: str = ""
    negated: bool = False
    nocase: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """`if test then [else otherwise]`."""

    test: Test
    then: Node | None
    otherwise: Node | None = None


@dataclass(frozen=True, slots=True)
class For:
    """`for kind options %variable in (values) do body`; kind is ``, `d`, `r`, `l` or `f`."""

    kind: str
    options: str
    variable: str
    values: str
    body: Node | None


Node = Command | Group | Sequence | Joined | Pipe | If | For
