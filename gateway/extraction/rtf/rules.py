"""What acts in RTF, and the cuts that take it out.

Cuts are ranges of the input: what is not cut stays byte for byte. An object leaves its preview
(`\\result`), a field its last result (`\\fldrslt`). A word that turns a group into hidden data and
does not stand first cuts from there to the group's end, as Word would have read it.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.extraction import links
from gateway.extraction.contract import Payload
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.linkedit import RELINKED, Relink
from gateway.extraction.ooxml.fields import (
    computes_keyword,
    hosts_of,
    judge_instruction,
    retargeted,
)
from gateway.extraction.rtf.groups import Document, Group, Word, text_of

Removes = Callable[[Kind], bool]

_OBJECT_DATA = frozenset({"objdata", "objclass", "objname", "oleclsid", "objalias", "objsect"})
_OBJECT_WORDS = frozenset(
    {"objemb", "objlink", "objautlink", "objsub", "objpub", "objicemb", "objhtml", "objocx"}
    | {"objupdate", "objattph"}
)
_WHOLE_GROUPS: dict[str, tuple[Kind, str]] = {
    "mailmerge": (Kind.DATA_CONNECTIONS, "mail-merge source"),
    "filetbl": (Kind.EXTERNAL_LINKS, "table of linked files"),
    "datastore": (Kind.CUSTOM_XML, "custom XML data"),
}
REMOTE_SHAPE = frozenset({"pibname", "fillblipname", "lineblipname", "linefillblipname"})
"""Shape properties that name a picture by its address."""
MATTERS = frozenset(
    {"object", "result", "field", "fldinst", "fldrslt", "template", "sp", "sn", "sv"}
    | {"hlsrc", "hlfr", "fonttbl"}
    | _OBJECT_DATA
    | _OBJECT_WORDS
    | set(_WHOLE_GROUPS)
)
"""The control words that the groups are read for."""

_HEX = re.compile(rb"[^0-9A-Fa-f]+")
_BLANK = b"\r\n\t \0"


@dataclass(slots=True)
class Cuts:
    """What was found in one document, and the ranges that go."""

    data: bytes
    removes: Removes
    hits: list[Hit] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    payloads: list[Payload] = field(default_factory=list)
    ranges: list[tuple[int, int]] = field(default_factory=list)
    relink: Relink | None = None
    """Where links lead from now on; where `removes` takes them, those that cannot be changed go."""
    instead: dict[int, bytes] = field(default_factory=dict)
    """What stands where a range was cut, by the range's start."""

    def note(self, kind: Kind, what: str, where: str, *, acts: bool = True) -> bool:
        """Whether what was found goes; it is then on the list."""
        if not self.removes(kind):
            return False
        self.hits.append(Hit(kind, what, where, acts))
        return True

    def cut(self, start: int, end: int) -> None:
        """Take the range out."""
        insort(self.ranges, (start, end))

    def covers(self, position: int) -> bool:
        """Whether what stands at `position` goes already."""
        before = bisect_right(self.ranges, (position, len(self.data))) - 1
        return before >= 0 and self.ranges[before][1] > position

    def written(self, end: int) -> bytes:
        """The document up to `end` without the ranges."""
        kept: list[bytes] = []
        at = 0
        for start, stop in self.ranges:
            if start > at:
                kept.append(self.data[at:start])
            if start >= at:
                kept.append(self.instead.get(start, b""))
            at = max(at, stop)
        kept.append(self.data[at:end])
        return b"".join(kept)


def find(document: Document, data: bytes, removes: Removes, relink: Relink | None = None) -> Cuts:
    """Everything in `document` that `removes` names, and links that `relink` leads elsewhere."""
    cuts = Cuts(data, removes, relink=relink)
    for group in document.root.walk():
        if group.words and not cuts.covers(group.start):
            _judge_group(cuts, group)
    for word in document.oversized:
        where = f"byte {word.start}: {word.name}"
        if cuts.note(Kind.HIDDEN_DATA, "control word no reader can take", where):
            cuts.cut(word.start, word.end)
    behind = data[document.root.end :]
    if behind.strip(_BLANK):
        cuts.note(Kind.HIDDEN_DATA, f"{len(behind)} bytes", "behind the document", acts=False)
    return cuts


