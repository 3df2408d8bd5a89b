"""One walk over a page: which of its bytes go, and why. Changes nothing itself.

The walk is done again on its own result until it finds nothing (see `clean`): so what is taken
out cannot bring together what stood apart, and extracting again takes nothing out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from gateway.extraction.html import styles
from gateway.extraction.html.rules import DATA_BLOCK, ELEMENTS, Element, Fate, local_name
from gateway.extraction.html.tags import TagRules
from gateway.extraction.html.tokens import (
    RAW_TEXT,
    Sort,
    Token,
    attributes,
    end_of_raw_text,
    tokens,
)
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.switches import ExtractSwitches, wanted
from gateway.mime.splice import Replacement

MAX_NESTED: Final = 4
"""Conditional comments within conditional comments: none is known to go deeper than two."""

_CONDITIONAL: Final = re.compile(rb"<!--\[if [^\]]{0,200}\]>", re.IGNORECASE)
_DECLARED: Final = re.compile(
    rb"<(?:\?import|\?xml-stylesheet|\?php|!entity|!attlist|!element|!notation|!doctype[^>]*\[)",
    re.IGNORECASE,
)
_SUSPICIOUS: Final = re.compile(rb"[\s/\"']on|script|src|href|style|action", re.IGNORECASE)
_MARKUP_IN_TEXT: Final = re.compile(rb"<(?=[a-zA-Z/!?])")
_COMMENTS: Final = re.compile(rb"<!--(?:(?!<!--|--!?>).)*-->", re.DOTALL)
_LONE_END: Final = re.compile(rb"<(?:/|!-?)?$")

Removes = Callable[[Kind], bool]


class Page:
    """The edits of one walk over `data`, in order, and what they take out."""

    def __init__(self, data: bytes, switches: ExtractSwitches, depth: int = 0) -> None:
        self.edits: list[Replacement] = []
        self.hits: list[Hit] = []
        self.hosts: set[str] = set()
        self._data = data
        self._switches = switches
        self._removes = wanted(switches).__contains__
        self._depth = depth
        self._opened: dict[bytes, int] = {}
        self._tags = TagRules(data, switches)

    def walk(self) -> None:
        """Look at every token."""
        stream = tokens(self._data)
        position: int | None = None
        with suppress(StopIteration):
            while True:
                position = self._token(stream.send(position))

    def _token(self, token: Token) -> int:
        """Deal with one token; the position to go on from."""
        match token.sort:
            case Sort.START:
                return self._start(token)
            case Sort.END:
                return self._end(token)
            case Sort.COMMENT:
                self._comment(token)
            case Sort.CDATA:
                self._cdata(token)
            case Sort.DECLARATION:
                found = _DECLARED.match(self._data, token.start)
                if found and self._removes(Kind.HTML_SCRIPTS):
                    self._drop(token.start, token.end, Kind.HTML_SCRIPTS, "declaration")
            case Sort.CUT_OFF:
                cut = self._data[token.start :]
                acts = local_name(token.name) in ELEMENTS or _SUSPICIOUS.search(cut)
                if acts and self._removes(Kind.HTML_SCRIPTS):
                    self._drop(token.start, token.end, Kind.HTML_SCRIPTS, "unfinished tag")
        return token.end

    def _start(self, token: Token) -> int:
        element = ELEMENTS.get(local_name(token.name))
        if b"<" in token.name and self._hides_a_tag(token):
            return token.start + 1
        if element is not None and self._removes(element.kind):
            return self._element(token, element)
        changed = self._tags.judge(token)
        self.hosts |= changed.hosts
        if changed.whole_element:
            end = self._end_of_element(token)
            if end is not None:
                self._drop(token.start, end, changed.hits[0].kind, changed.hits[0].what)
                return end
        else:
            self.hits.extend(changed.hits)
            if changed.dropped:
                self._cut(token.start, token.end, changed.instead)
            self.edits.extend(changed.edits)
        if token.name in RAW_TEXT:
            return self._raw_text(token)
        return token.end

    def _hides_a_tag(self, token: Token) -> bool:
        """`<scr<script>` is one tag to browsers and two to some others: the first becomes text."""
        inner = ELEMENTS.get(local_name(token.name.rpartition(b"<")[2]))
        if inner is None or not self._removes(inner.kind):
            return False
        self.hits.append(Hit(inner.kind, "tag in a tag's name", f"byte {token.start}"))
        self.edits.append(Replacement(token.start, token.start + 1, b"&lt;"))
        return True

    def _element(self, token: Token, element: Element) -> int:
        """An element that acts: what its fate says."""
        shown = _shown(token.name)
        match element.fate:
            case Fate.WHOLE:
                end = self._end_of_whole(token)
                if token.name == b"script" and self._is_data(token, end):
                    return end
                self._drop(token.start, end, element.kind, shown)
                return end
            case Fate.TAGS:
                self._drop(token.start, token.end, element.kind, shown)
            case Fate.AS_BLOCK:
                name = Replacement(token.start + 1, token.start + 1 + len(token.name), b"div")
                judged = self._tags.judge(token)
                self.edits.extend((name, *judged.edits))
                self.hits.append(Hit(element.kind, shown, f"byte {token.start}"))
            case Fate.AS_TEXT:
                return self._as_text(token, element)
        self._opened[token.name] = self._opened.get(token.name, 0) + 1
        return token.end

    def _is_data(self, token: Token, end: int) -> bool:
        """Whether a script element is a block of data, in which no reading could see a tag."""
        kinds = [(each.name, each.value.strip().lower()) for each in attributes(self._data, token)]
        content = self._data[token.end : end].lower().rstrip(b" \t\r\n")
        return (
            kinds == [("type", DATA_BLOCK)]
            and content.count(b"<") == content.count(b"</script>") == 1
        )

    def _end(self, token: Token) -> int:
        """An end tag goes, or changes, as often as its start tag did."""
        if self._opened.get(token.name, 0) > 0:
            self._opened[token.name] -= 1
            if ELEMENTS[local_name(token.name)].fate is Fate.AS_BLOCK:
                start = token.start + 2
                self.edits.append(Replacement(start, start + len(token.name), b"div"))
            else:
                self._cut(token.start, token.end)
        return token.end

    def _end_of_whole(self, token: Token) -> int:
        """Behind the end tag; behind the start tag where the element closes itself or never ends
        (as a foreign element might; the rest is looked at as markup then)."""
        data = self._data
        end = end_of_raw_text(data, token.name, token.end)
        if end == len(data):
            closes_itself = data[token.end - 2 : token.end] == b"/>"
            return token.end if closes_itself or token.name != b"script" else end
        closing = next(tokens(data, end), None)
        return closing.end if closing is not None else len(data)

    def _end_of_element(self, token: Token) -> int | None:
        """Behind the end tag that belongs to `token`; None when there is none."""
        depth = 1
        for other in tokens(self._data, token.end):
            if other.name != token.name:
                continue
            if other.sort is Sort.START:
                depth += 1
            elif other.sort is Sort.END:
                depth -= 1
                if depth == 0:
                    return other.end
        return None

    def _as_text(self, token: Token, element: Element) -> int:
        end = len(self._data)
        if token.name != b"plaintext":
            end = end_of_raw_text(self._data, token.name, token.end)
        closing = next(tokens(self._data, end), None)
        after = closing.end if closing is not None else len(self._data)
        content = self._data[token.end : end].replace(b"<", b"&lt;")
        self.edits.append(Replacement(token.start, after, b"<pre>" + content + b"</pre>"))
        self.hits.append(Hit(element.kind, _shown(token.name), f"byte {token.start}"))
        return after

    def _raw_text(self, token: Token) -> int:
        """The content of style, title, textarea: nothing in it may look like a tag."""
        start, end = token.end, end_of_raw_text(self._data, token.name, token.end)
        content = self._data[start:end]
        if token.name == b"style":
            self._style(token, content)
            return end
        if self._removes(Kind.HTML_SCRIPTS):
            for found in _MARKUP_IN_TEXT.finditer(content):
                at = start + found.start()
                self.edits.append(Replacement(at, at + 1, b"&lt;"))
            if _MARKUP_IN_TEXT.search(content):
                self.hits.append(Hit(Kind.HTML_SCRIPTS, "tag in a text", f"byte {start}"))
        return end

    def _style(self, token: Token, content: bytes) -> None:
        made = styles.clean(content, self._tags.style_wishes)
        self._note_style(made, token.start)
        kept = made.content if made.content is not None else b""
        outside = _COMMENTS.sub(b"", kept)
        if self._removes(Kind.HTML_SCRIPTS) and _MARKUP_IN_TEXT.search(outside):
            self.hits.append(Hit(Kind.HTML_SCRIPTS, "tag in a style sheet", f"byte {token.start}"))
            kept = _MARKUP_IN_TEXT.sub(rb"\\3c ", kept)
        if kept != content:
            self.edits.append(Replacement(token.end, token.end + len(content), kept))

    def _note_style(self, made: styles.Styled, at: int) -> None:
        self.hits.extend(self._tags.style_hits(made, f"style sheet at byte {at}"))

    def _comment(self, token: Token) -> None:
        """Conditional comments are markup to Outlook; all others are nobody's business."""
        found = _CONDITIONAL.match(self._data, token.start)
        if found is None:
            return
        if self._depth >= MAX_NESTED:
            self._drop(token.start, token.end, Kind.HTML_SCRIPTS, "comment in comments")
            return
        inner = Page(self._data[found.end() : token.end], self._switches, self._depth + 1)
        inner.walk()
        self.hosts |= inner.hosts
        if inner.hits:
            self.hits.extend(inner.hits)
            base = found.end()
            self.edits.extend(
                Replacement(base + edit.start, base + edit.end, edit.new) for edit in inner.edits
            )

    def _cdata(self, token: Token) -> None:
        if not self._removes(Kind.HTML_SCRIPTS):
            return
        self._drop(token.start, token.end, Kind.HTML_SCRIPTS, "CDATA section")
        closing = self._data.find(b"]]>", token.end)
        next_tag = self._data.find(b"<", token.end)
        if closing >= 0 and (next_tag < 0 or closing < next_tag):
            self.edits.append(Replacement(closing, closing + 3, b""))

    def _drop(self, start: int, end: int, kind: Kind, what: str) -> None:
        self.hits.append(Hit(kind, what, f"byte {start}"))
        self._cut(start, end)

    def _cut(self, start: int, end: int, instead: bytes = b"") -> None:
        """Take [start, end) out. A `<` just before it is text now, and stays text."""
        before = _LONE_END.search(self._data, max(start - 4, 0), start)
        if before is not None and (not self.edits or self.edits[-1].end <= before.start()):
            self.edits.append(Replacement(before.start(), before.start() + 1, b"&lt;"))
        self.edits.append(Replacement(start, end, instead))


def _shown(name: bytes) -> str:
    return f"<{name.decode('ascii', 'replace')}>"
