"""A second look at a cleaned page by another parser: html5ever, through nh3.

It builds the tree that browsers build and is asked for every element and attribute of it. What it
says is not used to write pages (nh3 would write all of them anew), only to refuse ours.
"""

from __future__ import annotations

import re
from typing import Final

import nh3

from gateway.extraction.html import addresses
from gateway.extraction.html.rules import ACTING_METAS, DATA_BLOCK, ELEMENTS, Fate, local_name
from gateway.extraction.kinds import Kind
from gateway.extraction.switches import ExtractSwitches

_NAME: Final = re.compile(r"<([a-zA-Z][a-zA-Z0-9:_-]*)")
_WATCHED: Final = frozenset({*addresses.ADDRESS_ATTRIBUTES, "http-equiv", "style", "type"})


def preload() -> None:
    """Have nh3 build its tables."""
    still_acts("<p onclick=x>", ExtractSwitches())


def still_acts(page: str, switches: ExtractSwitches) -> str:
    """What acts in `page` as a browser would read it, in words; empty for nothing."""
    names = {name.lower() for name in _NAME.findall(page)} | {"p"}
    seen: list[str] = []
    blocks = 0

    def watch(tag: str, attribute: str, value: str) -> str | None:
        nonlocal blocks
        if (tag, attribute) == ("script", "type"):
            blocks += value.strip().lower() == DATA_BLOCK
        elif _acts(tag, attribute, value, switches):
            seen.append(f"{attribute} of <{tag}>")
        return None

    written = nh3.clean(
        page,
        tags=names,
        clean_content_tags=set(),
        attributes={"*": set(_WATCHED)},
        attribute_filter=watch,
        generic_attribute_prefixes={"on"},
        link_rel=None,
        url_schemes=_EVERY_SCHEME,
    )
    left = [name for name in _NAME.findall(written) if _is_gone(name, switches)]
    if blocks < len(left) or set(left) - {"script"}:
        seen += (f"<{name}>" for name in left)
    return seen[0] if seen else ""


_EVERY_SCHEME: Final = {
    *("http", "https", "mailto", "ftp", "file", "data", "javascript", "vbscript", "livescript"),
    *("jscript", "mhtml", "view-source", "feed", "ms-msdt", "search-ms", "jar", "res", "its"),
}
"""nh3 drops addresses of other schemes before anybody sees them."""


def _is_gone(name: str, switches: ExtractSwitches) -> bool:
    element = ELEMENTS.get(local_name(name.lower().encode()))
    if element is None or element.fate is Fate.AS_TEXT:
        return False
    return switches.removes(element.kind)


def _acts(tag: str, attribute: str, value: str, switches: ExtractSwitches) -> bool:
    if attribute.startswith("on") and len(attribute) > 2:
        return switches.html_scripts
    if attribute == "http-equiv":
        return switches.html_refresh and value.strip().lower() in ACTING_METAS
    if attribute == "srcdoc":
        return switches.removes(Kind.HTML_FRAMES)
    if attribute in ("action", "formaction"):
        return switches.html_forms
    return switches.html_scripts and attribute != "style" and addresses.is_script(value)
