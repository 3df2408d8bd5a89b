"""Objects of other programs inside documents: told by their class, opened, or said to be unread.

An object is an OLE 1 object (what RTF carries; [MS-OLEDS] 2.2) or a compound file. What is found
goes into the document's content: files, equations that overrun their editor, links to elsewhere.
Nothing of an object is run here.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass

import olefile

from gateway.emulation.office.content import Content
from gateway.emulation.office.embedded import native_files, package_of
from gateway.emulation.office.equation import (
    FILE_HEADER,
    SIZE_HEADER,
    EquationError,
    Overrun,
    is_editors,
    overrun,
)
from gateway.emulation.office.macros import holds_project
from gateway.emulation.office.oleclasses import Use, name_of, use_of
from gateway.extraction.contract import ExtractError
from gateway.extraction.ole import linked
from gateway.extraction.ole.making import made

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NATIVE, _EQUATION, _LINK = "\x01ole10native", "equation native", "\x01ole"
_DOCUMENT_STREAMS = {
    "worddocument": "doc",
    "workbook": "xls",
    "book": "xls",
    "powerpoint document": "ppt",
}
_FILE_STREAMS = frozenset({"package", "contents"})
"""Streams that hold the whole file of another program."""
_HEADS = {b"PK\x03\x04": "zip", b"%PDF": "pdf", b"{\\rt": "rtf", MAGIC[:4]: "ole"}
_HOLD_SOMETHING = frozenset({Use.PACKAGE, Use.EQUATION, Use.DOCUMENT})
"""Objects that are nothing without a file or an equation in them."""
_STREAMS_MAX = 2000
_COMMAND_START = re.compile(
    r"(?:[a-z]:\\|\\\\|cmd|mshta|powershell|regsvr32|rundll32|certutil|"
    r"wscript|cscript|msiexec|curl|explorer|bitsadmin|wmic)",
    re.IGNORECASE,
)

OVERRUN = "equation that overruns its editor"
STRANGE = "equation that cannot be read"
CONTROL = "control of a library with known faults"
LOADS_ITSELF = "linked object of the network"


@dataclass(frozen=True, slots=True)
class Ole1:
    """An OLE 1 object: its class' name, its native data; topic: of a link, what it leads to."""

    class_name: str
    native: bytes
    topic: str = ""


def ole1(untrusted: bytes) -> Ole1 | None:
    """The object in `untrusted` ([MS-OLEDS] 2.2.4 and 2.2.5); None where no header is."""
    try:
        (form,) = struct.unpack_from("<I", untrusted, 4)
        name, at = _counted(untrusted, 8)
        topic, at = _counted(untrusted, at)
        _, at = _counted(untrusted, at)
        if form & 0xFFFF == 1:
            return Ole1(name, b"", topic)
        (size,) = struct.unpack_from("<I", untrusted, at)
    except (struct.error, ValueError):
        return None
    return Ole1(name, untrusted[at + 4 : at + 4 + size])


def _counted(data: bytes, at: int) -> tuple[str, int]:
    """A text behind its length. Raises ValueError for one that cannot be."""
    (size,) = struct.unpack_from("<I", data, at)
    if size > 1024 or at + 4 + size > len(data):
        raise ValueError("no text")
    return data[at + 4 : at + 4 + size].split(b"\0")[0].decode("latin-1"), at + 4 + size


def take_ole1(untrusted: bytes, content: Content, *, updates: bool) -> None:
    """What the data of an object in RTF holds. updates: it is loaded when the document opens."""
    found = ole1(untrusted)
    if found is None:
        start = untrusted.find(MAGIC)
        if start < 0:
            content.unread.append(f"an object of {len(untrusted)} bytes without a beginning")
            return
        found = Ole1("", untrusted[start:])
    content.told.append(("embedded object", found.class_name, _how(len(found.native), updates)))
    if found.topic:
        content.links.append(("oleobject", found.topic))
    elif found.native.startswith(MAGIC):
        take_compound(found.native, content, found.class_name, updates=updates, alone=True)
    else:
        _take_native(found, content)


def _how(size: int, updates: bool) -> str:
    return f"{size} bytes" + (", loaded on opening" if updates else "")


def _take_native(found: Ole1, content: Content) -> None:
    """An object whose data is its program's own."""
    match use_of("", found.class_name):
        case Use.EQUATION:
            headed = found.native[:2] == FILE_HEADER.to_bytes(2, "little")
            _equation(found.native, content, FILE_HEADER if headed else 0)
        case Use.PACKAGE:
            package = package_of(bytes(4) + found.native)
            if package is None:
                content.unread.append("a package that is cut off")
            else:
                content.embedded.append(package)
        case Use.CONTROL:
            content.told.append((CONTROL, found.class_name, ""))
        case Use.PICTURE:
            pass
        case _:
            _other(found, content)


def _other(found: Ole1, content: Content) -> None:
    if not _file(found.native, content) and found.native:
        content.unread.append(_unknown("", found.class_name))


def _unknown(class_id: str, name: str) -> str:
    return f"an object of the class {name_of(class_id, name)[:80]}, which nothing here opens"


