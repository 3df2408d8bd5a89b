"""Every key of both settings files is read by code that does something: none is a mere promise.

The code is read as text. A key counts as read where its section's name and its own stand in one
chain of attributes (`policy.limits.depth`), where the section was given a name first
(`limits = policy.limits`, then `limits.depth`), where a function that looks keys up by their dotted
name is given it (`Enabled("cache.enabled")`), or where SECTIONS says that a whole section is taken.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.extraction import SWITCHES
from gateway.policy import GatewayConfig, Policy, UnscannedKind
from gateway.policy.table import settings

ROOT = Path(__file__).resolve().parents[3]

DECLARATIONS = frozenset(
    {
        "gateway/policy/gateway_config.py",
        "gateway/policy/mail_policy.py",
        "gateway/policy/sections.py",
        "gateway/policy/await_sections.py",
        "gateway/policy/extract_section.py",
        "gateway/policy/limit_sections.py",
        "gateway/policy/remove_text.py",
        "gateway/policy/replace_section.py",
        "gateway/policy/delivered_sections.py",
    }
)
"""Where keys are declared: naming them there is no reading."""

LOOKS_UP = frozenset({"Enabled", "TypeListed", "WithinChain", "value", "flag", "names", "number"})
"""What reads a key by its dotted name."""

SECTIONS = {
    "unscanned": {f"unscanned.{kind.value}" for kind in UnscannedKind},
    "emulate.received": {"emulate.received.default", "emulate.received.types"},
    "emulate.submitted": {"emulate.submitted.default", "emulate.submitted.types"},
    "extract.remove": {f"extract.remove.{switch.name}" for switch in SWITCHES},
}
"""Sections taken as a whole, by `UnscannedSection.answer`, the gate `Awaited` and
`stages.extract.switches_of`: their keys are those of what is made from them."""

KEYS = [setting.key for document in (GatewayConfig, Policy) for setting in settings(document)]


def _chain(node: ast.expr) -> list[str]:
    """`a.b.c` as names, from the last attribute back to where it stops being a plain chain."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return names[::-1]


def _functions(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _aliases(function: ast.AST) -> dict[str, list[str]]:
    """Names that stand for sections: `lists` -> [policy, lists]; for the tables of an array, the
    variable of the loop over it: `for number, table in enumerate(policy.recipients)`."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as section):
                found[name] = _chain(section)
            case ast.For(
                target=ast.Tuple(elts=[_, ast.Name(id=name)]),
                iter=ast.Call(func=ast.Name(id="enumerate"), args=[ast.Attribute() as section]),
            ):
                found[name] = _chain(section)
    return found


def _read_in(tree: ast.Module) -> Iterator[str]:
    """Every run of names that may be a key, as dotted text that begins with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and LOOKS_UP.intersection(_chain(node.func)[-1:]):
            yield from (f".{arg.value!s}" for arg in node.args if isinstance(arg, ast.Constant))
    for function in _functions(tree):
        aliases = _aliases(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute):
                first, *rest = _chain(node)
                yield "." + ".".join([*aliases.get(first, [first]), *rest])


@pytest.fixture(scope="module")
def read() -> frozenset[str]:
    paths = [path for name in ("gateway", "drivers") for path in (ROOT / name).rglob("*.py")]
    return frozenset(
        text
        for path in paths
        if str(path.relative_to(ROOT)) not in DECLARATIONS
        for text in _read_in(ast.parse(path.read_text()))
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_read_somewhere(key: str, read: frozenset[str]) -> None:
    whole = next((name for name in SECTIONS if key.startswith(f"{name}.")), "")
    if whole:
        assert key in SECTIONS[whole], "the section is taken as a whole, and this key is left over"
    elif "." in key:
        assert any(text.endswith(f".{key}") for text in read), f"nothing reads {key}"
    else:
        top = (f".config.{key}", f"._config.{key}", f".policy.{key}", f"._policy.{key}")
        assert any(text.endswith(top) for text in read), f"nothing reads {key}"


def test_the_sections_taken_as_a_whole_have_all_their_keys() -> None:
    keys = {key for key in KEYS if key.startswith(tuple(f"{name}." for name in SECTIONS))}
    assert keys == set().union(*SECTIONS.values())


def test_a_key_that_nothing_reads_is_noticed(read: frozenset[str]) -> None:
    assert not any(text.endswith(".limits.imagined") for text in read)