def _judge_group(cuts: Cuts, group: Group) -> None:
    if group.has("object"):
        _object(cuts, group)
    for word in group.words:
        if word.name in _OBJECT_DATA and not cuts.covers(word.start):
            _stray_data(cuts, group, word)
        elif word.name in _OBJECT_WORDS and not cuts.covers(word.start):
            if cuts.note(Kind.OLE_OBJECTS, f"stray {word.name}", _place(word)):
                cuts.cut(word.start, word.end)
        elif word.name in _WHOLE_GROUPS:
            kind, what = _WHOLE_GROUPS[word.name]
            if cuts.note(kind, what, _place(word)):
                _cut_destination(cuts, group, word)
        elif word.name == "template":
            _template(cuts, group, word)
    if group.has("fldinst"):
        _stray_instruction(cuts, group)
    if group.has("field"):
        _field(cuts, group)
    if group.has("sp"):
        _shape_property(cuts, group)
    if group.has("hlsrc") or group.has("hlfr"):
        _shape_link(cuts, group)


def _place(word: Word) -> str:
    return f"byte {word.start}"


def _object(cuts: Cuts, group: Group) -> None:
    kind = Kind.ACTIVEX if group.has("objocx") else Kind.OLE_OBJECTS
    named = next((inner for inner in group.walk() if inner.has("objclass")), None)
    name = text_of(cuts.data, named).strip()[:60] if named is not None else ""
    linked = group.has("objlink") or group.has("objautlink")
    what = "ActiveX control" if kind is Kind.ACTIVEX else "OLE object"
    what = f"{'linked' if linked else 'embedded'} {what}" if kind is Kind.OLE_OBJECTS else what
    where = f"byte {group.start}" + (f": {_printable(name)}" if name else "")
    if not cuts.note(kind, what, where):
        return
    _payloads(cuts, group, name)
    _keep_only(cuts, group, "result")


def _payloads(cuts: Cuts, group: Group, name: str) -> None:
    for inner in group.walk():
        for word in inner.words:
            if word.name == "objdata":
                digits = _HEX.sub(b"", cuts.data[word.end : inner.end])
                data = bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
                cuts.payloads.append(Payload(Kind.OLE_OBJECTS, name or "object", data))


def _keep_only(cuts: Cuts, group: Group, name: str) -> None:
    """Cut all of `group` but what the group called `name` in it shows."""
    shown = group.child(name)
    if shown is None or shown.closed != group.closed:
        _cut_group(cuts, group)
        return
    cuts.cut(group.start, shown.start)
    word = next(word for word in shown.words if word.name == name)
    star = cuts.data.find(b"\\*", shown.start, word.start)
    cuts.cut(star if star >= 0 else word.start, word.end)
    cuts.cut(shown.end, group.end)


def _cut_group(cuts: Cuts, group: Group) -> None:
    if group.start == 0:
        cuts.cut(group.words[0].start, group.end - 1 if group.closed else group.end)
    else:
        cuts.cut(group.start, group.end)


def _cut_destination(cuts: Cuts, group: Group, word: Word) -> None:
    """Cut what `word` makes of its group: all of it when it stands first, else from there on."""
    if group.destination == word.name and group.start != 0:
        cuts.cut(group.start, group.end)
    else:
        cuts.cut(word.start, group.end - 1 if group.closed else group.end)


def _stray_data(cuts: Cuts, group: Group, word: Word) -> None:
    """Object data that stands outside of an object: Word loads it all the same."""
    if cuts.note(Kind.OLE_OBJECTS, f"{word.name} outside of an object", _place(word)):
        _cut_destination(cuts, group, word)


