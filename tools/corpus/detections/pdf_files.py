"""PDFs for emulation, built from a few parts: scripts, actions, fields, annotations, attachments."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

_PAGE = b"BT /F1 14 Tf 72 720 Td (%s) Tj ET"

Events = Mapping[str, str]
"""Scripts by the key of their event: K, F, V, C, U, …"""


@dataclass(frozen=True, slots=True)
class Box:
    """A form field: name, type (/Tx, /Btn, /Ch), value, scripts by event, flags (/Ff)."""

    name: str
    kind: str = "/Tx"
    value: str = ""
    events: Events = field(default_factory=dict)
    flags: int = 0
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation: its kind, where texts hide, and what a click on it does."""

    kind: str = "/Text"
    contents: str = ""
    subject: str = ""
    action: Dictionary | None = None
    events: Mapping[str, Dictionary] = field(default_factory=dict)


def script(code: str) -> Dictionary:
    """A JavaScript action."""
    return Dictionary(S=Name.JavaScript, JS=String(code))


def action(kind: str, **entries: object) -> Dictionary:
    """An action of a type with its entries; texts become strings."""
    made = Dictionary(S=Name(f"/{kind}"))
    for key, value in entries.items():
        made[f"/{key}"] = String(value) if isinstance(value, str) else value
    return made


def document(
    *,
    opening: str | Dictionary = "",
    named: Mapping[str, str] | None = None,
    fields: Sequence[Box] = (),
    notes: Sequence[Note] = (),
    page_events: Mapping[str, Dictionary] | None = None,
    document_events: Mapping[str, Dictionary] | None = None,
    info: Mapping[str, str] | None = None,
    attached: Mapping[str, bytes] | None = None,
    words: str = "A document",
    pages: int = 1,
    calculated: Sequence[str] = (),
    xfa: str = "",
    scripts_in_streams: bool = False,
) -> bytes:
    """A whole PDF; objects lie in object streams, as most programs write them today."""
    pdf = Pdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page()
        page.obj.Contents = pdf.make_stream(_PAGE % words.encode("latin-1"))
    first = pdf.pages[0].obj
    if opening:
        made = script(opening) if isinstance(opening, str) else opening
        if scripts_in_streams and isinstance(opening, str):
            made.JS = pdf.make_stream(opening.encode("latin-1"))
        pdf.Root.OpenAction = pdf.make_indirect(made)
    names = Dictionary()
    if named:
        names.JavaScript = _tree({key: script(code) for key, code in named.items()})
    if attached:
        names.EmbeddedFiles = _tree({key: _file(pdf, key, data) for key, data in attached.items()})
    if names.keys():
        pdf.Root.Names = names
    if page_events:
        first.AA = Dictionary({f"/{key}": value for key, value in page_events.items()})
    if document_events:
        pdf.Root.AA = Dictionary({f"/{key}": value for key, value in document_events.items()})
    for key, value in (info or {}).items():
        pdf.docinfo[f"/{key}"] = String(value)
    boxes = [pdf.make_indirect(_box(one, number)) for number, one in enumerate(fields)]
    first.Annots = Array([*boxes, *(pdf.make_indirect(_note(one)) for one in notes)])
    if boxes or xfa:
        form = Dictionary(Fields=Array(boxes))
        by_name = dict(zip((one.name for one in fields), boxes, strict=True))
        if calculated:
            form.CO = Array([by_name[name] for name in calculated])
        if xfa:
            form.XFA = pdf.make_stream(xfa.encode())
        pdf.Root.AcroForm = form
    return written(pdf)


def written(pdf: Pdf) -> bytes:
    """The file's bytes, the same each time."""
    output = io.BytesIO()
    streams = pikepdf.ObjectStreamMode.generate
    pdf.save(output, deterministic_id=True, object_stream_mode=streams)
    return output.getvalue()


def _tree(entries: Mapping[str, Object]) -> Dictionary:
    listed: list[object] = []
    for key in sorted(entries):
        listed += [String(key), entries[key]]
    return Dictionary(Names=Array(listed))


def _file(pdf: Pdf, name: str, data: bytes) -> Dictionary:
    stream = pdf.make_stream(data)
    stream.Type = Name.EmbeddedFile
    made = Dictionary(Type=Name.Filespec, F=String(name), UF=String(name), EF=Dictionary(F=stream))
    return pdf.make_indirect(made)


def _box(box: Box, number: int) -> Dictionary:
    top = 700 - 30 * number
    made = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name(box.kind),
        T=String(box.name),
        F=4,
        Rect=Array([72, top - 20, 300, top]),
    )
    if box.value:
        made.V = String(box.value)
    if box.flags:
        made.Ff = box.flags
    if box.options:
        made.Opt = Array([String(option) for option in box.options])
    if box.events:
        made.AA = Dictionary({f"/{key}": script(code) for key, code in box.events.items()})
    return made


def _note(note: Note) -> Dictionary:
    made = Dictionary(Type=Name.Annot, Subtype=Name(note.kind), Rect=Array([72, 72, 200, 100]))
    if note.contents:
        made.Contents = String(note.contents)
    if note.subject:
        made.Subj = String(note.subject)
    if note.action is not None:
        made.A = note.action
    if note.events:
        made.AA = Dictionary({f"/{key}": value for key, value in note.events.items()})
    return made


def plain(objects: Sequence[bytes]) -> bytes:
    """A PDF written by hand, object by object from number 1 (the catalogue): for odd spellings."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return bytes(out) + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        start,
    )
