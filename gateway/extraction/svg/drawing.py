"""One walk over a drawing: which of its bytes go, and why."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from gateway.extraction.html import addresses, styles
from gateway.extraction.html.rules import ANIMATIONS, ELEMENTS, Fate, local_name
from gateway.extraction.html.tags import TagRules, escaped
from gateway.extraction.html.tokens import Sort, Token, attributes
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.svg.tokens import closes_itself, tokens
from gateway.extraction.switches import ExtractSwitches, wanted
from gateway.mime.splice import Replacement

_PICTURES: Final = frozenset({b"image", b"feimage", b"img", b"a"})
"""Elements whose addresses are judged as those of a page: pictures and links."""

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?\Z")
_TAG: Final = re.compile(rb"<[^>]*>")
_BLOCK_END: Final = re.compile(rb"</(?:\w+:)?(?:div|p|li|tr|h[1-6])\s*>|<(?:\w+:)?br\s*/?>")
_UNREAD: Final = re.compile(
    rb"<(?:[\w.-]+:)?(script|style|title)\b.*?</(?:[\w.-]+:)?\1\s*>|<!--.*?-->",
    re.DOTALL | re.IGNORECASE,
)
_SHEET: Final = re.compile(r"href\s*=\s*[\"']([^\"']*)")
_BESIDE: Final = re.compile(r"[\w.-][\w ./-]*\Z")
_FOREIGN: Final = b"foreignobject"


class Drawing:
    """The edits of one walk over `data`, in order, and what they take out. Raises ExtractError."""

    def __init__(self, data: bytes, switches: ExtractSwitches) -> None:
        self.edits: list[Replacement] = []
        self.hits: list[Hit] = []
        self.hosts: set[str] = set()
        self._data = data
        self._removes = wanted(switches).__contains__
        self._tags = TagRules(data, switches)
        self._tokens = list(tokens(data))
        self._ends = _matching_ends(self._tokens, data)

    def walk(self) -> None:
        """Look at every token; those within an element that goes are passed over."""
        index = 0
        while index < len(self._tokens):
            index = self._token(index)

    def _token(self, index: int) -> int:
        token = self._tokens[index]
        if token.sort is Sort.START:
            return self._start(index, token)
        if token.sort is Sort.DECLARATION and self._is_foreign_sheet(token):
            self._cut(token.start, token.end, Kind.HTML_SCRIPTS, "style sheet or transformation")
        return index + 1

    def _is_foreign_sheet(self, token: Token) -> bool:
        """Whether an instruction names a style sheet or transformation that is no file beside this
        one, as those of medical documents are: one from elsewhere, or in the document itself."""
        instruction = self._data[token.start : token.end].decode("latin-1")
        if not self._removes(Kind.HTML_SCRIPTS) or not instruction.startswith("<?xml-stylesheet"):
            return False
        named = _SHEET.search(instruction)
        return named is None or not _BESIDE.match(unescape(named[1]))

    def _start(self, index: int, token: Token) -> int:
        name = local_name(token.name).lower()
        element = ELEMENTS.get(name)
        if element is not None and self._removes(element.kind):
            end = self._ends[index]
            if name == _FOREIGN:
                return self._foreign(index, token, end)
            if element.fate in (Fate.TAGS, Fate.AS_TEXT):
                self._cut(token.start, token.end, element.kind, _shown(token))
                if end != index:
                    closing = self._tokens[end]
                    self.edits.append(Replacement(closing.start, closing.end, b""))
                return index + 1
            self._cut(token.start, self._tokens[end].end, element.kind, _shown(token))
            return end + 1
        return self._attributes(index, token, name)

    def _attributes(self, index: int, token: Token, name: bytes) -> int:
        lowered = Token(token.sort, token.start, token.end, token.name.lower())
        judged = self._tags.judge(lowered)
        self.hosts |= judged.hosts
        self.hits.extend(judged.hits)
        if judged.dropped:
            end = self._ends[index]
            last = self._tokens[end].end
            self.edits.append(Replacement(token.start, last, judged.instead))
            return end + 1
        self.edits.extend(judged.edits)
        if name not in _PICTURES and name not in ANIMATIONS:
            self._references(token)
        if name == b"style" and self._ends[index] != index:
            return self._style(index, token)
        return index + 1

    def _references(self, token: Token) -> None:
        """Addresses of parts of other drawings: fetched by themselves, and never needed."""
        if not self._removes(Kind.HTML_FRAMES):
            return
        for attribute in attributes(self._data, token):
            key = attribute.name.rpartition(":")[2]
            if key == "href" and addresses.is_remote(attribute.value):
                where = f"{attribute.name} at byte {attribute.start}"
                self.hits.append(Hit(Kind.HTML_FRAMES, "part of a remote drawing", where))
                edit = Replacement(attribute.start, attribute.end, b"")
                if all(edit.start >= other.end or edit.end <= other.start for other in self.edits):
                    self.edits.append(edit)

    def _foreign(self, index: int, token: Token, end: int) -> int:
        """A page within the drawing: its text stays as text; where a `switch` holds another form
        for viewers that know no such pages, that one is enough."""
        last = self._tokens[end]
        text = b"" if self._in_switch(index) else self._as_text(token, last)
        self.hits.append(Hit(Kind.HTML_FRAMES, _shown(token), f"byte {token.start}"))
        self.edits.append(Replacement(token.start, last.end, text))
        return end + 1

    def _in_switch(self, index: int) -> bool:
        before = self._tokens[index - 1] if index else None
        return before is not None and local_name(before.name).lower() == b"switch"

    def _as_text(self, token: Token, last: Token) -> bytes:
        content = _UNREAD.sub(b"", self._data[token.end : last.start])
        content = _BLOCK_END.sub(b"\n", content)
        text = unescape(_TAG.sub(b"", content).decode("latin-1"))
        lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
        if not lines:
            return b""
        place = {each.name: each.value for each in attributes(self._data, token)}
        x = place.get("x", "0") if _NUMBER.match(place.get("x", "0")) else "0"
        prefix = token.name.rpartition(b":")[0]
        tag = prefix + b":text" if prefix else b"text"
        y = float(place.get("y", "0")) if _NUMBER.match(place.get("y", "0")) else 0.0
        return b"".join(
            b'<%s x="%s" y="%d">%s</%s>'
            % (tag, x.encode(), round(y + 16 * (number + 1)), escaped(line), tag)
            for number, line in enumerate(lines)
        )

    def _style(self, index: int, token: Token) -> int:
        end = self._ends[index]
        closing = self._tokens[end]
        if any(inner.sort is Sort.START for inner in self._tokens[index + 1 : end]):
            # In XML a style sheet can hold elements, and a script among them runs.
            if not self._removes(Kind.HTML_SCRIPTS):
                return index + 1
            self._cut(token.start, closing.end, Kind.HTML_SCRIPTS, "elements in a style sheet")
            return end + 1
        content = self._data[token.end : closing.start]
        made = styles.clean(content, self._tags.style_wishes)
        self.hits.extend(self._tags.style_hits(made, f"style sheet at byte {token.start}"))
        if made.content != content:
            kept = made.content if made.content is not None else b""
            self.edits.append(Replacement(token.end, closing.start, kept))
        return end

    def _cut(self, start: int, end: int, kind: Kind, what: str) -> None:
        self.hits.append(Hit(kind, what, f"byte {start}"))
        self.edits.append(Replacement(start, end, b""))


def _matching_ends(found: list[Token], data: bytes) -> dict[int, int]:
    """For each start tag's index that of its end tag; its own where it closes itself or never
    ends, so that at least the tag itself can go."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(found):
        if token.sort is Sort.START:
            ends[index] = index
            if not closes_itself(data, token):
                opened.append(index)
        elif token.sort is Sort.END and opened and found[opened[-1]].name == token.name:
            ends[opened.pop()] = index
    return ends


def _shown(token: Token) -> str:
    return f"<{token.name.decode('ascii', 'replace')}>"
