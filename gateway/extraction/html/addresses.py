"""Addresses in web pages: which act, which are fetched by themselves, and what links become."""

from __future__ import annotations

import re
from typing import Final

from gateway.extraction import links
from gateway.extraction.linkedit import Relink

LINK_ATTRIBUTES: Final = frozenset({"href", "xlink:href"})
"""Lead somewhere on a click when they stand in a link."""

FETCHED_ATTRIBUTES: Final = frozenset(
    {
        *("src", "srcset", "imagesrcset", "background", "poster", "lowsrc", "dynsrc"),
        *("icon", "data", "longdesc"),
    }
)
"""Are fetched by themselves, or may be."""

ADDRESS_ATTRIBUTES: Final = frozenset(
    {
        *LINK_ATTRIBUTES,
        *FETCHED_ATTRIBUTES,
        *("action", "formaction", "cite", "codebase", "classid", "archive", "profile", "usemap"),
        *("ping", "manifest", "srcdoc", "from", "to", "by", "values", "attributename", "folder"),
        *("xml:base", "code", "object", "datasrc", "url", "content"),
    }
)
"""Whose value some program takes for an address, or (animations) puts into one."""

_IGNORED: Final = re.compile(r"[\t\n\r]|^[\0-\x20]+|\0")
"""What the URL standard drops before it looks at an address."""

_SCRIPT_SCHEME: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*:)*(?:java|vb|live|j|ecma)script:")
_HARMLESS_DATA: Final = re.compile(r"data:(?:image/[a-z0-9.+-]+|font/[a-z0-9.+-]+)[;,]")
_FETCHED: Final = re.compile(r"(?:https?:|ftp:)?[/\\]{2}|https?:", re.IGNORECASE)


def normal(address: str) -> str:
    """The address as a browser reads it, in lower case."""
    return _IGNORED.sub("", address).lower()


def acts(address: str, *, fetched: bool) -> bool:
    """Whether `address` runs something or reaches a share instead of opening a page. Pictures that
    stand in the page itself (`data:`) do not, where they are `fetched`."""
    named = normal(address)
    if _SCRIPT_SCHEME.match(named):
        return True
    if named.startswith("data:"):
        return not (fetched and _HARMLESS_DATA.match(named))
    if fetched:
        return named.startswith(("file:", "\\\\")) or links.scheme(named).startswith("ms-")
    if ":" not in named[:40] and not named.startswith(("\\", "//")):
        return False  # a place in the page, or beside it
    return links.starts_program(named) or named.startswith(("file:", "\\\\"))


def is_script(value: str) -> bool:
    """Whether `value`, or one of several values between semicolons, is a script."""
    return any(_SCRIPT_SCHEME.match(normal(each)) for each in (value, *value.split(";")))


def is_remote(address: str) -> bool:
    """Whether showing the page would fetch `address` from elsewhere."""
    return bool(_FETCHED.match(normal(address)))


def is_remote_set(value: str) -> bool:
    """The same for `srcset`: several addresses with descriptors between commas."""
    return any(is_remote(candidate) for candidate in value.split(","))


def link_instead(address: str, relink: Relink) -> str:
    """What `relink` makes of a link's address; the very same where that is nothing else.

    Bytes of the page are read as Latin-1, and are most likely UTF-8: they go and come back as such.
    """
    target = _IGNORED.sub("", address)
    try:
        text = target.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        text = target
    made = relink(text)
    if made == text:
        return address
    return made if text is target else made.encode("utf-8").decode("latin-1")


def can_be_clicked(address: str) -> bool:
    """Whether a browser would open `address`, which was made by a relinker."""
    return links.scheme(address) in ("http", "https")
