"""Open XML packages, OpenDocument and PDFs: what extraction's survey found, weighed.

The survey says what is there and could be taken out; this module says how bad that is. One table,
so that the weighing can be read and argued with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.engines.static import macros, payloads, scripts
from gateway.engines.static.report import Sight
from gateway.extraction import Hit, Kind, Survey, survey
from gateway.model import Severity

_Weight = tuple[Severity, int]

_BY_KIND: Mapping[Kind, _Weight] = {
    Kind.OLE_OBJECTS: (Severity.LOW, 50),
    Kind.ACTIVEX: (Severity.LOW, 60),
    Kind.DDE: (Severity.HIGH, 75),
    Kind.ACTING_FIELDS: (Severity.LOW, 60),
    Kind.EXTERNAL_LINKS: (Severity.LOW, 50),
    Kind.ACTING_LINKS: (Severity.MEDIUM, 60),
    Kind.DATA_CONNECTIONS: (Severity.LOW, 40),
    Kind.IMPORTED_CHUNKS: (Severity.LOW, 60),
    Kind.CUSTOM_UI: (Severity.INFO, 50),
    Kind.WEB_EXTENSIONS: (Severity.LOW, 50),
    Kind.HIDDEN_DATA: (Severity.LOW, 70),
    Kind.PDF_JAVASCRIPT: (Severity.LOW, 60),
    Kind.PDF_ACTIONS: (Severity.LOW, 50),
    Kind.PDF_EMBEDDED_FILES: (Severity.INFO, 60),
    Kind.PDF_RICH_MEDIA: (Severity.LOW, 60),
    Kind.PDF_XFA: (Severity.INFO, 60),
    Kind.PDF_EXTERNAL_CONTENT: (Severity.MEDIUM, 50),
}
"""Weights where nothing below says more. Macros are weighed by their source."""
_BY_WORDS: Mapping[str, _Weight] = {
    "action that starts a program": (Severity.HIGH, 70),
    "action that starts a program on opening": (Severity.HIGH, 75),
    "action that opens an embedded file": (Severity.MEDIUM, 60),
    "field whose name is computed": (Severity.MEDIUM, 75),
    "formula that fetches or runs": (Severity.MEDIUM, 55),
    "embedded program": (Severity.HIGH, 85),
    "Excel 4 macro sheet": (Severity.MEDIUM, 60),
    "remote frame": (Severity.MEDIUM, 60),
    "button that calls a macro": (Severity.INFO, 60),
    "handler that calls a macro": (Severity.INFO, 60),
    "macro library": (Severity.LOW, 60),
    "macro in the document's text": (Severity.LOW, 60),
    "link that acts when the pointer passes": (Severity.MEDIUM, 55),
}
_ACTS_ON_CLICK = frozenset({Kind.PDF_JAVASCRIPT, Kind.PDF_ACTIONS})
"""What a person sets off by pressing a button or link of the document: reason enough to run it."""
_REMOTE_TEMPLATE = re.compile(r"→ (?:https?:|ftp:|\\\\|file:/{2}[^/\\])", re.IGNORECASE)
_SHELLS = re.compile(
    r"cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|msiexec|certutil|bitsadmin|"
    r"msexcel\\|\.exe",
    re.IGNORECASE,
)
_REMOTE = re.compile(r"→ (?:https?:|ftp:|\\\\)", re.IGNORECASE)


def examine(sight: Sight, data: bytes, type_name: str) -> None:
    """Survey `data` and weigh each thing found."""
    found = survey(data, type_name)
    sight.hosts.update(found.hosts)
    sight.encrypted = sight.encrypted or found.encrypted
    if found.error and not found.encrypted:
        sight.notes.append(found.error)
    for hit in found.hits:
        sight.extractable.append(hit.what)
        if hit.acts and hit.kind is not Kind.MACROS:
            sight.acts(hit.what)
        elif hit.kind in _ACTS_ON_CLICK:
            sight.acts(f"{hit.what} on a click")
        _weigh(sight, hit)
    _weigh_payloads(sight, found)


def _weigh(sight: Sight, hit: Hit) -> None:
    if hit.kind in (Kind.MACROS, Kind.SIGNATURES) and hit.what not in _BY_WORDS:
        if "that runs a macro" in hit.what:
            sight.acts("macro that starts on opening")
            sight.find("macro_auto_name", Severity.HIGH, 70, f"{hit.what} ({hit.where})")
        return
    severity, confidence = _weight(hit)
    sight.find(hit.kind.value, severity, confidence, f"{hit.what}: {hit.where}")


def _weight(hit: Hit) -> _Weight:
    if hit.kind is Kind.DDE:
        return (Severity.HIGH, 90) if _SHELLS.search(hit.where) else (Severity.MEDIUM, 60)
    if hit.what == "remote template" and _REMOTE_TEMPLATE.search(hit.where):
        return Severity.MEDIUM, 70
    if hit.what == "linked OLE object" and _REMOTE.search(hit.where):
        return Severity.MEDIUM, 65
    return _BY_WORDS.get(hit.what, _BY_KIND.get(hit.kind, (Severity.LOW, 40)))


def _weigh_payloads(sight: Sight, found: Survey) -> None:
    for payload in found.payloads:
        if payload.kind is Kind.MACROS and payload.name.lower().endswith("vbaproject.bin"):
            macros.examine_project(sight, payload.data, payload.name)
        elif payload.kind is Kind.OLE_OBJECTS:
            payloads.examine_object(sight, payload.data, payload.name)
        elif payload.kind is Kind.PDF_JAVASCRIPT:
            scripts.examine_javascript(sight, payload.data.decode("utf-8", "replace"))
