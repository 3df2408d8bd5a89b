"""The extractor of legacy Office: the steps, in the order they run.

The compound file is changed in place: what stays keeps its bytes and its place (decision 047).
Looking and taking out are one pass over the same code.
"""

from __future__ import annotations

import struct

from gateway.extraction.contract import ExtractError, Extraction, ExtractStatus, Survey
from gateway.extraction.kinds import BY_POLICY_ONLY, Kind
from gateway.extraction.ole import dataobjects, excel, powerpoint, slides, storages, word, xml2003
from gateway.extraction.ole.compound import MAGIC, Compound
from gateway.extraction.ole.findings import Findings, Removes
from gateway.extraction.switches import ExtractSwitches
from gateway.model.linkpolicy import LinkPolicy

NAME = "legacy Office"
TYPES = frozenset({"ole-doc", "ole-xls", "ole-ppt", "ole"})
_BARE_SHEETS = (b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")
"""First bytes of workbooks of Excel 3, 4 and 5 that stand without a compound file."""


def preload() -> None:
    """Everything is imported with this module."""


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the document in `data`."""
    found = _analyse(data, lambda kind: kind not in BY_POLICY_ONLY)[0]
    return Survey(tuple(found.hits), tuple(sorted(found.hosts)), tuple(found.payloads))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The document without what `switches` name."""
    found, content = _analyse(
        data, switches.ends_links, swaps_links=switches.hyperlinks is LinkPolicy.DEFANG
    )
    if not found.hits:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in found.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, content, removed)


def _analyse(data: bytes, removes: Removes, *, swaps_links: bool = False) -> tuple[Findings, bytes]:
    """What was found, and the document as it is without it."""
    found = Findings(removes, swaps_links=swaps_links)
    try:
        if data.startswith(_BARE_SHEETS):
            return found, bytes(excel.clean(data, found, project_gone=False))
        if xml2003.is_xml(data):
            return found, xml2003.clean(data, found)
        if not data.startswith(MAGIC):
            raise ExtractError("the file is no document of Office 97 to 2003")
        return found, _clean_compound(data, found)
    except struct.error:
        raise ExtractError("a structure of the document is cut off") from None


def _clean_compound(data: bytes, found: Findings) -> bytes:
    file = Compound(data)
    storages.refuse_encrypted(file)
    storages.note_hidden_data(file, found)
    _clean_presentation(file, found)
    _clean_text(file, found)
    project_gone = storages.clean(file, found)
    _clean_workbooks(file, found, project_gone=project_gone)
    if found.hits or found.removes(Kind.SIGNATURES):
        storages.remove_signatures(file, found)
    return file.written() if found.hits else data


def _clean_text(file: Compound, found: Findings) -> None:
    entry = file.root.child_named("WordDocument")
    if entry is None:
        return
    stream = file.read(entry)
    table = None
    if word.modern(stream):
        table = file.root.child_named(word.table_name(stream))
        if table is None:
            raise ExtractError("the Word document has no table stream")
    document = word.Document(stream, file.read(table) if table is not None else b"")
    document.clean(found)
    file.write(entry, document.stream)
    if table is not None:
        file.write(table, document.table)
    data = file.stream("Data")
    if data is not None:
        file.write(data, dataobjects.clean(file.read(data), found))


def _clean_workbooks(file: Compound, found: Findings, *, project_gone: bool) -> None:
    for name in ("Workbook", "Book"):
        entry = file.stream(name)
        if entry is not None:
            stream = excel.clean(file.read(entry), found, project_gone=project_gone)
            file.write(entry, stream)


def _clean_presentation(file: Compound, found: Findings) -> None:
    user, edit = file.stream("Current User"), None
    if user is not None:
        current = file.read(user)
        powerpoint.refuse_encrypted(current)
        edit = slides.last_edit(current)
    entry = file.stream("PowerPoint Document")
    if entry is not None:
        file.write(entry, powerpoint.clean(file.read(entry), edit, found))
