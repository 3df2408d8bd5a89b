"""Office documents that are one XML file: Word and Excel 2003, and packages of Word 2007 in one.

They carry the same things as their binary and zipped sisters, by other names. A package in one file
is made a zip, cleaned as one, and written back as one file.
Source: Office 2003 XML Reference Schemas; Flat OPC as Word writes it.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile

from lxml import etree

from gateway.extraction import links, xmlsafe
from gateway.extraction.contract import ExtractError
from gateway.extraction.kinds import Kind
from gateway.extraction.ole.findings import Findings
from gateway.extraction.ooxml import extractor as ooxml
from gateway.extraction.ooxml import fields
from gateway.extraction.ooxml.package import drop_element
from gateway.extraction.xmlsafe import attribute, local

_PACKAGE = "http://schemas.microsoft.com/office/2006/xmlPackage"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_WHOLE: dict[str, tuple[Kind, str]] = {
    "docSuppData": (Kind.MACROS, "VBA macros"),
    "docOleData": (Kind.OLE_OBJECTS, "embedded OLE objects"),
    "OLEObject": (Kind.OLE_OBJECTS, "embedded OLE object"),
    "docOcx": (Kind.ACTIVEX, "ActiveX control's data"),
    "ocx": (Kind.ACTIVEX, "ActiveX control"),
    "mailMerge": (Kind.DATA_CONNECTIONS, "mail-merge source"),
    "subDoc": (Kind.EXTERNAL_LINKS, "subdocument"),
    "sourceFileName": (Kind.EXTERNAL_LINKS, "remote frame"),
    "QueryTable": (Kind.DATA_CONNECTIONS, "query table"),
    "QuerySource": (Kind.DATA_CONNECTIONS, "query"),
    "MapInfo": (Kind.DATA_CONNECTIONS, "XML map"),
    "WorksheetSource": (Kind.DATA_CONNECTIONS, "web component's source"),
}
"""Elements that act whatever they hold."""
_INSIDE = "wordml"
"""The scheme of addresses of the document's own pictures."""
_STRINGS = re.compile(r'"(?:[^"]|"")*"')
_DDE_FORMULA = re.compile(r"[\w\]']\s*\|\s*'?[^!]*'?!")
_FETCHING = re.compile(r"\b(?:WEBSERVICE|RTD|CALL|REGISTER(?:\.ID)?|EXEC)\s*\(", re.IGNORECASE)
_OTHER_BOOK = re.compile(r"\[[^\]]+\.\w{2,5}\]|'[^']*\[[^\]]+\][^']*'!")


def is_xml(data: bytes) -> bool:
    """Whether the document is XML at all."""
    return data[:4].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<" or data[:2] in (
        b"\xff\xfe",
        b"\xfe\xff",
    )


def clean(data: bytes, found: Findings) -> bytes:
    """The document without what `found.removes` names. Raises ExtractError when it is none."""
    root = xmlsafe.parse(data, "the document")
    match local(root):
        case "package":
            return _clean_package(root, found)
        case "wordDocument" | "Workbook":
            _clean_tree(root, found)
            return xmlsafe.serialise(root)
        case _:
            raise ExtractError("the file is no Office document in XML")


def _clean_tree(root: etree._Element, found: Findings) -> None:
    _clean_fields(root, found)
    gone: set[etree._Element] = set()
    for element in list(root.iter()):
        name = local(element)
        rule = _WHOLE.get(name) or _binary(element, name)
        if element in gone:
            continue
        if rule is not None:
            if found.takes(*rule, name):
                gone.update(element.iter())
                drop_element(element)
        elif name == "SupBook":
            _clean_source(element, found)
        elif name == "attachedTemplate":
            _clean_address(element, "val", "remote template", found)
        elif name in ("imagedata", "fill"):
            _clean_address(element, "src", "remote picture", found)
        elif name == "hlink":
            _clean_link(element, "dest", found)
        else:
            _clean_link(element, "HRef", found)
            _clean_formula(element, found)


def _binary(element: etree._Element, name: str) -> tuple[Kind, str] | None:
    """What a file in base64 is by its name; pictures have other endings."""
    file = attribute(element, "name").lower() if name == "binData" else ""
    if file.endswith(".mso"):
        return _WHOLE["docOleData" if "ole" in file else "docSuppData"]
    return None


def _clean_fields(root: etree._Element, found: Findings) -> None:
    walked = fields.walk(root)
    found.hosts |= walked.hosts
    for hit, complex_field in walked.hits:
        if found.takes(hit.kind, hit.what, hit.where, acts=hit.acts):
            fields.unlink_complex(complex_field)
    for hit, element in walked.simple:
        if found.takes(hit.kind, hit.what, hit.where, acts=hit.acts):
            fields.unlink_simple(element)


