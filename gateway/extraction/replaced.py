"""A text note in the place of a file that has no clean form.

Programs, scripts and shortcuts are nothing but what acts: there is no such file without it. The
note says in plain words what was there, why it is gone and what to do. Reads no content: size and
digest are known to the caller, so nothing is parsed and no guest is needed. Used for attachments
and for members of archives alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.extraction.replaced_words import GENERAL, WORDS, ReplacedKind
from gateway.model import Acts, Family, Removal, file_type
from gateway.model.filetype import BY_EXTENSION
from gateway.model.language import Language

NOTE_TYPE: Final = "text"
"""The type of every note."""
NOTE_MIME: Final = "text/plain"
NOTE_SUFFIX: Final = ".txt"
UNNAMED: Final = "removed-file"
"""Stem of the note's name where the file had no name."""

MAX_NAME: Final = 200
"""Characters of the file's name that are shown and kept: file systems take 255 bytes."""

PLACEHOLDERS: Final = ("name", "what", "size", "sha256", "why")
"""What an administrator's own text may name in braces."""

_SHORTCUTS: Final = frozenset({"lnk", "url", "desktop", "winaction"})
_NOTEBOOKS: Final = frozenset({"onenote"})
_BETWEEN: Final = "\n\n" + "-" * 60 + "\n\n"
"""Between the languages of one note."""


@dataclass(frozen=True, slots=True)
class RemovedFile:
    """The file whose place the note takes. `size` in bytes; `sha256` in hexadecimal digits."""

    untrusted_name: str
    type_name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Note:
    """What stands in the file's place: the note's name and text, and the entry for the trace."""

    name: str
    content: bytes
    removal: Removal


def note_for(file: RemovedFile, languages: Sequence[Language], own_text: str = "") -> Note:
    """The note for `file`: the built-in words in each of `languages`, or `own_text` once.

    `own_text` may name the fields of `PLACEHOLDERS` in braces; anything else in braces stays as it
    is. Raises nothing: a mail must not fail because of the words for it.
    """
    chosen = tuple(dict.fromkeys(languages)) or (Language.EN,)
    if own_text:
        text = _filled(own_text, file, chosen[0])
    else:
        text = _BETWEEN.join(_filled(WORDS[each].text, file, each) for each in chosen)
    return Note(note_name(file.untrusted_name), (text.strip() + "\n").encode(), _removal(file))


def note_name(untrusted_name: str) -> str:
    """The name of the note for a file of that name: NAME.txt; `removed-file.txt` for none."""
    return (_one_line(untrusted_name)[:MAX_NAME] or UNNAMED) + NOTE_SUFFIX


def acts_under_its_name(untrusted_name: str, type_name: str) -> bool:
    """Whether a double click on a file of that name runs it. A script that is called notes.txt
    opens in an editor everywhere: it is read, not run."""
    if file_type(type_name).family is not Family.SCRIPT:
        return True
    extension = untrusted_name.rstrip(". \t\0").lower().rpartition(".")[2]
    named = BY_EXTENSION.get(extension)
    return named is None or named.family is not Family.TEXT or named.acts is not Acts.NEVER


def kind_of(type_name: str) -> ReplacedKind:
    """The group of files, as people know it, that a type belongs to."""
    if type_name in _SHORTCUTS:
        return ReplacedKind.SHORTCUT
    if type_name in _NOTEBOOKS:
        return ReplacedKind.NOTEBOOK
    match file_type(type_name).family:
        case Family.PROGRAM:
            return ReplacedKind.PROGRAM
        case Family.SCRIPT:
            return ReplacedKind.SCRIPT
        case Family.ARCHIVE:
            return ReplacedKind.CONTAINER
        case _:
            return ReplacedKind.OTHER


def _filled(template: str, file: RemovedFile, language: Language) -> str:
    words, kind = WORDS[language], kind_of(file.type_name)
    values = {
        "name": _one_line(file.untrusted_name)[:MAX_NAME] or words.unnamed,
        "what": f"{words.kinds[kind].what} ({file.type_name})",
        "size": f"{file.size} {words.bytes}",
        "sha256": file.sha256,
        "why": words.kinds[kind].why,
    }
    # One pass over the template: a name that reads "{sha256}" is no placeholder.
    pieces = template.split("{")
    made = [pieces[0]]
    for piece in pieces[1:]:
        key, closed, rest = piece.partition("}")
        made.append(values[key] + rest if closed and key in values else "{" + piece)
    return "".join(made)


def _removal(file: RemovedFile) -> Removal:
    title = file_type(file.type_name).title
    return Removal(title, "the whole file", GENERAL[kind_of(file.type_name)])


def _one_line(untrusted_text: str) -> str:
    """A name without line ends, control characters and turned writing directions."""
    shown = (sign if sign.isprintable() else "?" for sign in untrusted_text.strip())
    return "".join("_" if sign in "/\\" else sign for sign in shown)
