"""The banner of a changed mail, as text and as HTML: what was taken out, and where the original is.

Everything that comes from the mail is escaped. Nothing here touches the mail's bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

from gateway.model import Subject
from gateway.model.language import Language
from gateway.stages.banner_words import BANNERS

MAX_FILES = 8
"""Files that are named; an archive may hold thousands."""
MAX_LABEL = 120
"""Characters of a file's name that are shown."""

_RULE: Final = "=" * 70
"""No hyphens: a line that begins with two may be taken for a MIME delimiter."""
_BOX: Final = (
    "display:block !important;margin:0 0 16px 0;padding:8px 12px;border:1px solid #b58900;"
    "background:#fdf6e3;color:#333;font:13px/1.5 sans-serif;text-align:start"
)


@dataclass(frozen=True, slots=True)
class Banner:
    """One banner. `text` has lines with LF, `html` is one element."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a banner says. `until` is in seconds since the epoch, 0 where no original is kept;
    `link` is empty where there is none."""

    files: tuple[str, ...]
    until: float
    link: str
    trace: str


def files_of(changed: Sequence[Subject]) -> tuple[str, ...]:
    """The changed files with what was taken out of them, as lines for people."""
    lines = [_file(part) for part in changed[:MAX_FILES]]
    if len(changed) > MAX_FILES:
        lines.append(f"… + {len(changed) - MAX_FILES}")
    return tuple(lines)


def _file(part: Subject) -> str:
    what = ", ".join(dict.fromkeys(removal.what for removal in part.removed))
    label = "".join(sign if sign.isprintable() else "?" for sign in part.name)
    label = label or part.file_type.title  # the mail's own text has no name
    return f"{label[:MAX_LABEL]}: {what}"


def banner_of(told: Told, languages: Sequence[Language], own: Mapping[Language, str]) -> Banner:
    """The banner in each of `languages`; `own` texts take the place of the built-in ones."""
    chosen = tuple(dict.fromkeys(languages)) or (Language.EN,)
    texts = [own.get(language) or BANNERS[language] for language in chosen]
    plain = "\n\n".join(_as_text(text, told) for text in texts)
    pieces = "".join(_as_html(text, told, language) for text, language in
                     zip(texts, chosen, strict=True))  # fmt: skip
    return Banner(f"{_RULE}\n{plain}\n{_RULE}\n", f'<div style="{_BOX}">{pieces}</div>')


def _as_text(template: str, told: Told) -> str:
    values = {**_values(told), "files": "\n".join(f"- {line}" for line in told.files)}
    return "\n".join(_filled(line, values) for line in _lines(template, told))


def _as_html(template: str, told: Told, language: Language) -> str:
    values = {name: escape(value) for name, value in _values(told).items()}
    values["files"] = "; ".join(map(escape, told.files))
    values["link"] = f'<a href="{escape(told.link)}">{escape(told.link)}</a>'
    pieces = []
    for line in _lines(template, told):
        if line.strip() == "{files}":
            items = "".join(f"<li><bdi>{escape(file)}</bdi></li>" for file in told.files)
            pieces.append(f'<ul style="margin:4px 0">{items}</ul>')
        else:
            filled = _filled(escape(line, quote=False), values)
            pieces.append(f'<p style="margin:4px 0">{filled}</p>')
    return f'<div lang="{language}">{"".join(pieces)}</div>'


def _lines(template: str, told: Told) -> list[str]:
    """The template's lines for which there is everything they name."""
    missing = [f"{{{name}}}" for name, value in _values(told).items() if not value]
    return [line for line in template.splitlines() if not any(name in line for name in missing)]


def _values(told: Told) -> dict[str, str]:
    day = datetime.fromtimestamp(told.until, UTC).date().isoformat() if told.until else ""
    return {"until": day, "link": told.link, "trace": told.trace}


def _filled(line: str, values: Mapping[str, str]) -> str:
    """The line with its placeholders filled in one pass: what a file is called is no template."""
    pieces = line.split("{")
    made = [pieces[0]]
    for piece in pieces[1:]:
        key, closed, rest = piece.partition("}")
        made.append(values[key] + rest if closed and key in values else "{" + piece)
    return "".join(made)
