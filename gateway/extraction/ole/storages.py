"""Which storages and streams of a compound file act by being there: one walk, one table.

Macro projects, embedded objects, controls and toolbars are storages of their own; they go whole.
The picture that shows an object lies elsewhere, and stays.
"""

from __future__ import annotations

import re

from gateway.extraction.contract import EncryptedError, Payload
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ole.compound import Compound, Entry
from gateway.extraction.ole.findings import Findings, shown

_PROJECTS = frozenset({"macros", "_vba_project_cur", "_vba_project", "vba"})
_PROJECT_STREAMS = frozenset({"project", "projectwm", "projectlk"})
_LOCKED = frozenset({"encryptedpackage", "encryptedsummary", "\x09drmcontent", "\x06dataspaces"})
_OBJECT = re.compile(r"(?:mbd|lnk)[0-9a-f]{8}")
_POOL = "objectpool"
_OBJECT_STREAMS = frozenset({"\x01ole10native", "\x01ole10itemname", "equation native"})
_CONTROL_STREAMS = frozenset({"\x03ocxname", "\x03ocxdata", "ctls"})
_TOOLBARS = "xcb"
_LINK = "\x01ole"
_SEALED = "encryption"
"""Where CryptoAPI puts the objects of a locked workbook ([MS-XLS] 2.2.10). One that holds nothing
but summaries has another name by the time it is judged (`locked.legacysummary`)."""
_SIGNATURES = frozenset({"_signatures", "_xmlsignatures"})
_DATA_STORE = "msodatastore"
_FILES = frozenset({"\x01ole10native", "package", "contents"})
"""Streams that hold the embedded file itself."""
_LARGEST_PAYLOAD = 4 * 1024 * 1024
"""Bytes of an embedded file that are handed on to static analysis."""


def refuse_encrypted(file: Compound) -> None:
    """Raises EncryptedError when a stream says that a password or a licence is needed."""
    if any(entry.name.lower() in _LOCKED for entry in file.root.children):
        raise EncryptedError("the document is protected by a password or by rights management")


def clean(file: Compound, found: Findings) -> bool:
    """Take out what `found.removes` names. Whether a macro project went with it."""
    gone: set[int] = set()
    project_gone = False
    for entry in list(file.root.walk()):
        if entry.id in gone:
            continue
        judged = _judge(file, entry)
        if judged is None:
            continue
        kind, what = judged
        if not found.takes(kind, what, entry.path, acts=kind is Kind.MACROS):
            continue
        project_gone = project_gone or kind is Kind.MACROS
        _hand_on(file, entry, kind, found)
        gone |= {inner.id for inner in entry.walk()} | {entry.id}
        file.remove(entry)
    pool = file.root.child_named(_POOL)
    if pool is not None and not pool.children and found.removes(Kind.OLE_OBJECTS):
        file.remove(pool)
    return project_gone


def remove_signatures(file: Compound, found: Findings) -> None:
    """Take out signatures: of what has been changed, or where policy wants none."""
    for entry in list(file.root.children):
        if entry.name.lower() in _SIGNATURES:
            found.hits.append(
                Hit(Kind.SIGNATURES, "digital signature", shown(entry.path), acts=False)
            )
            file.remove(entry)


def note_hidden_data(file: Compound, found: Findings) -> None:
    """Bytes behind the file's last sector, and entries that hang on no storage."""
    count = file.hidden()
    if count:
        found.takes(Kind.HIDDEN_DATA, f"{count} bytes", "behind the document", acts=False)
    names = file.orphans()
    if names and found.takes(Kind.HIDDEN_DATA, "stream outside of the directory", names[0]):
        file.drop_orphans()


def _judge(file: Compound, entry: Entry) -> tuple[Kind, str] | None:
    name = entry.name.lower()
    parent = entry.parent
    if name in _PROJECTS and _is_project(entry):
        return Kind.MACROS, "VBA macros"
    if name in _PROJECT_STREAMS and entry.is_stream and parent is not None:
        return Kind.MACROS, "settings of VBA macros"
    in_pool = parent is not None and parent.name.lower() == _POOL
    if not entry.is_stream and (in_pool or _OBJECT.fullmatch(name)):
        inner = {below.name.lower() for below in entry.walk()}
        if inner & _CONTROL_STREAMS:
            return Kind.ACTIVEX, "ActiveX control"
        return Kind.OLE_OBJECTS, "embedded OLE object"
    if name in _OBJECT_STREAMS:
        return Kind.OLE_OBJECTS, "embedded OLE object"
    if name in _CONTROL_STREAMS:
        return Kind.ACTIVEX, "ActiveX control"
    if name == _TOOLBARS and entry.is_stream:
        return Kind.CUSTOM_UI, "custom toolbar"
    if name == _SEALED and entry.is_stream and entry.path.lower() == _SEALED:
        return Kind.OLE_OBJECTS, "objects that a lock hides"
    if name == _DATA_STORE:
        return Kind.CUSTOM_XML, "custom XML data"
    if name == _LINK and entry.is_stream and entry.size >= 8 and file.read(entry)[4] & 1:
        return Kind.OLE_OBJECTS, "link to an OLE object"
    return None


def _is_project(entry: Entry) -> bool:
    """Word and Excel make an empty `Macros` storage for documents without any."""
    return entry.is_stream or any(inner.is_stream for inner in entry.walk())


def _hand_on(file: Compound, entry: Entry, kind: Kind, found: Findings) -> None:
    if kind is not Kind.OLE_OBJECTS:
        return
    for inner in (entry, *entry.walk()):
        is_file = inner.is_stream and inner.name.lower() in _FILES
        if is_file and 0 < inner.size <= _LARGEST_PAYLOAD:
            found.payloads.append(Payload(kind, inner.path, file.read(inner)))
