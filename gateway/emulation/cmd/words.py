"""Command lines cut into words, options told from names. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r'(?:"[^"]*"?|[^\s"])+')
_OPTION = re.compile(r"/[a-z?][\w:+-]*", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a line; quotes keep blanks together and are taken away."""
    return [found.replace('"', "") for found in _WORD.findall(text)]


def split(text: str) -> tuple[list[str], list[str]]:
    """Options (`/s`, in lower case) and names of a command of cmd itself: `del /s/q "a b" c`."""
    options: list[str] = []
    names: list[str] = []
    for word in _WORD.findall(
        re.sub(r"(?<=\w)(/[a-z](?=[\s/]|\Z))", r" \1", text, flags=re.IGNORECASE)
    ):
        if _OPTION.fullmatch(word):
            options.append(word.lower())
        else:
            names.append(word.replace('"', "").strip(","))
    return options, names


def value_of(text: str, *names: str) -> str:
    """The word after one of the options (`-o file`, `/tr "x"`); empty when there is none.

    Quotes escaped by a backslash stay within the word, as programs of C read them.
    """
    wanted = "|".join(map(re.escape, names))
    found = re.search(
        rf'(?:^|\s)(?:{wanted})(?:\s+|=|:)("(?:\\"|[^"])*"|[^\s"]\S*)', text, re.IGNORECASE
    )
    if found is None:
        return ""
    word = found[1]
    return word[1:-1].replace('\\"', '"') if len(word) > 1 and word[0] == word[-1] == '"' else word
