"""New contents put in the places of old ones, at any depth of a mail's MIME tree. Pure.

Edits of parts that lie in the same bytes are collected and made at once: two documents in one
encoded mail change that mail once, a file in a text changes the text that may change as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.mime.decode import decode
from gateway.mime.rebuild import RebuildError, replace_content, replace_in_nested
from gateway.mime.splice import Replacement, in_order
from gateway.mime.tree import MimeMessage, MimePart, PartKind


@dataclass(frozen=True, slots=True)
class Change:
    """A part gets another content. `path` leads to it: one MIME path, and one more for each
    encoded mail on the way. `mime`, `name` and `charset` are its new type, name and character set,
    None where it keeps its own."""

    path: tuple[str, ...]
    content: bytes
    mime: str | None = None
    name: str | None = None
    charset: str | None = None


def edits_of(data: bytes, mime: MimeMessage, changes: Sequence[Change]) -> list[Replacement]:
    """The changes as replacements in `data`, in order and disjoint.

    Raises RebuildError or SpliceError (both are ValueErrors) when they cannot be made.
    """
    nodes = {node.path: node for node in mime.walk()}
    at_node: dict[str, list[Change]] = {}
    for change in _folded(data, nodes, changes):
        at_node.setdefault(change.path[0], []).append(change)
    return in_order(
        edit for path, found in at_node.items() for edit in _edits_at(data, nodes[path], found)
    )


def _edits_at(data: bytes, node: MimePart, changes: Sequence[Change]) -> Sequence[Replacement]:
    """What changes at one node: its whole content, or parts of the encoded mail it holds."""
    whole = [change for change in changes if len(change.path) == 1]
    if whole:
        last = whole[-1]
        return replace_content(
            data,
            node,
            last.content,
            new_type=last.mime,
            new_filename=last.name,
            new_charset=last.charset,
        )
    if node.decoded is None:
        raise RebuildError(f"MIME part {node.path} is no encoded mail")
    inner = [replace(change, path=change.path[1:]) for change in changes]
    return replace_in_nested(data, node, edits_of(decode(node, data), node.decoded, inner))


def _folded(data: bytes, nodes: dict[str, MimePart], changes: Sequence[Change]) -> Iterator[Change]:
    """The changes, with those of a uuencoded file made in the text around it where that changes
    as well. A file that the changed text no longer holds went with what was taken out."""
    missing = [change.path[0] for change in changes if change.path[0] not in nodes]
    if missing:
        raise RebuildError(f"there is no MIME part {missing[0]}")
    texts = {change.path[0]: change for change in changes if len(change.path) == 1}
    for change in (change for change in changes if len(change.path) == 1):
        node = nodes[change.path[0]]
        text = node.path.rpartition(".")[0]
        if node.kind in (PartKind.UUENCODED, PartKind.YENC) and text in texts:
            (block,) = replace_content(data, node, change.content, new_filename=change.name)
            around = texts[text].content.replace(data[block.start : block.end], block.new)
            texts[text] = replace(texts[text], content=around)
            del texts[node.path]
    yield from texts.values()
    yield from (change for change in changes if len(change.path) > 1)
