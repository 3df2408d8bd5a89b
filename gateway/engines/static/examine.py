"""The static engine's way in: what is looked at for which type, in the order it is done."""

from __future__ import annotations

from gateway import extraction
from gateway.engines.static import macros, office, payloads, rtf, scripts, shortcuts
from gateway.engines.static.report import Sight, StaticReport
from gateway.engines.static.signatures import Signatures
from gateway.model import Family, file_type

_SURVEYED = frozenset(kind for extractor in extraction.EXTRACTORS for kind in extractor.TYPES)
"""Types whose extractor can say what it would take out."""
_COMPOUND = frozenset({"ole", "ole-doc", "ole-xls", "ole-ppt", "msi", "msg"})
_XML = (b"<", b"\xef\xbb\xbf<")
"""How documents of Word and Excel 2003 begin that are one XML file, under the types of their
binary sisters."""
_PAGES = frozenset({"html", "hta", "wsf"})
_NOT_MATCHED = frozenset({Family.IMAGE, Family.MEDIA})
"""Pixels and sound: no rule speaks of them, and most of a mail's bytes are theirs."""


def preload() -> None:
    """Import and compile everything, before the file system is gone."""
    extraction.preload()
    macros.preload()
    rtf.preload()
    Signatures.shared()


def examine(data: bytes, type_name: str, name: str) -> StaticReport:
    """What the structure of `data` shows; `type_name` is told by content, `name` by the sender."""
    sight = Sight()
    _by_type(sight, data, type_name)
    if type_name == "svg" or file_type(type_name).family not in _NOT_MATCHED:
        Signatures.shared().match(sight, data, type_name, name)
    return sight.report()


def _by_type(sight: Sight, data: bytes, type_name: str) -> None:
    match type_name:
        case "rtf":
            rtf.examine(sight, data)
        case _ if type_name in _PAGES:
            scripts.examine_html(sight, data)
            _survey(sight, data, type_name)
        case "svg":
            scripts.examine_svg(sight, data)
            _survey(sight, data, type_name)
        case _ if type_name in _COMPOUND and not data.startswith(_XML):
            payloads.examine_compound(sight, data)
        case _ if type_name in _SURVEYED:
            office.examine(sight, data, type_name)
        case "lnk":
            shortcuts.examine_lnk(sight, data)
        case "url":
            shortcuts.examine_url(sight, data)
        case _:
            return


def _survey(sight: Sight, data: bytes, type_name: str) -> None:
    """Only what can be taken out: how bad it is, rules and patterns say."""
    found = extraction.survey(data, type_name)
    sight.hosts.update(found.hosts)
    sight.extractable.extend(hit.what for hit in found.hits)
    if found.error:
        sight.notes.append(found.error)