def _template(cuts: Cuts, group: Group, word: Word) -> None:
    target = text_of(cuts.data, group).strip()
    named = links.host(target)
    if named:
        cuts.hosts.add(named)
    if links.is_remote(target):
        where = f"template → {_printable(target)}"
        if cuts.note(Kind.EXTERNAL_LINKS, "remote template", where):
            _cut_destination(cuts, group, word)


def _instruction(cuts: Cuts, holder: Group) -> Hit | None:
    """The hit for the instruction in `holder`, a group with `\\fldinst`."""
    nested = tuple(inner for inner in holder.walk() if inner is not holder and inner.has("field"))
    text = text_of(cuts.data, holder, nested)
    cuts.hosts |= hosts_of(text)
    computed = bool(nested) and computes_keyword(
        text_of(cuts.data, Group(holder.start, nested[0].start))
    )
    return judge_instruction(text, computed_keyword=computed)


def _field(cuts: Cuts, group: Group) -> None:
    holder = group.child("fldinst")
    if holder is None:
        return
    hit = _instruction(cuts, holder)
    if hit is None or _is_relinked(cuts, holder, hit):
        return
    if cuts.note(hit.kind, hit.what, hit.where or f"byte {group.start}"):
        _keep_only(cuts, group, "fldrslt")


def _stray_instruction(cuts: Cuts, group: Group) -> None:
    """An instruction whose field is lost or is the same group; judged where it stands."""
    word = next(word for word in group.words if word.name == "fldinst")
    if cuts.covers(word.start):
        return
    hit = _instruction(cuts, group)
    if hit is None or _is_relinked(cuts, group, hit):
        return
    if cuts.note(hit.kind, hit.what, hit.where or _place(word)):
        _cut_destination(cuts, group, word)


def _is_relinked(cuts: Cuts, holder: Group, hit: Hit) -> bool:
    """Whether the instruction in `holder` is a link that may stay, with a new target where it needs
    one. What Word keeps of the old one beside the instruction (`\\datafield`) goes."""
    if cuts.relink is None or hit.kind is not Kind.HYPERLINKS:
        return False
    is_simple = holder.destination == "fldinst" and holder.closed
    if not is_simple or any(inner.has("field") for inner in holder.walk()):
        return False
    instruction = text_of(cuts.data, holder)
    changed = retargeted(instruction, cuts.relink)
    if changed != instruction:
        cuts.hits.append(Hit(Kind.HYPERLINKS, RELINKED, hit.where, acts=False))
        cuts.cut(holder.start, holder.end)
        cuts.instead[holder.start] = b"{\\*\\fldinst{" + _written(changed) + b"}}"
    return True


def _written(text: str) -> bytes:
    """`text` in RTF: signs beyond ASCII as numbers of UTF-16."""
    made = []
    for unit in struct.unpack(f"<{len(text.encode('utf-16-le')) // 2}h", text.encode("utf-16-le")):
        sign = chr(unit) if 0x20 <= unit < 0x7F else ""
        made.append("\\" + sign if sign in ("\\", "{", "}") else sign or f"\\u{unit}?")
    return "".join(made).encode("ascii")


def _shape_property(cuts: Cuts, group: Group) -> None:
    name, value = group.child("sn"), group.child("sv")
    if name is None or value is None:
        return
    target = text_of(cuts.data, value).strip()
    if text_of(cuts.data, name).strip().lower() not in REMOTE_SHAPE or not links.is_remote(target):
        return
    cuts.hosts.add(links.host(target) or target)
    if cuts.note(Kind.EXTERNAL_LINKS, "remote picture", f"shape → {_printable(target)}"):
        _cut_group(cuts, group)


def _shape_link(cuts: Cuts, group: Group) -> None:
    target = text_of(cuts.data, group).strip()
    if not links.starts_program(target):
        return
    where = f"shape → {_printable(target)}"
    if cuts.note(Kind.ACTING_LINKS, "link that starts a program", where, acts=False):
        _cut_group(cuts, group)


def _printable(untrusted_text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in untrusted_text)[:200]
