"""Scripts and web pages: what in their text hides, drops, fetches or pretends.

Text only, by patterns; the emulation is what runs them. Never evaluates anything.
"""

from __future__ import annotations

import base64
import binascii
import re

from gateway.engines.static.report import Sight
from gateway.extraction import links
from gateway.model import Severity

MAX_TEXT = 4 * 1024 * 1024
"""Characters of a page or script that are looked at."""
MAX_LITERALS = 50
"""Long base64 texts decoded (their first bytes only) from one page."""

_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_HANDLER = re.compile(
    r"<[^<>]{1,2000}\son(?:load|error|mouseover|focus|toggle|begin)\s*=", re.IGNORECASE
)
_PASSWORD = re.compile(r"<input\b[^<>]{0,2000}\btype\s*=\s*['\"]?password", re.IGNORECASE)
_FORM = re.compile(
    r"<form\b[^<>]{0,2000}\baction\s*=\s*['\"]?\s*(https?:[^'\"\s>]+)", re.IGNORECASE
)
_REFRESH = re.compile(
    r"<meta\b[^<>]{0,500}http-equiv\s*=\s*['\"]?refresh[^<>]{0,500}url\s*=\s*['\"]?([^'\">\s]+)",
    re.IGNORECASE,
)
_FRAME = re.compile(r"<(?:iframe|frame|object|embed|applet)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:href|src|action)\s*=\s*['\"]?\s*(https?://[^'\"\s>]+)", re.IGNORECASE)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{400,}={0,2}")
_MAKES_FILE = re.compile(
    r"createObjectURL|msSaveOrOpenBlob|msSaveBlob|new\s+Blob\s*\(|new\s+File\s*\(|"
    r"data:application/(?:octet-stream|zip|x-[\w-]+)[^,]{0,40};base64",
    re.IGNORECASE,
)
_HANDS_OVER = re.compile(
    r"\.download\s*=|\bdownload\s*=|\.click\s*\(|setAttribute\s*\(\s*['\"]download|"
    r"msSaveOrOpenBlob|msSaveBlob|location\.(?:href|assign|replace)",
    re.IGNORECASE,
)
_EVALUATES = re.compile(
    r"\beval\s*\(|new\s+Function\s*\(|document\.write\s*\(\s*(?:unescape|atob|decodeURI)|"
    r"String\.fromCharCode\s*\((?:\s*\d+\s*,){20}|execScript",
    re.IGNORECASE,
)
_DECODES = re.compile(r"\batob\s*\(|\bunescape\s*\(\s*['\"]%|fromCharCode|\^\s*\d+", re.IGNORECASE)
_PDF_SCRIPT = re.compile(
    r"exportDataObject|launchURL|app\.openDoc|submitForm|util\.printf|Collab\.|getAnnots|"
    r"unescape\s*\(|eval\s*\(|String\.fromCharCode|%u[0-9a-f]{4}",
    re.IGNORECASE,
)
_HEAP_SPRAY = re.compile(r"(?:%u[0-9a-f]{4}){16}|(?:\\x[0-9a-f]{2}){64}", re.IGNORECASE)
_PROGRAM_HEADS = (b"MZ", b"\x7fELF", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0")


def examine_html(sight: Sight, data: bytes) -> None:
    """Examine a web page."""
    text = data[:MAX_TEXT].decode("utf-8", "replace")
    sight.hosts.update(filter(None, map(links.host, _ADDRESS.findall(text))))
    if _SCRIPT.search(text):
        sight.acts("script in the page")
        _judge_page_script(sight, text)
    if _HANDLER.search(text):
        sight.acts("script in an event handler")
    if _FRAME.search(text):
        sight.find("html_frame", Severity.INFO, 50, "the page loads another page or object")
    refresh = _REFRESH.search(text)
    if refresh and links.is_remote(refresh[1]):
        sight.acts("redirection to another page")
        sight.hosts.update(filter(None, (links.host(refresh[1]),)))
        sight.find("html_refresh", Severity.LOW, 60, f"the page goes on to {refresh[1]}")
    _judge_form(sight, text)


def _judge_form(sight: Sight, text: str) -> None:
    if not _PASSWORD.search(text):
        return
    target = _FORM.search(text)
    if target:
        evidence = f"asks for a password and sends it to {links.host(target[1])}"
        sight.find("html_password_form", Severity.MEDIUM, 65, evidence)
    else:
        sight.find("html_password_field", Severity.LOW, 50, "asks for a password")


def _judge_page_script(sight: Sight, text: str) -> None:
    head = _carried_file(text)
    makes, hands = _MAKES_FILE.search(text), _HANDS_OVER.search(text)
    if makes and hands and (head or _DECODES.search(text)):
        kind = f" ({head})" if head else ""
        evidence = f"the page puts a file together and hands it over as download{kind}"
        sight.find("html_smuggling", Severity.HIGH, 85 if head else 70, evidence)
    elif head:
        sight.find("html_carries_file", Severity.MEDIUM, 60, f"the page carries a {head}")
    elif _EVALUATES.search(text) and _DECODES.search(text):
        sight.find("html_obfuscated", Severity.LOW, 60, "the page's script decodes and runs text")


def _carried_file(text: str) -> str:
    """What kind of file a long base64 text in the page holds; empty when none."""
    for count, found in enumerate(_BASE64.finditer(text)):
        if count >= MAX_LITERALS:
            return ""
        try:
            head = base64.b64decode(found[0][:64])
        except (binascii.Error, ValueError):
            continue
        if head.startswith(_PROGRAM_HEADS):
            return "program" if head.startswith(_PROGRAM_HEADS[:2]) else "archive or document"
    return ""


def examine_javascript(sight: Sight, text: str) -> None:
    """Examine JavaScript taken out of a PDF."""
    if _HEAP_SPRAY.search(text):
        sight.find("pdf_script_shellcode", Severity.HIGH, 80, "JavaScript carries encoded code")
    elif "exportDataObject" in text and "nLaunch" in text:
        sight.find("pdf_script_launches", Severity.HIGH, 85, "JavaScript opens an attached file")
    else:
        word = _PDF_SCRIPT.search(text)
        if word:
            sight.find("pdf_script_word", Severity.LOW, 50, f"JavaScript uses {word[0]}")


def examine_svg(sight: Sight, data: bytes) -> None:
    """Examine an SVG drawing: a page of its own when opened."""
    text = data[:MAX_TEXT].decode("utf-8", "replace")
    sight.hosts.update(filter(None, map(links.host, _ADDRESS.findall(text))))
    if _SCRIPT.search(text) or _HANDLER.search(text):
        sight.acts("script in the drawing")
        sight.find("svg_script", Severity.LOW, 60, "a drawing with a script")
        _judge_page_script(sight, text)
    if re.search(r"<foreignObject\b", text, re.IGNORECASE) and _PASSWORD.search(text):
        sight.find("svg_password_form", Severity.MEDIUM, 70, "a drawing that asks for a password")
