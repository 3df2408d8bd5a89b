"""One setting: how a key of gateway.toml or policy.toml is declared.

A section is a frozen pydantic model, a key one of its fields, and `setting()` says of the field
everything that people are told: purpose, unit, default and the reason of the default. Schema,
sample files, reference page and error messages are all made from these declarations
(`gateway.policy.table`); nothing about a key is written down a second time.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict


class Section(BaseModel):
    """A table of a settings file. Unknown keys are refused, values are never guessed at.

    The class's docstring is the section's description in samples and reference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def setting(
    default: object,
    purpose: str,
    *,
    reason: str,
    unit: str = "",
    example: str = "",
    at_least: int | None = None,
    at_most: int | None = None,
) -> Any:
    """A field of a `Section`.

    `purpose` is one sentence, `reason` says why the default is what it is, `unit` is the unit of
    a number, `example` a value in TOML for keys whose default is empty.

    TOML has neither enumerations nor tuples: for those two the string or array that stands for
    them is accepted. All else is strict, so that `enabled = "no"` is an error and not true.
    """
    return Field(
        default=default,
        description=purpose,
        strict=not isinstance(default, (Enum, tuple)),
        ge=at_least,
        le=at_most,
        json_schema_extra=_words(reason=reason, unit=unit, example=example),
    )


def required(purpose: str, *, reason: str, example: str) -> Any:
    """A field without a default: it has to be given where its table is."""
    return Field(
        description=purpose,
        strict=False,
        json_schema_extra=_words(reason=reason, example=example),
    )


def _words(**words: str) -> JsonDict:
    """What is said of a key beyond JSON schema's own words; nothing where nothing is said."""
    return {name: text for name, text in words.items() if text}