def _clean_source(element: etree._Element, found: Findings) -> None:
    """A linked source of a workbook: DDE when a bar divides its path."""
    path = next((child.text or "" for child in element if local(child) == "Path"), "")
    if "|" in path:
        taken = found.takes(Kind.DDE, "DDE link", path)
    else:
        taken = found.takes(Kind.EXTERNAL_LINKS, "link to another workbook", path)
    if taken:
        drop_element(element)


def _clean_address(element: etree._Element, name: str, what: str, found: Findings) -> None:
    target = attribute(element, name)
    if links.is_remote(target) and links.scheme(target) != _INSIDE:
        found.hosts.add(links.host(target) or target)
        if found.takes(Kind.EXTERNAL_LINKS, what, f"{what} → {target}"):
            _drop(element, name)


def _clean_link(element: etree._Element, name: str, found: Findings) -> None:
    target = attribute(element, name)
    if not target:
        return
    if named := links.host(target):
        found.hosts.add(named)
    if links.starts_program(target):
        taken = found.takes(Kind.ACTING_LINKS, "link that starts a program", target, acts=False)
    else:
        taken = found.takes(Kind.HYPERLINKS, "link", target, acts=False)
    if taken:
        _drop(element, name)


def _clean_formula(element: etree._Element, found: Findings) -> None:
    formula = attribute(element, "Formula") or attribute(element, "RefersTo")
    bare = _STRINGS.sub('""', formula)
    if not bare:
        return
    if _DDE_FORMULA.search(bare):
        taken = found.takes(Kind.DDE, "DDE formula", formula)
    elif _FETCHING.search(bare):
        taken = found.takes(Kind.ACTING_FIELDS, "formula that fetches or runs", formula)
    else:
        is_linked = bool(_OTHER_BOOK.search(bare))
        what = "formula over another workbook"
        taken = is_linked and found.takes(Kind.EXTERNAL_LINKS, what, formula)
    if taken and local(element) == "NamedRange":
        drop_element(element)
    elif taken:
        _drop(element, "Formula")


def _drop(element: etree._Element, name: str) -> None:
    for key in list(element.attrib):
        if str(key).rpartition("}")[2] == name:
            del element.attrib[key]


def _clean_package(root: etree._Element, found: Findings) -> bytes:
    """A package in one file, by the extractor of packages."""
    package = ooxml.analyse(_zipped(root), 0, found.removes)
    found.hits += package.hits
    found.hosts |= package.hosts
    found.payloads += package.payloads
    return _flat(root, package.assemble()) if package.hits else b""


def _zipped(root: etree._Element) -> bytes:
    types = etree.Element(f"{{{_TYPES}}}Types")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for part in root:
            if local(part) != "part":
                continue
            name = attribute(part, "name").lstrip("/")
            attributes = {"PartName": f"/{name}", "ContentType": attribute(part, "contentType")}
            etree.SubElement(types, f"{{{_TYPES}}}Override", attributes)
            archive.writestr(zipfile.ZipInfo(name), _content(part, name))
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), etree.tostring(types))
    return memory.getvalue()


def _content(part: etree._Element, name: str) -> bytes:
    for holder in part:
        if local(holder) == "xmlData" and len(holder):
            return etree.tostring(holder[0], encoding="UTF-8", with_tail=False)
        if local(holder) == "binaryData":
            try:
                return base64.b64decode(holder.text or "")
            except binascii.Error:
                break
    raise ExtractError(f"the part {name[:100]} cannot be read")


def _flat(root: etree._Element, package: bytes) -> bytes:
    """The zip file's members as parts of `root`, in the order they had."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members = {f"/{name}": archive.read(name) for name in archive.namelist()}
    types = xmlsafe.parse(members.pop("/[Content_Types].xml"), "content types")
    kinds = {attribute(entry, "PartName"): attribute(entry, "ContentType") for entry in types}
    for part in list(root):
        name = attribute(part, "name")
        content = members.pop(name, None)
        if local(part) != "part" or content is None:
            root.remove(part)
        elif content != _content(part, name):
            _put(part, content)
    for name, content in members.items():
        attributes = {
            f"{{{_PACKAGE}}}name": name,
            f"{{{_PACKAGE}}}contentType": kinds.get(name, ""),
        }
        _put(etree.SubElement(root, f"{{{_PACKAGE}}}part", attributes), content)
    return xmlsafe.serialise(root)


def _put(part: etree._Element, content: bytes) -> None:
    for holder in list(part):
        part.remove(holder)
    if content.lstrip()[:1] == b"<":
        holder = etree.SubElement(part, f"{{{_PACKAGE}}}xmlData")
        holder.append(xmlsafe.parse(content, "a part"))
    else:
        holder = etree.SubElement(part, f"{{{_PACKAGE}}}binaryData")
        holder.text = base64.b64encode(content).decode("ascii")
