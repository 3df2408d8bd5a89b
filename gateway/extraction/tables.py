"""The extractor of comma-separated values: cells that a spreadsheet would run as formulas.

A formula gets an apostrophe before it, which spreadsheets take for "this is text". Numbers with a
sign, telephone numbers and all other cells keep their bytes. A table that spreadsheets read as SYLK
is cleaned as such.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.extraction import sylk
from gateway.extraction.contract import Extraction, ExtractStatus, Survey
from gateway.extraction.html.readings import readings, through
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.switches import ExtractSwitches
from gateway.mime.splice import Replacement, apply

NAME: Final = "csv"
TYPES: Final = frozenset({"csv"})

MAX_NAMED: Final = 100
"""Cells named one by one; of more the number is said."""

_CELL: Final = re.compile(
    rb"(?:^|(?<=[,;\t\r\n]))(\"?)[\t\r]*"
    rb"(?=((?:[=+@-]|\xef\xbc[\x9d\x8b\x8d\xa0])[^,;\t\r\n\"]*))"
)
"""Where a cell's content begins and looks like a formula (OWASP, CSV injection), its full-width
signs included. Which separator a program takes depends on its settings: all of them count."""

_NUMBER: Final = re.compile(
    rb"[+-]\s*[\d(.$][\d\s.()/:%'\xa0\xc2\x80\xe2\x82\xac$-]*+"
    rb"(?:[eE][+-]?\d+|[a-zA-Z]{1,4})?\s*\Z"
)
"""A number with a sign, a telephone number, an amount with its currency or unit."""
_LONE_SIGN: Final = re.compile(rb"[+-]+\s*\Z")


def preload() -> None:
    """Everything is imported with this module."""


def survey(data: bytes, type_name: str) -> Survey:
    """Which cells could be made text."""
    _, hits = _neutral(data)
    return Survey(tuple(_named(hits)))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The table with its formulas made text."""
    if not switches.removes(Kind.CSV_FORMULAS):
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    made, hits = _neutral(data)
    if not hits:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(hit.as_removal() for hit in _named(hits))
    return Extraction(ExtractStatus.CLEANED, type_name, made, removed)


def _neutral(data: bytes) -> tuple[bytes, list[Hit]]:
    """The table without anything that a spreadsheet runs, and what that was."""
    hits: list[Hit] = []

    def change(table: bytes) -> bytes:
        if sylk.is_sylk(table):
            found = sylk.edits(table)
            hits.extend(_hit(each.what, each.edit.start) for each in found)
            table = apply(table, [each.edit for each in found])
        places = [match.end() for match in _CELL.finditer(table) if _acts(match[2])]
        hits.extend(_hit("formula", at) for at in places)
        return apply(table, [Replacement(at, at, b"'") for at in places])

    *_, reading = readings(data)
    return through(data, reading, change), hits


def _acts(cell: bytes) -> bool:
    return not (_NUMBER.match(cell) or _LONE_SIGN.match(cell))


def _hit(what: str, at: int) -> Hit:
    return Hit(Kind.CSV_FORMULAS, what, f"byte {at}")


def _named(hits: list[Hit]) -> list[Hit]:
    """The first ones, and how many more there are."""
    if len(hits) <= MAX_NAMED:
        return hits
    more = Hit(Kind.CSV_FORMULAS, f"{len(hits) - MAX_NAMED} more formulas", "table")
    return [*hits[:MAX_NAMED], more]
