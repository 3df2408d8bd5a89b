"""The settings table as a reference page and as sample files."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from gateway.policy import GatewayConfig, Policy
from gateway.policy.document import Document
from gateway.policy.table import REQUIRED, Setting, Table, tables

_WIDTH = 96
"""Columns of a sample file's comments."""

_INTRODUCTION = """\
# Settings

Two files, both in TOML. **gateway.toml** is the machine: interfaces, ports, processes, paths.
**policy.toml** is what is done with mail. A key that is not set has its built-in default. Unknown
keys, words and types are refused, and all errors of a file are reported at once with their lines:
`gatewayctl policy check FILE`. Traces name the line that decided.
"""


def reference() -> str:
    """docs/generated/settings.md"""
    parts = [_INTRODUCTION]
    for file, document in (("gateway.toml", GatewayConfig), ("policy.toml", Policy)):
        parts.append(f"## {file}\n")
        parts.extend(_reference_table(table) for table in tables(document))
    return "\n".join(parts)


def _reference_table(table: Table) -> str:
    heading = f"### {_header(table)}" if table.name else "### before the first table"
    lines = [heading, "", table.purpose, "", "| key | default | what it is for |", "|---|---|---|"]
    lines += [_reference_row(setting) for setting in table.settings]
    return "\n".join(lines) + "\n"


def _reference_row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default != REQUIRED else REQUIRED
    if setting.unit:
        default += f" {setting.unit}"
    allowed = f" Allowed: {_code(setting.allowed)}." if setting.allowed else ""
    example = f" Example: `{setting.example}`." if setting.example else ""
    words = f"{setting.purpose} {_because(setting)}{allowed}{example}"
    return f"| `{setting.key}`<br>{setting.type} | {default} | {words} |"


def _because(setting: Setting) -> str:
    return f"*Why: {setting.reason}.*"


def _code(allowed: str) -> str:
    """Words of a choice as code; a range as it is."""
    if '"' not in allowed:
        return allowed
    return ", ".join(f"`{word}`" for word in allowed.split(", "))


def sample(document: type[Document], file: str) -> str:
    """A complete settings file in which every key has its default, with comments."""
    lines = [
        f"# {file}: {document.__doc__}",
        "# Every key is set to its built-in default; a line may be left out.",
    ]
    for table in tables(document):
        lines += ["", *_sample_table(table)]
    return "\n".join(lines) + "\n"


def _sample_table(table: Table) -> Iterator[str]:
    # A table that may come any number of times has no default to show, only an example.
    hidden = "# " if table.repeated else ""
    if table.name:
        yield from _comment(table.purpose)
        yield f"{hidden}{_header(table)}"
    for setting in table.settings:
        yield ""
        yield from _comment(f"{setting.purpose} {_details(setting)}")
        if setting.example and setting.default != REQUIRED:
            yield from _comment(f"Example: {setting.name} = {setting.example}")
        value = setting.example if setting.default == REQUIRED else setting.default
        yield f"{hidden}{setting.name} = {value}"


def _details(setting: Setting) -> str:
    allowed = f"Allowed: {setting.allowed}. " if setting.allowed else ""
    unit = f"Unit: {setting.unit}. " if setting.unit else ""
    return f"{unit}{allowed}Why: {setting.reason}."


def _header(table: Table) -> str:
    return f"[[{table.name}]]" if table.repeated else f"[{table.name}]"


def _comment(text: str) -> list[str]:
    paragraphs = text.split("\n\n")
    return [
        line
        for paragraph in paragraphs
        for line in textwrap.wrap(
            " ".join(paragraph.split()),
            _WIDTH,
            initial_indent="# ",
            subsequent_indent="# ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
