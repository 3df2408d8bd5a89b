"""One start tag: which of its attributes act, fetch or lead away, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from gateway.extraction import links
from gateway.extraction.html import addresses, styles
from gateway.extraction.html.rules import (
    ACTING_METAS,
    ANIMATED_ADDRESSES,
    ANIMATIONS,
    BAD_CHARSETS,
    FETCHED_AHEAD,
    SCRIPT_ONLY,
    SENDING,
    local_name,
)
from gateway.extraction.html.tokens import Attribute, Token, attributes
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.switches import ExtractSwitches, wanted
from gateway.mime.splice import Replacement
from gateway.model.remoteimages import RemoteImages

PLACEHOLDER: Final = (
    "data:image/gif;base64,R0lGODlhAQABAIAAAMzMzAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
)
"""A grey pixel, drawn in the size of the picture whose place it takes."""

_LOOKED_AT: Final = re.compile(
    rb"[\s/\"']on[a-z]|src|href|action|background|poster|ping|script|&|\0|"
    rb"expression|behaviou?r|binding|import|url\s*\(|image-set|\\|/\*|"
    rb"[\s/\"'](?:xml:base|data|cite|classid|code|codebase|archive|profile|usemap|manifest|icon|"
    rb"from|to|by|values|content|folder|url|longdesc|datasrc|object|attributename)\s*=",
    re.IGNORECASE,
)
"""What a tag must hold to be looked at attribute by attribute: most do not, and need not."""
_QUOTED: Final = rb"(?:\"[^\"]*\"|'[^']*')"
_PLAIN_TAG: Final = re.compile(
    rb"<[a-zA-Z][a-zA-Z0-9:]*(?>(?:[\t\n\f\r ]+(?:"
    rb"(?:class|id|width|height|align|valign|alt|title|border|bgcolor|color|face|size|lang|dir|"
    rb"target|rel|name|role|cellpadding|cellspacing|colspan|rowspan|data-[\w-]+|aria-[\w-]+)"
    rb"=(?:" + _QUOTED + rb"|[\w%#.-]+)|style=(?:\"[^\"(\\&\0]*\"|'[^'(\\&\0]*')|"
    rb"(?:href|src)=(?:\"(?:https?://|mailto:|cid:|tel:|\#)[^\"]*\"|'(?:https?://|mailto:|cid:)[^']*')"
    rb"))*)[\t\n\f\r /]*>",
    re.IGNORECASE,
)
"""A tag of attributes that cannot act: most tags of most mails. What acts in a style needs a round
bracket, an escape or an entity."""
_SPECIAL: Final = frozenset({b"meta", b"link", b"base", *ANIMATIONS})
_HIDDEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])opacity\s*:\s*0*\.?0*\s*(?:;|!|$)|"
    r"font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)|mso-hide\s*:\s*all"
)
_TINY: Final = re.compile(r"\s*[0-2](?:\.\d+)?\s*(?:px)?\s*\Z")
_TINY_STYLE: Final = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*[0-2](?:px)?\s*(?:;|!|$)")
_BY_POLICY: Final = frozenset(
    {Kind.HTML_LINKS, Kind.HTML_REMOTE_IMAGES, Kind.HTML_TRACKING_PIXELS, Kind.HTML_HIDDEN_TEXT}
)
"""Kinds that stand in tags that do not act."""
_SPACE: Final = b"\t\n\f\r >"
_NO_HIDING: Final = frozenset({b"html", b"head", b"body", b"br", b"img", b"input", b"hr"})


@dataclass(slots=True)
class Judged:
    """What becomes of a tag: `dropped` in favour of `instead`, or edited; `whole_element` asks for
    its content to go as well."""

    hits: list[Hit] = field(default_factory=list)
    edits: list[Replacement] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    dropped: bool = False
    instead: bytes = b""
    whole_element: bool = False


class TagRules:
    """Judges the tags of one page under `switches`."""

    def __init__(self, data: bytes, switches: ExtractSwitches) -> None:
        self._data = data
        self._switches = switches
        self._removes = wanted(switches).__contains__
        self._images = switches.html_remote_images
        self._thorough = not _BY_POLICY.isdisjoint(wanted(switches)) or (
            switches.relinks(Kind.HTML_LINKS) is not None or self._images is not RemoteImages.KEEP
        )
        self.style_wishes = styles.Wishes(
            acting=switches.html_scripts,
            imports=switches.html_remote_styles,
            pictures=self._images is not RemoteImages.KEEP,
        )

    def judge(self, tag: Token) -> Judged:
        """What becomes of `tag`, a start tag."""
        judged = Judged()
        name = local_name(tag.name)
        if name not in _SPECIAL and self._is_quiet(tag):
            return judged
        found = list(attributes(self._data, tag))
        if self._special(judged, name, found, tag) or self._hidden(judged, name, found, tag):
            return judged
        if self._pixel(judged, name, found, tag):
            return judged
        for attribute in found:
            self._attribute(judged, name, attribute)
        if judged.dropped:
            judged.edits.clear()
            judged.instead = _alternative(found)
        return judged

    def _is_quiet(self, tag: Token) -> bool:
        """Whether nothing in the tag is worth looking at attribute by attribute."""
        if self._thorough:
            return False
        if _PLAIN_TAG.fullmatch(self._data, tag.start, tag.end):
            return True
        return not _LOOKED_AT.search(self._data, tag.start, tag.end)

    def style_hits(self, made: styles.Styled, where: str) -> list[Hit]:
        """What was taken out of a style, as hits."""
        hits = []
        if made.acting:
            hits.append(Hit(Kind.HTML_SCRIPTS, "acting style", where))
        if made.imports:
            hits.append(Hit(Kind.HTML_REMOTE_STYLES, "imported style sheet", where))
        if made.pictures:
            hits.append(Hit(Kind.HTML_REMOTE_IMAGES, "remote picture in a style", where))
        return hits

    def _special(self, judged: Judged, name: bytes, found: list[Attribute], tag: Token) -> bool:
        """Elements that act by what their attributes say: gone when they do."""
        values = {attribute.name: attribute.value for attribute in reversed(found)}
        kind, what = _special_kind(name, values)
        if kind is None or not self._removes(kind):
            return False
        judged.hits.append(Hit(kind, what, f"byte {tag.start}"))
        if name == b"base":
            for attribute in found:
                if attribute.name == "href":
                    judged.edits.append(self._without(attribute))
        else:
            judged.dropped = True
        return True

    def _hidden(self, judged: Judged, name: bytes, found: list[Attribute], tag: Token) -> bool:
        if not self._removes(Kind.HTML_HIDDEN_TEXT) or name in _NO_HIDING:
            return False
        for attribute in found:
            style = attribute.name == "style" and _HIDDEN.search(styles.plain(attribute.raw))
            if style or attribute.name == "hidden":
                judged.hits.append(Hit(Kind.HTML_HIDDEN_TEXT, "hidden text", f"byte {tag.start}"))
                judged.whole_element = True
                return True
        return False

    def _pixel(self, judged: Judged, name: bytes, found: list[Attribute], tag: Token) -> bool:
        if name != b"img" or not self._removes(Kind.HTML_TRACKING_PIXELS):
            return False
        values = {attribute.name: attribute.value for attribute in reversed(found)}
        style = values.get("style", "").lower()
        sizes = [values[side] for side in ("width", "height") if side in values]
        small = bool(sizes) and all(map(_TINY.match, sizes))
        invisible = small or bool(_HIDDEN.search(style)) or len(_TINY_STYLE.findall(style)) == 2
        if not invisible or not addresses.is_remote(values.get("src", "")):
            return False
        judged.hits.append(Hit(Kind.HTML_TRACKING_PIXELS, "tracking pixel", f"byte {tag.start}"))
        judged.dropped = True
        return True

    def _attribute(self, judged: Judged, name: bytes, attribute: Attribute) -> None:
        key = attribute.name
        where = f"{key} at byte {attribute.start}"
        if key.startswith("on") and len(key) > 2:
            self._take(judged, attribute, Kind.HTML_SCRIPTS, "event handler", where)
        elif key == "style":
            self._style(judged, attribute, where)
        elif key in SENDING:
            if name != b"form" or attribute.value:
                self._take(judged, attribute, Kind.HTML_FORMS, "form target", where)
        elif key == "srcdoc":
            self._take(judged, attribute, Kind.HTML_FRAMES, "page in an attribute", where)
        elif key in addresses.ADDRESS_ATTRIBUTES:
            self._address(judged, name, attribute, where)
        elif "url(" in attribute.value.lower():
            self._style(judged, attribute, where)

    def _address(self, judged: Judged, name: bytes, attribute: Attribute, where: str) -> None:
        key, value = attribute.name, attribute.value
        links_away = key in addresses.LINK_ATTRIBUTES and name in (b"a", b"area")
        if host := links.host(value):
            judged.hosts.add(host)
        fetched = not links_away and key not in SCRIPT_ONLY
        if key in SCRIPT_ONLY:
            acting = addresses.is_script(value)
        else:
            acting = addresses.acts(value, fetched=fetched)
        if acting:
            kind = Kind.HTML_SCRIPTS if addresses.is_script(value) else Kind.ACTING_LINKS
            self._take(judged, attribute, kind, "address that acts", where)
        elif links_away:
            self._link(judged, attribute, where)
        elif fetched:
            self._picture(judged, name, attribute, where)

    def _link(self, judged: Judged, attribute: Attribute, where: str) -> None:
        """A link to the web goes, is led elsewhere, or stays as words that show when the pointer
        rests on them."""
        relink = self._switches.relinks(Kind.HTML_LINKS)
        if relink is not None:
            target = addresses.link_instead(attribute.value, relink)
            if target == attribute.value:
                return
            name = attribute.name if addresses.can_be_clicked(target) else "title"
            judged.edits.append(self._instead(attribute, name, target))
        elif self._removes(Kind.HTML_LINKS) and addresses.is_remote(attribute.value):
            judged.edits.append(self._without(attribute))
        else:
            return
        policy = self._switches.html_links
        judged.hits.append(Hit(Kind.HTML_LINKS, f"link ({policy})", where, acts=False))

    def _picture(self, judged: Judged, name: bytes, attribute: Attribute, where: str) -> None:
        if self._images is RemoteImages.KEEP or attribute.name not in _PICTURES:
            return
        several = attribute.name.endswith("srcset")
        value = attribute.value
        if not (addresses.is_remote_set(value) if several else addresses.is_remote(value)):
            return
        judged.hits.append(Hit(Kind.HTML_REMOTE_IMAGES, "remote picture", where, acts=False))
        if self._images is RemoteImages.REMOVE and name == b"img":
            judged.dropped = True
        elif name == b"img" and attribute.name == "src":
            judged.edits.append(self._instead(attribute, "src", PLACEHOLDER))
        else:
            judged.edits.append(self._without(attribute))

    def _style(self, judged: Judged, attribute: Attribute, where: str) -> None:
        made = styles.clean(attribute.raw, self.style_wishes)
        judged.hits.extend(self.style_hits(made, where))
        if made.content is None:
            judged.edits.append(self._without(attribute))
        elif made.content != attribute.raw:
            judged.edits.append(
                Replacement(attribute.value_start, attribute.value_end, made.content)
            )

    def _take(
        self, judged: Judged, attribute: Attribute, kind: Kind, what: str, where: str
    ) -> None:
        if self._removes(kind):
            judged.hits.append(Hit(kind, what, where))
            judged.edits.append(self._without(attribute))

    def _without(self, attribute: Attribute) -> Replacement:
        """The attribute gone. A space stays where its neighbours would grow together."""
        follows = self._data[attribute.end : attribute.end + 1]
        return Replacement(attribute.start, attribute.end, b"" if follows in _SPACE else b" ")

    def _instead(self, attribute: Attribute, name: str, value: str) -> Replacement:
        written = b" " + name.encode() + b'="' + escaped(value) + b'"'
        return Replacement(attribute.start, attribute.end, written)


_PICTURES: Final = addresses.FETCHED_ATTRIBUTES | addresses.LINK_ATTRIBUTES


def _special_kind(name: bytes, values: dict[str, str]) -> tuple[Kind | None, str]:
    if name == b"meta":
        declared = values.get("http-equiv", "").strip().lower()
        if declared in ACTING_METAS:
            return Kind.HTML_REFRESH, f"meta {declared}"
        charset = (values.get("charset", "") + " " + values.get("content", "")).lower()
        if any(bad in charset for bad in BAD_CHARSETS):
            return Kind.HTML_SCRIPTS, "charset that hides tags"
    elif name == b"base" and "href" in values:
        return Kind.HTML_REFRESH, "base address"
    elif name == b"link" and "href" in values:
        if "import" in values.get("rel", "").lower():
            return Kind.HTML_SCRIPTS, "imported page"
        if not FETCHED_AHEAD.isdisjoint(values.get("rel", "").lower().split()):
            return Kind.HTML_FRAMES, "page fetched ahead"
        if addresses.acts(values["href"], fetched=True) or addresses.is_script(values["href"]):
            return Kind.HTML_SCRIPTS, "acting style sheet"
        if addresses.is_remote(values["href"]):
            return Kind.HTML_REMOTE_STYLES, "remote style sheet"
    elif name in ANIMATIONS:
        target = values.get("attributename", "href").lower().rpartition(":")[2]
        if target.startswith(ANIMATED_ADDRESSES):
            return Kind.HTML_SCRIPTS, "animated address"
    return None, ""


def _alternative(found: list[Attribute]) -> bytes:
    """A picture's alternative text in its place: what people read stays."""
    alternative = next((each.value for each in found if each.name == "alt"), "")
    return escaped(alternative)


def escaped(text: str) -> bytes:
    """Text (bytes of the page as Latin-1) for an attribute in quotes or for a place of text."""
    made = text.replace("&", "&amp;").replace('"', "&quot;")
    made = made.replace("<", "&lt;").replace(">", "&gt;")
    return made.encode("latin-1", "xmlcharrefreplace")
