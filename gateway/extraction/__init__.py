"""Threat extraction: documents without what can act, fetch or hide, in their own format.

Pure functions on bytes that run inside the sandbox's guest: no file, socket or process. One
module per family of formats behind `contract.Extractor`; `EXTRACTORS` lists them.
"""

from gateway.extraction.contract import (
    Extraction,
    Extractor,
    ExtractStatus,
    Payload,
    Survey,
)
from gateway.extraction.kinds import WHY, Hit, Kind
from gateway.extraction.registry import (
    EXTRACTORS,
    SURVEYED_WHOLLY,
    extract,
    extractor_for,
    preload,
    survey,
)
from gateway.extraction.switches import (
    DEFAULT_SWITCHES,
    SWITCHES,
    ExtractSwitches,
    Switch,
)
from gateway.model.linkpolicy import LinkPolicy

__all__ = [
    "DEFAULT_SWITCHES",
    "EXTRACTORS",
    "SURVEYED_WHOLLY",
    "SWITCHES",
    "WHY",
    "ExtractStatus",
    "ExtractSwitches",
    "Extraction",
    "Extractor",
    "Hit",
    "Kind",
    "LinkPolicy",
    "Payload",
    "Survey",
    "Switch",
    "extract",
    "extractor_for",
    "preload",
    "survey",
]
