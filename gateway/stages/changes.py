"""Which parts of a case change, and what that changes in the bytes of the mail around them."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mime import MimeMessage, MimePart, decode
from gateway.mime.banner import Bannered, first_texts, with_html_banner, with_text_banner
from gateway.mime.change import Change, edits_of
from gateway.mime.splice import Replacement
from gateway.model import Content, Family, Subject
from gateway.pipeline import Case
from gateway.stages.banner import Banner
from gateway.stages.naming import new_name, new_type
from gateway.stages.replaceable import is_replaceable


def changed_parts(case: Case) -> list[Subject]:
    """The parts with an extracted copy that takes their place; others went with the document
    that held them."""
    return [
        part for part in case.parts if part.extracted is not None and is_replaceable(case, part)
    ]


def edits_for(
    case: Case,
    mime: MimeMessage,
    contents: Mapping[str, Content],
    *,
    banner: Banner | None = None,
    prefix: str = "",
) -> list[Replacement]:
    """New contents (of `repacking.new_contents`, by subject id) as replacements in the mail's
    bytes, in order and disjoint; with `banner` above the mail's own texts, and `prefix` before
    the names of what changes.

    Raises RebuildError, SpliceError and OSError.
    """
    data = case.message.read()
    changes = {
        part.mime_path: _change(part, contents[part.id], prefix)
        for part in case.parts
        if part.mime_path and part.id in contents
    }
    if banner is not None:
        changed = frozenset(path[0] for path in changes)
        others = {part.mime_path for part in case.parts if not _holds_words(part)}
        for text in first_texts(mime, changed):
            path = (text.path,)
            change = changes.get(path)
            if path in others and (change is None or change.mime is None):
                continue  # declared as text and something else, a PDF say: words would damage it
            changes[path] = _with_banner(data, text, change, banner)
    return edits_of(data, mime, list(changes.values()))


def _holds_words(part: Subject) -> bool:
    return part.file_type.family is Family.TEXT or part.type == "empty"


def _change(part: Subject, content: Content, prefix: str) -> Change:
    """The part's new content, with the type and name it goes by from now on."""
    name = new_name(part)
    if prefix and part.name and not part.name.startswith(prefix):
        name = prefix + (name or part.name)
    return Change(part.mime_path, content.read(), new_type(part), name)


def _with_banner(data: bytes, text: MimePart, change: Change | None, banner: Banner) -> Change:
    """The text with the banner above it, whether it changes anyway or not."""
    content = decode(text, data) if change is None else change.content
    is_html = text.claimed_type == "text/html"
    mime = change.mime if change is not None else None
    if mime is not None:  # a note in the place of the text, in UTF-8
        made = with_text_banner(content, "utf-8", banner.text)
        return Change((text.path,), made.content, mime, change.name if change else None)
    made = _put(content, text.charset, banner, is_html=is_html)
    name = change.name if change is not None else None
    return Change((text.path,), made.content, None, name, made.charset)


def _put(content: bytes, charset: str | None, banner: Banner, *, is_html: bool) -> Bannered:
    if is_html:
        return with_html_banner(content, charset, banner.html)
    return with_text_banner(content, charset, banner.text)
