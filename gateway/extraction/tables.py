"""The extractor of comma-separated values: cells that a spreadsheet would run as formulas.

A formula gets an apostrophe before it, which spreadsheets take for "this is text". Numbers with a
sign, telephone numbers and all other cells keep their bytes.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.extraction.contract import ExtractError, Extraction, ExtractStatus, Survey
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
_SYLK: Final = re.compile(rb"ID;P")


def preload() -> None:
    """Everything is imported with this module."""


def survey(data: bytes, type_name: str) -> Survey:
    """Which cells could be made text."""
    _, places = _neutral(data)
    return Survey(tuple(_hits(places)))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The table with its formulas made text."""
    if not switches.removes(Kind.CSV_FORMULAS):
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    made, places = _neutral(data)
    if not places:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(hit.as_removal() for hit in _hits(places))
    return Extraction(ExtractStatus.CLEANED, type_name, made, removed)


def _neutral(data: bytes) -> tuple[bytes, list[int]]:
    """The table with an apostrophe before each formula, and where they stand. Raises ExtractError
    for a file that spreadsheets read as another format."""
    places: list[int] = []

    def change(table: bytes) -> bytes:
        if _SYLK.match(table):
            raise ExtractError("spreadsheets read it as SYLK, which runs macros")
        found = [match.end() for match in _CELL.finditer(table) if _acts(match[2])]
        places.extend(found)
        return apply(table, [Replacement(at, at, b"'") for at in found])

    *_, reading = readings(data)
    return through(data, reading, change), places


def _acts(cell: bytes) -> bool:
    return not (_NUMBER.match(cell) or _LONE_SIGN.match(cell))


def _hits(places: list[int]) -> list[Hit]:
    hits = [Hit(Kind.CSV_FORMULAS, "formula", f"byte {at}") for at in places[:MAX_NAMED]]
    if len(places) > MAX_NAMED:
        hits.append(Hit(Kind.CSV_FORMULAS, f"{len(places) - MAX_NAMED} more formulas", "table"))
    return hits
