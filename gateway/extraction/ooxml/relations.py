"""What each type of relationship can do, and taking out those that act.

One table says what the type of a relationship means; the functions carry it out. Elements that
referred to a relationship by its id are repaired by `references`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.extraction import links
from gateway.extraction.contract import Payload
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml.package import Package, Relationship
from gateway.extraction.xmlsafe import local

Removes = Callable[[Kind], bool]
Dropped = dict[str, set[str]]
"""Ids of the relationships taken out, by the part they belonged to."""

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"

_INTERNAL: Mapping[str, tuple[Kind, str]] = {
    "vbaproject": (Kind.MACROS, "VBA macros"),
    "wordvbadata": (Kind.MACROS, "VBA macro bindings"),
    "vbaprojectsignature": (Kind.MACROS, "signature of VBA macros"),
    "vbaprojectsignatureagile": (Kind.MACROS, "signature of VBA macros"),
    "vbaprojectsignaturev3": (Kind.MACROS, "signature of VBA macros"),
    "oleobject": (Kind.OLE_OBJECTS, "embedded OLE object"),
    "control": (Kind.ACTIVEX, "ActiveX control"),
    "activexcontrolbinary": (Kind.ACTIVEX, "ActiveX control's data"),
    "attachedtemplate": (Kind.EXTERNAL_LINKS, "attached template"),
    "subdocument": (Kind.EXTERNAL_LINKS, "subdocument"),
    "externallink": (Kind.EXTERNAL_LINKS, "link to another workbook"),
    "extensibility": (Kind.CUSTOM_UI, "custom ribbon"),
    "usercustomization": (Kind.CUSTOM_UI, "custom ribbon"),
    "attachedtoolbars": (Kind.CUSTOM_UI, "custom toolbar"),
    "keymapcustomizations": (Kind.CUSTOM_UI, "custom key bindings"),
    "webextensiontaskpanes": (Kind.WEB_EXTENSIONS, "task pane add-in"),
    "webextension": (Kind.WEB_EXTENSIONS, "web add-in"),
    "customxml": (Kind.CUSTOM_XML, "custom XML data"),
}
"""Relationships inside the package whose target goes with them."""

_EXTERNAL_NAMES: Mapping[str, str] = {
    "attachedtemplate": "remote template",
    "oleobject": "linked OLE object",
    "package": "linked package",
    "image": "remote picture",
    "frame": "remote frame",
    "subdocument": "remote subdocument",
    "externallinkpath": "path of another workbook",
    "video": "remote film",
    "audio": "remote sound",
    "media": "remote media",
    "mailmergesource": "mail-merge source",
}
_KIND_OF_EXTERNAL: Mapping[str, Kind] = {
    "oleobject": Kind.OLE_OBJECTS,
    "package": Kind.OLE_OBJECTS,
    "mailmergesource": Kind.DATA_CONNECTIONS,
    "mailmergeheadersource": Kind.DATA_CONNECTIONS,
}
LINKED_WORKBOOK = "externallink"
"""Type of the relationship from a workbook to what its formulas call `[1]`."""
MACRO_CONTENT_TYPES = frozenset(
    {
        "application/vnd.ms-office.vbaproject",
        "application/vnd.ms-office.vbaprojectsignature",
        "application/vnd.ms-office.vbaprojectsignatureagile",
        "application/vnd.ms-office.vbaprojectsignaturev3",
        "application/vnd.ms-word.vbadata+xml",
    }
)


def remove_relations(package: Package, removes: Removes) -> Dropped:
    """Take out every relationship that acts; the ids that went, by source part."""
    before = _reachable(package)
    dropped: Dropped = {}
    judged = []
    for relationship in package.all_relationships():
        _note_host(package, relationship)
        hit = _judge(package, relationship)
        if hit is not None:
            judged.append((relationship, hit))
    # Formulas name linked workbooks by position: one cannot go without the others.
    unlink = any(removes(hit.kind) for item, hit in judged if item.kind == LINKED_WORKBOOK)
    for relationship, hit in judged:
        if removes(hit.kind) or (unlink and relationship.kind == LINKED_WORKBOOK):
            package.hits.append(hit)
            package.drop_relationship(relationship)
            dropped.setdefault(relationship.source, set()).add(relationship.id)
    package.links_gone = unlink
    if dropped:
        _drop_orphans(package, before)
    return dropped


def _note_host(package: Package, relationship: Relationship) -> None:
    if relationship.external:
        named = links.host(relationship.target)
        if named:
            package.hosts.add(named)


def _judge(package: Package, relationship: Relationship) -> Hit | None:
    if relationship.external:
        return _judge_external(package, relationship)
    entry = _INTERNAL.get(relationship.kind)
    part = relationship.part
    if entry is None and package.content_type(part) in MACRO_CONTENT_TYPES:
        entry = _INTERNAL["vbaproject"]
    if entry is None:
        return None
    kind, what = entry
    if relationship.kind == LINKED_WORKBOOK:
        return _judge_workbook_link(package, part)
    if kind is Kind.OLE_OBJECTS and package.peek(part, 4) == ZIP_MAGIC:
        return None  # `embedded` cleans it in place
    where = package.name(part)
    if kind in (Kind.MACROS, Kind.OLE_OBJECTS) and part in package.members:
        package.payloads.append(Payload(kind, where, package.read(part)))
    acts = kind is not Kind.OLE_OBJECTS
    return Hit(kind, what, where, acts)


def _judge_workbook_link(package: Package, part: str) -> Hit:
    """An external link of Excel is a workbook, a DDE conversation or an OLE link (18.14)."""
    where = package.name(part)
    link = package.tree(part) if part in package.members and part.endswith(".xml") else ()
    for child in link:
        if local(child) == "ddeLink":
            spoken = f"{child.get('ddeService', '')} {child.get('ddeTopic', '')}"
            return Hit(Kind.DDE, "DDE link", f"{where}: {_shown(spoken)}")
        if local(child) == "oleLink":
            return Hit(Kind.OLE_OBJECTS, "OLE link", where)
    return Hit(Kind.EXTERNAL_LINKS, "link to another workbook", where)


def _judge_external(package: Package, relationship: Relationship) -> Hit | None:
    where = f"{package.name(relationship.source) or 'package'} → {_shown(relationship.target)}"
    if relationship.kind == "hyperlink":
        if links.starts_program(relationship.target):
            return Hit(Kind.ACTING_LINKS, "link that starts a program", where, acts=False)
        return Hit(Kind.HYPERLINKS, "link", where, acts=False)
    kind = _KIND_OF_EXTERNAL.get(relationship.kind, Kind.EXTERNAL_LINKS)
    what = _EXTERNAL_NAMES.get(relationship.kind, f"external reference ({relationship.kind})")
    return Hit(kind, what, where)


def _shown(target: str) -> str:
    """A target for one line of a trace: no control characters, not endless."""
    return "".join(sign if sign.isprintable() else "?" for sign in target)[:200]


def _reachable(package: Package) -> set[str]:
    """Keys of the parts that a chain of relationships leads to."""
    found: set[str] = set()
    waiting = [""]
    while waiting:
        for relationship in package.relationships.get(waiting.pop(), ()):
            part = relationship.part
            if part and part not in found and part in package.members:
                found.add(part)
                waiting.append(part)
    return found


def _drop_orphans(package: Package, before: set[str]) -> None:
    """Take out the parts that only removed relationships led to."""
    for part in sorted(before - _reachable(package)):
        if package.content_type(part).startswith("image/"):
            continue  # inert, and a preview may be shared with a drawing that is not linked
        package.drop_part(part)


def remove_signatures(package: Package) -> None:
    """Take out package signatures: a change to the package has made them invalid, or policy
    wants none."""
    before = _reachable(package)
    gone = False
    for relationship in package.all_relationships():
        if relationship.kind == "origin" and "digital-signature" in _type(relationship):
            package.hits.append(
                Hit(Kind.SIGNATURES, "digital signature", package.name(relationship.part), False)
            )
            package.drop_relationship(relationship)
            gone = True
    if gone:
        for part in sorted(before - _reachable(package)):
            package.drop_part(part)


def _type(relationship: Relationship) -> str:
    return relationship.type.lower()


def sweep_members(package: Package, removes: Removes, dropped: Dropped) -> None:
    """Take out members that hold programs or objects although no relationship says so."""
    for part in list(package.members):
        if part in package.removed or part.endswith(".rels"):
            continue
        hit = _judge_content(package, part)
        if hit is not None and removes(hit.kind):
            package.hits.append(hit)
            package.payloads.append(Payload(hit.kind, hit.where, package.read(part)))
            forget(package, part, dropped)


def _judge_content(package: Package, part: str) -> Hit | None:
    head = package.peek(part, len(OLE_MAGIC))
    where = package.name(part)
    if package.content_type(part) in MACRO_CONTENT_TYPES or "vbaproject" in part:
        return Hit(Kind.MACROS, "VBA macros", where)
    if head == OLE_MAGIC:
        return Hit(Kind.OLE_OBJECTS, "embedded OLE object", where, acts=False)
    if head[:2] == b"MZ" or head[:4] == b"\x7fELF":
        return Hit(Kind.OLE_OBJECTS, "embedded program", where, acts=False)
    return None


def forget(package: Package, part: str, dropped: Dropped) -> None:
    """Take out a part and every relationship that leads to it, noting their ids in `dropped`."""
    for relationship in package.all_relationships():
        if relationship.part == part:
            package.drop_relationship(relationship)
            dropped.setdefault(relationship.source, set()).add(relationship.id)
    package.drop_part(part)


def rewrite_relationship(
    package: Package, relationship: Relationship, kind: str, target: str
) -> None:
    """Turn `relationship` into one of another type (last segment `kind`) and target."""
    prefix = relationship.type.rpartition("/")[0]
    if "microsoft.com" in prefix:
        prefix = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    element = package.element(relationship)
    relationship.kind, relationship.type, relationship.target = kind, f"{prefix}/{kind}", target
    element.set("Type", relationship.type)
    element.set("Target", target)
    package.changed_relationships.add(relationship.source)
