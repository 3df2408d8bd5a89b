"""Kinds of text: scripts, markup, mails, tables. Exact marks first, then counted hints.

Works on the first bytes only and never runs anything. Hints are asked only of named files: what
stands in a mail's body is read, not run, and people do write about code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.engines.identify_table import SCRIPT_EXTENSIONS

HEAD: Final = 16 * 1024
"""Bytes looked at: scripts pad themselves with comments, but hints fill any 16 KiB of real code."""

_NOT_TEXT: Final = bytes(range(9)) + b"\x0b" + bytes(range(14, 27)) + bytes(range(28, 32))
"""Control characters that no text has; tab, line ends, form feed and escape may stand."""

_INTERPRETERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"python", "python"),
    (b"perl", "perl"),
    (b"php", "php"),
    (b"node", "javascript"),
    (b"pwsh", "powershell"),
)

_MARKUP: Final = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|meta|title|table|div|img|form|a\s+href|"
    rb"style|p>|br\s*/?>|font|center|h1|span|frameset|base|object|embed|link\s)"
)
_FLAT_ODF: Final = re.compile(rb"<office:document[\s>]")
"""The root of a whole document; those of a package's members are called document-content, … ."""
_WSF: Final = re.compile(rb"<(?:job|package|component|scriptlet)\b[^>]{0,500}>")
_DESKTOP: Final = re.compile(rb"(?:#[^\n]{0,500}\n|\s){0,100}\[desktop entry\]")
_FIELD: Final = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|content-type|"
    rb"delivered-to|reply-to|dkim-signature|authentication-results|x-[a-z-]+):",
    re.MULTILINE,
)
_FIELD_LINE: Final = re.compile(rb"[!-9;-~]{1,77}:|from \S+")
_MAIL_FIELDS: Final = 3
"""Known fields in the first block that make a mail; two occur in configuration files."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Something that one language writes: looked for by `pattern` only where a `needle` stands,
    because searching for fixed words is many times faster, and most texts have none."""

    needles: tuple[bytes, ...]
    pattern: re.Pattern[bytes]

    def found(self, head: bytes) -> set[bytes]:
        """The different spellings of it in `head`."""
        if not any(needle in head for needle in self.needles):
            return set()
        return {match.strip()[:_SPELLING] for match in self.pattern.findall(head)}


_SPELLING: Final = 12
"""Bytes by which two hits of one mark count as different."""


def _mark(pattern: bytes, *needles: bytes) -> _Mark:
    return _Mark(needles, re.compile(pattern, re.MULTILINE))


_HINTS: Final[tuple[tuple[str, tuple[_Mark, ...]], ...]] = (
    (
        "batch",
        (
            _mark(
                rb"^\s*@?(?:echo off|rem\b|setlocal|del /)", b"echo", b"rem", b"setloc", b"del /"
            ),
            _mark(
                rb"^\s*@?(?:set [a-z_]+=|goto \w|start \S|copy )",
                b"set ",
                b"goto",
                b"start",
                b"copy",
            ),
            _mark(
                rb"^\s*@?(?:if (?:not )?exist|cmd /c|powershell)", b" exist", b"cmd /c", b"powersh"
            ),
            _mark(rb"^\s*@?%\w+%", b"%"),
        ),
    ),
    (
        "vbscript",
        (
            _mark(
                rb"\bcreateobject\s*\(|\bwscript\.|\bexecuteglobal",
                b"createob",
                b"wscript.",
                b"executegl",
            ),
            _mark(rb"\bon error resume next\b|\bmsgbox\b", b"on error", b"msgbox"),
            _mark(rb"\bend (?:sub|function|if)\b", b"end sub", b"end func", b"end if"),
            _mark(rb"^\s*dim \w+|\bset \w+\s*=|\bchrw?\s*\(", b"dim ", b"set ", b"chr"),
        ),
    ),
    (
        "powershell",
        (
            _mark(rb"\$\w+\s*=", b"$"),
            _mark(
                rb"\b(?:new-object|add-type|import-module|out-file)\b",
                b"new-ob",
                b"add-ty",
                b"import-m",
                b"out-f",
            ),
            _mark(rb"\b(?:invoke|set|get)-\w+|\biex\b", b"invoke-", b"set-", b"get-", b"iex"),
            _mark(
                rb"\b(?:write-host|start-process)\b|-encodedcommand",
                b"write-h",
                b"start-pr",
                b"-encodedc",
            ),
            _mark(rb"\[system\.|\[convert\]|^\s*param\s*\(", b"[system.", b"[convert]", b"param"),
        ),
    ),
    (
        "python",
        (
            _mark(rb"^(?:import \w+|from \w[\w.]* import |if __name__)", b"import ", b"__name__"),
            _mark(rb"^(?:def \w+\(.*\):|class \w+.*:)", b"def ", b"class "),
        ),
    ),
    (
        "javascript",
        (
            _mark(rb"\bfunction\s*\w*\s*\(", b"function"),
            _mark(rb"\b(?:var|let|const) \w+\s*=", b"var ", b"let ", b"const "),
            _mark(rb"=>\s*\{", b"=>"),
            _mark(
                rb"activexobject|\bwscript\.|\.charcodeat|fromcharcode",
                b"activex",
                b"wscript.",
                b"charcode",
            ),
            _mark(rb"\b(?:eval|require)\s*\(", b"eval", b"require"),
            _mark(rb"\b(?:document|window)\.\w", b"document.", b"window."),
            _mark(rb"\breturn\b[^\n]{0,80};", b"return"),
        ),
    ),
    (
        "sh",
        (
            _mark(rb"^\s*(?:fi|done|esac|then)\s*(?:[;#|&].*)?$", b"fi", b"done", b"esac", b"then"),
            _mark(rb"^\s*echo [\"$]|^\s*export \w+=|^\w+=\$\(", b"echo ", b"export ", b"=$("),
            _mark(rb"^\s*(?:curl|wget|chmod) ", b"curl ", b"wget ", b"chmod "),
        ),
    ),
)

