"""Changing fields of one part's header block: set one, drop one, add some, all as replacements.

Setting a field removes its duplicates: a field that had to change must not be contradicted by an
older copy of itself.
"""

from typing import Final

from gateway.mime.defects import Defect
from gateway.mime.limits import MAX_DELIMITER_LINE
from gateway.mime.splice import Replacement
from gateway.mime.tree import Bytes, MimePart


class RebuildError(ValueError):
    """The part cannot be changed so that all readers agree on it: its header was not read to its
    end."""


_CUT_OFF: Final = frozenset({Defect.LIMIT_HEADER_BYTES, Defect.LIMIT_FIELDS})
"""After these a field that contradicts the new ones may stand where nobody looked."""


class FieldEdits:
    """Collects edits of one part's header and gives them, with the new body, as replacements."""

    def __init__(self, data: Bytes, part: MimePart, line_end: bytes) -> None:
        if any(note.defect in _CUT_OFF for note in part.defects):
            raise RebuildError(f"the header of part {part.path} was not read to its end")
        self._data = data
        self._part = part
        self._line_end = line_end
        self._edits: list[Replacement] = []
        self._added: list[bytes] = []

    def set(self, name: str, written: bytes) -> None:
        """Put `written` (a whole field with its line end) in place of all fields of that name."""
        present = self._part.fields_named(name)
        if not present:
            self._added.append(written)
        for number, old in enumerate(present):
            self._edits.append(Replacement(old.start, old.end, b"" if number else written))

    def drop(self, name: str) -> None:
        """Remove all fields of that name."""
        self._edits.extend(Replacement(f.start, f.end, b"") for f in self._part.fields_named(name))

    def with_body(self, body: bytes) -> tuple[Replacement, ...]:
        """All edits and the new body. A missing blank line, or a missing line end before the
        delimiter that follows, is written where the new content needs it."""
        part, data = self._part, self._data
        added = b"".join(self._added)
        if body and data[part.end : part.end + 2] == b"--":
            body += self._line_end  # the delimiter stood directly behind the header
        if part.has_blank_line:
            edits = [*self._edits, Replacement(part.header_end, part.end, body)]
            if added:
                place = part.fields[-1].end if part.fields else part.insert_at
                edits.append(Replacement(place, place, added))
        else:
            rewritten = any(edit.end == part.header_end for edit in self._edits)
            gap = b"" if rewritten else self._gap()
            new = gap + added + self._line_end + body
            edits = [*self._edits, Replacement(part.header_end, part.end, new)]
        return tuple(sorted(edits, key=lambda r: (r.start, r.end)))

    def _gap(self) -> bytes:
        """Line ends missing before new fields where the header has no blank line: of its own last
        line, of the delimiter line before it, or the blank line of the nested mail's parent."""
        part, line_end = self._part, self._line_end
        own = self._data[part.insert_at : part.header_end]
        if own or part.start == 0:
            return line_end if own and not own.endswith(line_end[-1:]) else b""
        before = self._data[max(part.start - MAX_DELIMITER_LINE, 0) : part.start]
        if not before.endswith(line_end[-1:]):
            return line_end
        line = before.splitlines()[-1].strip()
        return line_end if line and not line.startswith(b"--") else b""
