"""What goes from which dictionary of a PDF: one function per kind of holder.

Works on pikepdf's objects in memory. The same pass serves looking and taking out (see
`extractor`), so that nothing is found that is not removed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pikepdf import Array, Dictionary, Name, Object, PdfError, Stream, String

from gateway.extraction import links
from gateway.extraction.contract import ExtractError
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.linkedit import Relink
from gateway.extraction.pdf import actions

Removes = Callable[[Kind], bool]

MAX_NESTING = 100
"""Direct objects inside of each other; readers stop far earlier."""

MAX_SCRIPT_BYTES = 1024 * 1024
"""Of a script, so much is kept for judgement."""

_MEDIA = {"/RichMedia": "rich media", "/3D": "3D content", "/Sound": "sound", "/Movie": "film"}
_MEDIA["/Screen"] = "media screen"
_MEDIA_KEYS = [
    "/RichMediaContent",
    "/RichMediaSettings",
    "/3DD",
    "/3DV",
    "/3DA",
    "/3DI",
    "/3DB",
    "/Movie",
    "/Sound",
    "/A",
    "/AA",
    "/MK",
]
_SIMPLE_KEYS: tuple[tuple[str, Kind, str, bool], ...] = (
    ("/XFA", Kind.PDF_XFA, "XFA form", True),
    ("/EmbeddedFiles", Kind.PDF_EMBEDDED_FILES, "embedded files", False),
    ("/EF", Kind.PDF_EMBEDDED_FILES, "embedded file", False),
    ("/AF", Kind.PDF_EMBEDDED_FILES, "associated file", False),
    ("/Collection", Kind.PDF_EMBEDDED_FILES, "portfolio of files", False),
    ("/Renditions", Kind.PDF_RICH_MEDIA, "list of media", False),
    ("/AlternatePresentations", Kind.PDF_RICH_MEDIA, "slide show", False),
    ("/Ref", Kind.PDF_EXTERNAL_CONTENT, "page drawn from another file", True),
    ("/OPI", Kind.PDF_EXTERNAL_CONTENT, "picture fetched from elsewhere", True),
)
"""Keys that go with their value: key, kind, what it is called, whether it acts by itself."""


@dataclass(slots=True)
class Sweep:
    """One pass over a document's objects; `hits` grows as things are taken out."""

    removes: Removes
    hits: list[Hit] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    scripts: list[bytes] = field(default_factory=list)
    judged_actions: set[tuple[int, int]] = field(default_factory=set)
    relink: Relink | None = None
    signed: list[Dictionary] = field(default_factory=list)

    def hold(self, holder: Object, where: str, depth: int = 0) -> None:
        """First pass: clean `holder` and its direct children of keys that lead to action."""
        if depth > MAX_NESTING:
            raise ExtractError("the PDF nests objects too deeply")
        if isinstance(holder, Array):
            for index in range(len(holder)):
                self._descend(holder[index], where, depth, self.hold)
            return
        dictionary = holder.stream_dict if isinstance(holder, Stream) else holder
        if not isinstance(dictionary, Dictionary):
            return
        self._clean_dictionary(dictionary, where)
        if isinstance(holder, Stream):
            self._clean_external_stream(dictionary, where)
        for key in list(dictionary.keys()):
            self._descend(dictionary[key], where, depth, self.hold)

    def empty_leftovers(self, holder: Object, where: str, depth: int = 0) -> None:
        """Second pass: actions that hang on something unknown are emptied where they stand."""
        if isinstance(holder, Array):
            for index in range(len(holder)):
                self._descend(holder[index], where, depth, self.empty_leftovers)
        if not isinstance(holder, Dictionary):
            return
        judgement = actions.judge(holder)
        if judgement is not None and self.removes(judgement[0]) and _is_action(holder):
            if holder.objgen not in self.judged_actions or not holder.is_indirect:
                self._hit(judgement[0], judgement[1], where, acts=False)
                self._remember(holder)
            actions.empty(holder)
            return
        for key in list(holder.keys()):
            self._descend(holder[key], where, depth, self.empty_leftovers)

    def relink_in(self, holder: Object, where: str, depth: int = 0) -> None:
        """Give links in `holder` and its direct children their new targets."""
        if depth > MAX_NESTING:
            raise ExtractError("the PDF nests objects too deeply")
        if isinstance(holder, Array):
            for index in range(len(holder)):
                self._descend(holder[index], where, depth, self.relink_in)
            return
        dictionary = holder.stream_dict if isinstance(holder, Stream) else holder
        if not isinstance(dictionary, Dictionary) or self.relink is None:
            return
        if dictionary.get("/S") == Name("/URI"):
            target = actions.text(dictionary.get("/URI"))
            changed = self.relink(target)
            if changed != target:
                dictionary["/URI"] = String(changed)
                self._hit(Kind.PDF_URI, "link's target", f"{where}: {target[:200]}", acts=False)
        for key in list(dictionary.keys()):
            self._descend(dictionary[key], where, depth, self.relink_in)

    def remove_metadata(self, holder: Object, where: str) -> None:
        """Take what describes the document or a part of it out of an object."""
        dictionary = holder.stream_dict if isinstance(holder, Stream) else holder
        if isinstance(dictionary, Dictionary):
            for key, what in (("/Metadata", "XMP metadata"), ("/PieceInfo", "program's own data")):
                if key in dictionary:
                    self._remove_key(dictionary, key, Kind.METADATA, what, where, acts=False)

    def _descend(
        self, child: Object, where: str, depth: int, step: Callable[[Object, str, int], None]
    ) -> None:
        if isinstance(child, Array | Dictionary) and not child.is_indirect:
            step(child, where, depth + 1)

    def _hit(self, kind: Kind, what: str, where: str, acts: bool) -> None:
        self.hits.append(Hit(kind, what, where, acts))

    def _clean_dictionary(self, dictionary: Dictionary, where: str) -> None:
        self._clean_open_action(dictionary)
        self._clean_additional_actions(dictionary, where)
        self._clean_annotation(dictionary, where)
        for key in ("/A", "/PA", "/Next"):
            if key in dictionary:
                self._clean_action(dictionary, key, where)
        if isinstance(dictionary.get("/JavaScript"), Dictionary):
            self._remove_key(dictionary, "/JavaScript", Kind.PDF_JAVASCRIPT, "JavaScript", "names")
        for key, kind, what, acts in _SIMPLE_KEYS:
            if key in dictionary:
                self._remove_key(dictionary, key, kind, what, where, acts)
        if "/NeedsRendering" in dictionary and self.removes(Kind.PDF_XFA):
            del dictionary["/NeedsRendering"]

    def _remove_key(
        self, holder: Dictionary, key: str, kind: Kind, what: str, where: str, acts: bool = True
    ) -> None:
        if self.removes(kind):
            del holder[key]
            self._hit(kind, what, where, acts)

    def _clean_open_action(self, dictionary: Dictionary) -> None:
        action = dictionary.get("/OpenAction")
        if action is None or actions.moves_view_only(action):
            return
        kind, what = actions.judge(action) or (Kind.PDF_ACTIONS, "action")
        if kind is Kind.PDF_URI:
            kind = Kind.PDF_ACTIONS  # a page that opens by itself is no link
        if self.removes(kind):
            self._remember(action)
            self._remove_key(dictionary, "/OpenAction", kind, f"{what} on opening", "OpenAction")

    def _clean_additional_actions(self, dictionary: Dictionary, where: str) -> None:
        found = dictionary.get("/AA")
        if not isinstance(found, Dictionary):
            return
        kinds = [(actions.judge(found[key]), found[key]) for key in list(found.keys())]
        scripted = any(j is not None and j[0] is Kind.PDF_JAVASCRIPT for j, _ in kinds)
        kind = Kind.PDF_JAVASCRIPT if scripted else Kind.PDF_ACTIONS
        what = "JavaScript on events" if scripted else "actions on events"
        if not (self.removes(Kind.PDF_JAVASCRIPT) or self.removes(Kind.PDF_ACTIONS)):
            return
        if self.removes(kind):
            for _, action in kinds:
                self._remember(action)
            self._remove_key(dictionary, "/AA", kind, what, where)

    def _clean_action(self, holder: Dictionary, key: str, where: str) -> None:
        action = holder[key]
        if isinstance(action, Array):
            acting = [item for item in list(action) if self._acts(item)]
            if acting:
                self._note(acting[0], where)
                del holder[key]
            return
        if self._acts(action):
            self._note(action, where)
            del holder[key]

    def _acts(self, action: Object) -> bool:
        judgement = actions.judge(action)
        return judgement is not None and self.removes(judgement[0])

    def _note(self, action: Object, where: str) -> None:
        kind, what = actions.judge(action) or (Kind.PDF_ACTIONS, "action")
        self._remember(action)
        self._hit(kind, what, where, acts=False)

    def _remember(self, action: Object) -> None:
        if not isinstance(action, Dictionary):
            return
        if action.is_indirect:
            self.judged_actions.add(action.objgen)
        script = _script(action.get("/JS"))
        if script:
            self.scripts.append(script)

    def _clean_annotation(self, dictionary: Dictionary, where: str) -> None:
        subtype = dictionary.get("/Subtype")
        if subtype is None or "/Rect" not in dictionary:
            return
        name = str(subtype)
        if name in _MEDIA and self.removes(Kind.PDF_RICH_MEDIA):
            # The picture that stood for the media stays, as a stamp.
            for key in _MEDIA_KEYS:
                if key in dictionary:
                    del dictionary[key]
            dictionary["/Subtype"] = Name("/Stamp")
            self._hit(Kind.PDF_RICH_MEDIA, _MEDIA[name], where, acts=True)
        elif name == "/FileAttachment" and self.removes(Kind.PDF_EMBEDDED_FILES):
            # The comment written beside the file stays, as a note.
            if "/FS" in dictionary:
                del dictionary["/FS"]
            dictionary["/Subtype"] = Name("/Text")
            self._hit(Kind.PDF_EMBEDDED_FILES, "attached file", where, acts=False)

    def _clean_external_stream(self, dictionary: Dictionary, where: str) -> None:
        if "/F" not in dictionary or not self.removes(Kind.PDF_EXTERNAL_CONTENT):
            return
        for key in ("/F", "/FFilter", "/FDecodeParms"):
            if key in dictionary:
                del dictionary[key]
        self._hit(Kind.PDF_EXTERNAL_CONTENT, "stream read from another file", where, acts=True)

    def note_host(self, target: str) -> None:
        """Remember the host that a link names."""
        named = links.host(target)
        if named:
            self.hosts.add(named)


def _is_action(dictionary: Dictionary) -> bool:
    """True when the dictionary is an action rather than something with an /S of its own."""
    kind = str(dictionary.get("/S", ""))
    return kind in actions.ACTING or "/JS" in dictionary or kind in ("/URI", "/Thread")


def _script(value: Object | None) -> bytes:
    """The source of a script, from its string or stream; empty when it cannot be read."""
    if isinstance(value, String):
        return str(value).encode("utf-8", "replace")[:MAX_SCRIPT_BYTES]
    if isinstance(value, Stream):
        try:
            return value.read_bytes()[:MAX_SCRIPT_BYTES]
        except PdfError:
            return b""
    return b""
