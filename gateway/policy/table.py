"""The settings table: every key of a settings file with all that is to be said about it.

Read from the declarations of the sections. Reference page, sample files and completion are made
from it; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from inspect import cleandoc
from typing import cast, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.policy.problems import section_type
from gateway.policy.setting import Section

REQUIRED = "required"
"""What the table says in place of a default where there is none."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key. `default` and `example` are written in TOML; `allowed` is in words."""

    key: str
    name: str
    type: str
    default: str
    unit: str
    purpose: str
    reason: str
    allowed: str
    example: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file: `name` is empty for keys before the first table."""

    name: str
    purpose: str
    repeated: bool
    settings: tuple[Setting, ...]


def tables(document: type[Section]) -> tuple[Table, ...]:
    """Every table of `document` in the order of the file."""
    return tuple(_tables(document, "", False))


def settings(document: type[Section]) -> tuple[Setting, ...]:
    """Every key of `document` in the order of the file."""
    return tuple(setting for table in tables(document) for setting in table.settings)


def _tables(section: type[Section], name: str, repeated: bool) -> Iterator[Table]:
    prefix = f"{name}." if name else ""
    plain, inner = [], []
    for key, field in section.model_fields.items():
        if section_type(field.annotation) is None:
            plain.append(_setting(prefix, key, field))
        else:
            inner.append((prefix + key, field))
    if plain:
        yield Table(name, cleandoc(section.__doc__ or ""), repeated, tuple(plain))
    for inner_name, field in inner:
        inner_section = section_type(field.annotation)
        assert inner_section is not None, "chosen above because it is one"
        yield from _tables(inner_section, inner_name, get_origin(field.annotation) is tuple)


def _setting(prefix: str, key: str, field: FieldInfo) -> Setting:
    words = cast(dict[str, str], field.json_schema_extra)
    return Setting(
        key=prefix + key,
        name=key,
        type=_type(field.annotation),
        default=REQUIRED if field.default is PydanticUndefined else toml_value(field.default),
        unit=words.get("unit", ""),
        purpose=field.description or "",
        reason=words["reason"],
        allowed=_allowed(field),
        example=words.get("example", ""),
    )


def toml_value(value: object) -> str:
    """`value` as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case int():
            return f"{value:_}" if abs(value) >= 10_000 else str(value)
        case tuple():
            return f"[{', '.join(map(toml_value, value))}]"
        case Mapping():
            pairs = ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            raise TypeError(f"no setting holds a {type(value).__name__}")


def _type(annotation: object) -> str:
    if get_origin(annotation) is tuple:
        return f"list of {_type(get_args(annotation)[0])}"
    if isinstance(origin := get_origin(annotation), type) and issubclass(origin, Mapping):
        return "table"
    if args := get_args(annotation):  # Annotated
        return _type(args[0])
    return _TYPE_WORDS.get(annotation, "choice")


_TYPE_WORDS: dict[object, str] = {bool: "true or false", int: "whole number", str: "text"}


def _allowed(field: FieldInfo) -> str:
    if isinstance(field.annotation, type) and issubclass(field.annotation, Enum):
        return ", ".join(toml_value(choice) for choice in field.annotation)
    low = high = None
    for limit in field.metadata:
        low, high = getattr(limit, "ge", low), getattr(limit, "le", high)
    return f"{toml_value(low)} to {toml_value(high)}" if low is not None else ""
