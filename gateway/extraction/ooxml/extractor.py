"""The extractor of Office Open XML: the steps, in the order they run.

Looking and taking out are one pass over the same code: a survey takes everything out of a copy
in memory and forgets the copy. So nothing can be found that is not removed, nor the reverse.
"""

from __future__ import annotations

import codecs

from gateway.extraction import xmlsafe
from gateway.extraction.contract import (
    EncryptedError,
    ExtractError,
    Extraction,
    ExtractStatus,
    Survey,
)
from gateway.extraction.kinds import BY_POLICY_ONLY, Hit, Kind
from gateway.extraction.linkedit import Relink
from gateway.extraction.ooxml import binary, hyperlinks, macrosheets, sheets, slides, word
from gateway.extraction.ooxml.disguised import remove_disguised
from gateway.extraction.ooxml.embedded import clean_embedded
from gateway.extraction.ooxml.metadata import remove_metadata
from gateway.extraction.ooxml.package import Package, open_package
from gateway.extraction.ooxml.references import repair_references
from gateway.extraction.ooxml.relations import (
    MACRO_CONTENT_TYPES,
    OLE_MAGIC,
    Dropped,
    Removes,
    remove_relations,
    remove_signatures,
    sweep_members,
)
from gateway.extraction.switches import ExtractSwitches

NAME = "ooxml"
TYPES = frozenset(
    [
        "docx",
        "docm",
        "dotx",
        "dotm",
        "xlsx",
        "xlsm",
        "xltx",
        "xltm",
        "xlam",
        "xlsb",
        "pptx",
        "pptm",
        "ppsx",
        "ppsm",
        "potx",
        "potm",
        "office-encrypted",
    ]
)
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_INERT_XML = frozenset(
    [
        "theme+xml",
        "styles+xml",
        "fonttable+xml",
        "numbering+xml",
        "core-properties+xml",
        "extended-properties+xml",
        "sharedstrings+xml",
        "tablestyles+xml",
        "presprops+xml",
        "viewprops+xml",
    ]
)
"""Endings of content types whose schemas know nothing that acts."""


def preload() -> None:
    """Everything is imported with this module, except what codecs and lxml load late."""
    codecs.lookup("cp437")
    xmlsafe.parse(b"<a/>", "preload")


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the package in `data`."""
    try:
        package = analyse(_checked(data), 0, lambda kind: kind not in BY_POLICY_ONLY)
    except EncryptedError:
        return Survey(encrypted=True)
    return Survey(tuple(package.hits), tuple(sorted(package.hosts)), tuple(package.payloads))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The package without what `switches` name; its type and name stay (decision 060)."""
    package = analyse(_checked(data), 0, switches.removes, switches.relinks(Kind.HYPERLINKS))
    if not package.hits:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in package.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, package.assemble(), removed)


def analyse(data: bytes, depth: int, removes: Removes, relink: Relink | None = None) -> Package:
    """The package with everything taken out that `removes` names, and with links leading where
    `relink` says; not yet written."""
    package = open_package(data, depth)
    package.relink = relink
    _note_hidden_data(package, removes)
    dropped: Dropped = remove_relations(package, removes)
    if relink is not None:
        hyperlinks.relink_relations(package, relink)
    remove_disguised(package, removes, dropped)
    remove_metadata(package, removes, dropped)
    word.remove_chunks(package, removes, dropped)
    clean_embedded(package, removes, dropped, analyse)
    sweep_members(package, removes, dropped)
    repair_references(package, dropped)
    _clean_parts(package, removes)
    binary.clean(package, removes, dropped)
    if package.hits or removes(Kind.SIGNATURES):
        remove_signatures(package)
    if package.hits:
        package.drop_unused_defaults(MACRO_CONTENT_TYPES)
    return package


def _checked(untrusted_data: bytes) -> bytes:
    if untrusted_data.startswith(OLE_MAGIC):
        if _ENCRYPTED_STREAM in untrusted_data:
            raise EncryptedError("the document is protected by a password")
        raise ExtractError("the file is an OLE compound file, not an Office package")
    return untrusted_data


def _note_hidden_data(package: Package, removes: Removes) -> None:
    if not removes(Kind.HIDDEN_DATA):
        return
    for count, place in ((package.archive.prefix, "before"), (package.archive.suffix, "after")):
        if count:
            package.hits.append(
                Hit(Kind.HIDDEN_DATA, f"{count} bytes", f"{place} the package", acts=False)
            )


def _clean_parts(package: Package, removes: Removes) -> None:
    formulas_gone = macrosheets.replace_macro_sheets(package, removes)
    for part in list(package.xml_parts()):
        if part in package.replaced or _is_inert(package.content_type(part)):
            continue
        text = xmlsafe.searchable(package.read(part), package.name(part))
        word.clean_fields(package, part, text, removes)
        word.clean_mail_merge(package, part, text, removes)
        word.clean_vml(package, part, text, removes)
        slides.clean_actions(package, part, text, removes)
        sheets.clean_macro_calls(package, part, text, removes)
        sheets.clean_connections(package, part, text, removes)
        sheets.clean_names(package, part, text, removes)
        formulas_gone |= sheets.clean_formulas(package, part, text, removes)
        formulas_gone |= hyperlinks.clean_formulas(package, part, text, removes, package.relink)
        if package.relink is not None:
            hyperlinks.relink_fields(package, part, text, package.relink)
    if formulas_gone:
        sheets.drop_calculation_chain(package)


def _is_inert(content_type: str) -> bool:
    return content_type.rpartition(".")[2] in _INERT_XML