def take_compound(
    data: bytes, content: Content, name: str = "", *, updates: bool = False, alone: bool = False
) -> None:
    """What a compound file carries: packages, equations, links.

    alone: it is itself an object, so that its class is judged as well and what nobody knows is
    said to be unread. Raises nothing; a damaged one is unread.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            _take_open(ole, data, content, name, updates=updates, alone=alone)
    except (OSError, ValueError, struct.error, IndexError, TypeError, RecursionError) as error:
        # olefile follows a directory that leads back into itself until Python ends it.
        if alone:
            content.unread.append(f"an object that is damaged: {error}")


def _take_open(
    ole: olefile.OleFileIO, data: bytes, content: Content, name: str, *, updates: bool, alone: bool
) -> None:
    class_id = str(getattr(ole.root, "clsid", "") or "").upper()
    use = use_of(class_id, name)
    before = len(content.embedded) + len(content.told) + len(content.links)
    equations = 0
    if use is not Use.EQUATION:
        content.embedded += native_files(data)
    for path in ole.listdir()[:_STREAMS_MAX]:
        last = path[-1].lower()
        of = use_of(str(ole.getclsid(path[:-1]) or ""), "") if len(path) > 1 else use
        if last == _EQUATION:
            stream = ole.openstream(path).read()
            if of is not Use.PICTURE and (of is Use.EQUATION or is_editors(stream)):
                _equation(stream, content, FILE_HEADER)
                equations += 1
        elif last == _NATIVE and of is Use.EQUATION:
            _equation(ole.openstream(path).read(), content, SIZE_HEADER)
            equations += 1
        elif last == _LINK and (alone or of is Use.LINK):
            _link(ole.openstream(path).read(), content, updates=updates)
        elif alone and last in _FILE_STREAMS:
            _file(ole.openstream(path).read(), content)
    if alone:
        _by_class(ole, data, content, class_id, name, use)
        found = len(content.embedded) + len(content.told) + len(content.links) > before
        if use is None and not found:
            content.unread.append(_unknown(class_id, name))
        elif not (found or equations) and use in _HOLD_SOMETHING:
            words = (
                f"an object of the class {name_of(class_id, name)[:80]} in which nothing was found"
            )
            content.unread.append(words)


def _by_class(
    ole: olefile.OleFileIO,
    data: bytes,
    content: Content,
    class_id: str,
    name: str,
    use: Use | None,
) -> None:
    """What the object is as a whole: a document of Office, a control, a project."""
    here = {path[0].lower() for path in ole.listdir()[:_STREAMS_MAX] if len(path) == 1}
    suffix = next((end for stream, end in _DOCUMENT_STREAMS.items() if stream in here), "")
    if suffix:
        _embed(content, suffix, data)
    elif holds_project(data) and data not in content.projects:
        content.projects.append(data)
    if use is Use.CONTROL:
        content.told.append((CONTROL, name_of(class_id, name), ""))
    for path in ole.listdir()[:_STREAMS_MAX]:
        inner = _DOCUMENT_STREAMS.get(path[-1].lower(), "")
        if inner and len(path) > 1:
            _inner_document(ole, path[:-1], inner, content)


def _inner_document(ole: olefile.OleFileIO, at: list[str], suffix: str, content: Content) -> None:
    """A document in a storage of the object, as a file of its own."""
    below = [path for path in ole.listdir()[:_STREAMS_MAX] if path[: len(at)] == at]
    streams = {tuple(path[len(at) :]): ole.openstream(path).read() for path in below}
    try:
        document = made(streams)
    except ExtractError as error:
        content.unread.append(f"a document in an object: {error}")
        return
    _embed(content, suffix, document)


def _file(data: bytes, content: Content) -> bool:
    """Hand back native data, or a stream `Package` or `CONTENTS`, if it is a file; say whether."""
    suffix = next((end for head, end in _HEADS.items() if data.startswith(head)), "")
    if suffix:
        _embed(content, suffix, data)
    return bool(suffix)


def _embed(content: Content, suffix: str, data: bytes) -> None:
    content.embedded.append((f"object-{len(content.embedded) + 1}.{suffix}", data))


def _equation(stream: bytes, content: Content, before: int) -> None:
    try:
        found = overrun(stream, before)
    except EquationError as error:
        content.told.append((STRANGE, str(error), f"{len(stream)} bytes"))
        content.unread.append(f"an equation: {error}")
        return
    if found is not None:
        _overrun(found, content)


def _overrun(found: Overrun, content: Content) -> None:
    content.told.append((OVERRUN, found.what, found.text))
    if _COMMAND_START.match(found.text):
        content.started.append((found.text, "by the Equation Editor"))


def _link(stream: bytes, content: Content, *, updates: bool) -> None:
    """A stream `\\x01Ole` that leads elsewhere ([MS-OLEDS] 2.3.3): its addresses."""
    for target in linked.addresses(stream):
        if updates or linked.URL_MONIKER in stream:
            content.told.append((LOADS_ITSELF, target, "loaded on opening" if updates else ""))
        content.links.append(("oleobject", target))
