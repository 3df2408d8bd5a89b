"""New targets for links: defanged, or led through the house's own page.

Pure string work, shared by PDF, Office and HTML. Whatever it returns it returns again when asked
about its own answer, so that extracting an output again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from gateway.extraction.links import scheme
from gateway.model.linkpolicy import LinkPolicy

Relink = Callable[[str], str]
"""A link's target in, its new target out; the same where nothing is to change."""

RELINKED = "link's target"
"""What such a change is called in the trace."""

PLACEHOLDER = "{url}"
"""What stands in the click page's address for the target, percent-encoded."""

_WEB = frozenset({"http", "https", "ftp"})
_DEFANGED = {"http": "hxxp", "https": "hxxps", "ftp": "fxp"}
"""The spelling that analysts write: no program opens it, every person reads it."""
_UNOPENED = "defanged-"
"""Before all other schemes."""
_HARMLESS = frozenset({"mailto", "tel", "cid", "mid"})
_AUTHORITY = re.compile(r"(\s*[A-Za-z][A-Za-z0-9+.-]*:[/\\]{2})([^/\\?#]*)")


def relinker(policy: LinkPolicy, click_page: str) -> Relink | None:
    """What `policy` does to a target; None where targets stay or links go altogether.

    `click_page`: an address with PLACEHOLDER; without one, rewriting is defanging, since a link
    that was to be led elsewhere must not lead on.
    """
    match policy:
        case LinkPolicy.KEEP | LinkPolicy.REMOVE:
            return None
        case LinkPolicy.REWRITE if PLACEHOLDER in click_page:
            return lambda target: rewritten(target, click_page)
        case LinkPolicy.REWRITE | LinkPolicy.DEFANG:
            return defanged


def defanged(target: str) -> str:
    """`https://example.org/a.b` as `hxxps://example[.]org/a.b`; mail addresses, numbers and links
    within the document stay."""
    named = scheme(target)
    if not named or named in _HARMLESS or named in _DEFANGED.values():
        return target
    if named.startswith(_UNOPENED):
        return target
    written = _AUTHORITY.match(target)
    if written is None:
        return f"{_DEFANGED.get(named, _UNOPENED + named)}:{target.lstrip().partition(':')[2]}"
    host = written[2].replace(".", "[.]")
    return f"{_DEFANGED.get(named, _UNOPENED + named)}://{host}{target[written.end() :]}"


def swapped(raw: bytes) -> bytes:
    """`raw` with the schemes of web addresses in it defanged (`hxxp`, `hxxps`) at the same length,
    in one byte and in two bytes a letter: for formats in which nothing can grow."""
    return _SCHEMES.sub(lambda found: _swap(found[0]), raw)


_SCHEMES = re.compile(rb"http(?=s?:)|h\0t\0t\0p\0(?=(?:s\0)?:\0)", re.IGNORECASE)


def _swap(scheme_name: bytes) -> bytes:
    return b"hxxp" if len(scheme_name) == 4 else b"h\0x\0x\0p\0"


def rewritten(target: str, click_page: str) -> str:
    """The click page's address for a web page's; other targets stay."""
    before = click_page.partition(PLACEHOLDER)[0]
    if scheme(target) not in _WEB or target.startswith(before):
        return target
    return click_page.replace(PLACEHOLDER, quote(target, safe=""))
