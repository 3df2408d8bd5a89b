"""From what pydantic found wrong to sentences for the administrator, with their lines."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.policy.document import Document, KeyPath, Source
from gateway.policy.setting import Section
from gateway.policy.values import suggestion


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a settings file. `line` counts from 1."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file} line {self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class SettingsError(Exception):
    """A settings file cannot be used; `problems` names everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def problems_of(
    error: ValidationError, document: type[Document], source: Source
) -> tuple[Problem, ...]:
    """Every problem that `error` reports, in the order of the file's lines."""
    found = {_problem(details, document, source) for details in error.errors(include_url=False)}
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.key, problem.message)))


def _problem(details: ErrorDetails, document: type[Document], source: Source) -> Problem:
    # pydantic appends '[key]' where a mapping's key, not its value, is wrong.
    path: KeyPath = tuple(step for step in details["loc"] if step != "[key]")
    key = ".".join(str(step) for step in path if isinstance(step, str))
    return Problem(source.file, source.nearest(path), key, _message(details, document, path))


def _message(details: ErrorDetails, document: type[Document], path: KeyPath) -> str:
    kind, value = details["type"], _shown(details["input"])
    context = details.get("ctx", {})
    match kind:
        case "extra_forbidden":
            known = _keys_beside(document, path)
            return f"there is no such setting{suggestion(str(path[-1]), known)}"
        case "missing":
            return "must be given"
        case "enum":
            return f"must be {context['expected']}, not {value}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, not {value}"
        case "less_than_equal":
            return f"must be at most {context['le']}, not {value}"
        case "value_error":
            return str(context["error"])
        case _ if kind in _EXPECTED:
            return f"must be {_EXPECTED[kind]}, not {value}"
        case _:
            return f"{details['msg']}, not {value}"


_EXPECTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "string_type": "text in quotes",
    "tuple_type": "a list in brackets",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "mapping_type": "a table",
    "dict_type": "a table",
}


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}'"
        case int() | float():
            return str(value)
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def _keys_beside(document: type[Section], path: KeyPath) -> list[str]:
    """The keys that exist where the last step of `path` does not."""
    section: type[Section] = document
    for step in path[:-1]:
        if isinstance(step, str):
            inner = section_type(section.model_fields[step].annotation)
            if inner is None:
                return []
            section = inner
    return list(section.model_fields)


def section_type(annotation: object) -> type[Section] | None:
    """The section that a field holds, alone or in an array; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if get_origin(annotation) in (tuple, Union, types.UnionType):
        return next(filter(None, map(section_type, get_args(annotation))), None)
    return None
