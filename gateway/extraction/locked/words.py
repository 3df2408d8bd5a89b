"""Words of a mail that may be the password of what is attached to it, the likeliest first.

Senders write the password into the same mail: behind the word for it, in quotes, or alone on a
line. What looks like nothing of the kind still comes, at the end, up to the number that is tried.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

EXCEL_DEFAULT: Final = "VelvetSweatshop"
"""What Excel itself tries before it asks: such a workbook opens without a question, which is why
senders of macros lock it so ([MS-OFFCRYPTO] 2.4.2.3)."""

POWERPOINT_DEFAULT: Final = "/01Hannes Ruescher/01"
"""The same for PowerPoint."""

MAX_TEXT: Final = 64 * 1024
"""Bytes of each text that are looked at; nobody hides a password behind twenty pages."""
MAX_WORD: Final = 128
"""Characters of a word; Office takes 255, people type fewer."""
_SHORTEST: Final = 3
"""Characters of a word that nothing points to."""

_KEYWORD: Final = re.compile(
    r"(?i)\b(?:pass(?:word|wort|code|phrase|wd)?|pwd?|pw|pin|code|kennwort|losung|schl(?:ü|ue)ssel|"
    r"mot\s+de\s+passe|mdp|contrase(?:ñ|n)a|clave|senha|parola|wachtwoord|l(?:ö|o)senord|"
    r"has(?:ł|l)o|heslo|jelsz(?:ó|o)|parole|(?:Ş|S|ş)ifre|пароль|парол|κωδικ(?:ό|ο)ς|סיסמה|"
    r"كلمة\s+(?:المرور|السر)|密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|mật\s+khẩu|รหัสผ่าน)"
)
"""The word for password in the languages mail is written in; Asian ones stand without spaces."""
_FILLERS: Final = re.compile(
    r"(?i)^(?:(?:is|ist|lautet|est|es|é|är|er|to|for|für|zum|der|die|das|the|this|below|here|"
    r"file|archive|attachment|datei|anhang|archiv|zip|pdf|は|为|為|是)\b|[\s:=\-–—>•|*_,;：＝])+"
)
_QUOTED: Final = re.compile(
    r"[\"'“”„«»‚‘’`]([^\"'“”„«»‚‘’`\s][^\"'“”„«»‚‘’`\n]{0,60})[\"'“”„«»‚‘’`]"
)
_TOKEN: Final = re.compile(r"\S+")
_AROUND: Final = "\"'“”„«»‚‘’`()[]{}<>.,;:!?*_|=•：。，、（）「」"
_TAGS: Final = re.compile(
    r"(?is)<(script|style)\b.*?</\1\s*>|<br\b[^>]*>|</(?:p|div|td|li)>|<[^>]*>"
)
_NEAR: Final = 4
"""Words behind the keyword that are tried first."""


class Hints(msgspec.Struct, frozen=True, array_like=True):
    """Where words may come from: subject and texts of the mail, names of its files, policy."""

    subject: str = ""
    names: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    texts: tuple[bytes, ...] = ()


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A word, and whether it is the mail's own or was given by policy or by the format."""

    text: str
    from_mail: bool


def candidates(hints: Hints, most: int) -> list[Word]:
    """At most `most` different words, the likeliest first. Never raises."""
    texts = [hints.subject, *(_readable(text) for text in hints.texts)]
    given = (
        Word(word, from_mail=False) for word in (EXCEL_DEFAULT, POWERPOINT_DEFAULT, *hints.listed)
    )
    likely = (Word(word, from_mail=True) for word in _likely(texts))
    others = (Word(word, from_mail=True) for word in _others(texts, hints.names))
    found: dict[str, Word] = {}
    for word in (*islice(given, 2), *likely, *given, *others):
        if 0 < len(word.text) <= MAX_WORD:
            found.setdefault(word.text, word)
    return list(islice(found.values(), most))


def _readable(untrusted_text: bytes) -> str:
    """The text without markup, whatever its character set may be."""
    data = untrusted_text[:MAX_TEXT]
    for charset in ("utf-8", "cp1252"):
        try:
            text = data.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = data.decode("latin-1")
    if "<" in text and ">" in text:
        text = html.unescape(_TAGS.sub(lambda m: "\n" if m[0][:2] in ("<b", "</") else " ", text))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def _likely(texts: Iterable[str]) -> Iterator[str]:
    """Words behind the word for password, the rest of that line, and what stands in quotes."""
    texts = list(texts)
    for text in texts:
        for found in _KEYWORD.finditer(text):
            rest = text[found.end() : found.end() + 300]
            rest = rest[_FILLERS.match(rest).end() :] if _FILLERS.match(rest) else rest  # type: ignore[union-attr]
            yield from _spelled(rest.partition("\n")[0].strip())
            for token in islice(_TOKEN.findall(rest), _NEAR):
                yield from _spelled(token)
    for text in texts:
        yield from (quoted.strip() for quoted in _QUOTED.findall(text))


def _others(texts: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """All other words: those that look made up, those of file names, then the rest."""
    tokens = [token for text in texts for token in _TOKEN.findall(text)]
    plain = [token for token in tokens if token.isalpha()]
    for token in tokens:
        if not token.isalpha():
            yield from _spelled(token, _SHORTEST)
    for name in names:
        stem = name.rpartition("/")[2].rpartition(".")[0] or name
        yield from (stem, *re.findall(r"\w{3,}", stem))
    for token in plain:
        yield from _spelled(token, _SHORTEST)


def _spelled(token: str, shortest: int = 1) -> Iterator[str]:
    """The word as it stands, and without the punctuation around it."""
    bare = token.strip(_AROUND)
    for word in (bare, token):
        if len(word) >= shortest:
            yield word