_JSON_START: Final = re.compile(rb"[{\[]\s*(?:[\"{\[\]}]|-?\d|true|false|null)")
_ENOUGH_HINTS: Final = 3
"""Different hints of one language that decide; one or two leave a doubt for the second opinion."""


def text_head(data: bytes) -> bytes | None:
    """The first bytes as lower-case text in an ASCII superset, or None when it is no text."""
    head = data[:HEAD]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
    elif head[:3] == b"\xef\xbb\xbf":
        head = head[3:]
    if len(head.translate(None, _NOT_TEXT)) != len(head):
        return None
    return head.lower()


def exact_kind(head: bytes, extension: str) -> str:
    """The kind that marks itself, or the empty string. `head` is from `text_head`."""
    start = head.lstrip()
    if start[:2] == b"#!":
        line = start.partition(b"\n")[0]
        return next((kind for word, kind in _INTERPRETERS if word in line), "sh")
    if extension in SCRIPT_EXTENSIONS:
        return SCRIPT_EXTENSIONS[extension]
    if start[:1] == b"<":
        return _markup_kind(start)
    if start[:6] == b"begin:":
        return _calendar_kind(start)
    if start[:11] == b"-----begin ":
        return _armour_kind(start)
    if b"[internetshortcut]" in start[:512]:
        return "url"
    if _DESKTOP.match(start):
        return "desktop"
    if _FIELD_LINE.match(start[:90]) and _is_mail(head, extension):
        return "eml"
    if b"<?php" in start[:512]:
        return "php"
    if b"<" in start and _is_markup(start):
        return "html"
    return ""


def _markup_kind(start: bytes) -> str:
    if b"<hta:application" in start:
        return "hta"
    if _WSF.search(start[:2048]) and b"<script" in start:
        return "wsf"
    if start[:5] == b"<?php" or start[:3] == b"<?=":
        return "php"
    if b'progid="word.document"' in start[:1024] or b"schemas.microsoft.com/office/word" in start:
        return "ole-doc"
    if b'progid="excel.sheet"' in start[:1024]:
        return "ole-xls"
    if _FLAT_ODF.search(start[:4096]):
        return "odf"
    if b"<office:document-" in start[:4096]:
        return "xml"
    if b"<svg" in start[:4096] and not start.startswith((b"<!doctype html", b"<html")):
        return "svg"
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return "html"
    if start[:5] == b"<?xml":
        return "xml"
    return "html" if _MARKUP.search(start) else "xml" if start[1:2].isalpha() else ""


def _is_markup(start: bytes) -> bool:
    """Two different elements: one may be meant as text."""
    return len(set(_MARKUP.findall(start[:4096]))) >= 2


def language_around(head: bytes) -> str:
    """The language of a program that has markup in its texts; empty for a page. A page may hold
    as much code, but not before its first element. `head` is from `text_head`."""
    markup = _MARKUP.search(head)
    before = head[: markup.start()] if markup else head
    return hinted_kind(head)[0] if hinted_kind(before)[1] else ""


def _calendar_kind(start: bytes) -> str:
    if start.startswith(b"begin:vcalendar"):
        return "ics"
    return "vcard" if start.startswith(b"begin:vcard") else ""


def _armour_kind(start: bytes) -> str:
    """ASCII armour (RFC 4880 section 6.2) and PEM (RFC 7468)."""
    line = start[11:].partition(b"-----")[0]
    if line == b"pgp message":
        return "pgp-encrypted"
    if line.startswith(b"pgp signed"):
        return "text"
    if line.startswith((b"pgp", b"certificate", b"public", b"ssh2", b"openssh", b"rsa", b"x509")):
        return "signature"
    return ""


def _is_mail(head: bytes, extension: str) -> bool:
    """Enough known fields before the first empty line; the name of a mail stands for the rest."""
    block = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    enough = 1 if extension in ("eml", "mbox") else _MAIL_FIELDS
    return len(set(_FIELD.findall(block))) >= enough


def hinted_kind(head: bytes) -> tuple[str, bool]:
    """The language most hints speak for when enough do, and whether there is any hint of code."""
    best, count = "", 0
    for kind, marks in _HINTS:
        found = len(set().union(*(mark.found(head) for mark in marks)))
        if found > count:
            best, count = kind, found
    return (best if count >= _ENOUGH_HINTS else ""), count > 0


def data_kind(head: bytes, extension: str) -> str:
    """Text that carries data by its shape: json, csv; else plain text."""
    start = head.lstrip()
    if _JSON_START.match(start):
        return "json"
    if extension in ("csv", "tsv"):
        return "csv"
    return "text"
