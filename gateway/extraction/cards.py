"""The extractor of calendar entries and address cards: alarms that act, files in lines, links.

Lines that stay keep their bytes, folds included.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from gateway.extraction import links
from gateway.extraction.contract import ExtractError, Extraction, ExtractStatus, Survey
from gateway.extraction.html import addresses
from gateway.extraction.html import extractor as html
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.lines import ContentLine, content_lines, escaped, unescaped
from gateway.extraction.switches import DEFAULT_SWITCHES, ExtractSwitches
from gateway.mime.splice import Replacement, apply

NAME: Final = "calendar or card"
TYPES: Final = frozenset({"ics", "vcard"})

MAX_BYTES: Final = 16 * 1024 * 1024
"""Of one file: calendars of years have some megabytes."""

_ACTIONS: Final = frozenset({"PROCEDURE", "EMAIL"})
"""Alarms that start a program (RFC 2445 4.8.6.1; RFC 5545 dropped it) or send mail."""

_FILES: Final = frozenset({"ATTACH", "SOUND", "AGENT", "X-ATTACH", "STRUCTURED-DATA"})
_PICTURES: Final = frozenset({"PHOTO", "LOGO", "IMAGE"})
_LINKS: Final = frozenset(
    {
        *("URL", "SOURCE", "FBURL", "CALURI", "CALADRURI", "TZURL", "CONFERENCE", "MEMBER", "TEL"),
        *("ATTACH", "PHOTO", "LOGO", "IMAGE", "SOUND", "IMPP", "X-GOOGLE-CONFERENCE", "LINK"),
        *("X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-SOCIALPROFILE", "SOCIALPROFILE", "RELATED"),
    }
)
_PAGES: Final = frozenset({"X-ALT-DESC", "STYLED-DESCRIPTION"})
_PICTURE_HEADS: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n",
    b"GIF8",
    b"RIFF",
    b"BM",
    b"II*\0",
    b"MM\0*",
)


def preload() -> None:
    """HTML within lines is cleaned as pages are."""
    html.preload()


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the file in `data`."""
    work = _Work(DEFAULT_SWITCHES)
    work.run(data)
    return Survey(tuple(dict.fromkeys(work.hits)), tuple(sorted(work.hosts)))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The file without what `switches` name."""
    work = _Work(switches)
    made = work.run(data)
    if made == data:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in work.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, made, removed)


class _Work:
    """One pass over the lines of a file."""

    def __init__(self, switches: ExtractSwitches) -> None:
        self.hits: list[Hit] = []
        self.hosts: set[str] = set()
        self._switches = switches
        self._removes = switches.removes
        self._edits: list[Replacement] = []

    def run(self, data: bytes) -> bytes:
        """The file after all changes. Raises ExtractError."""
        if len(data) > MAX_BYTES:
            raise ExtractError(f"the file is larger than {MAX_BYTES} bytes")
        alarm: list[ContentLine] | None = None
        for line in content_lines(data):
            if line.name == "BEGIN" and line.value.strip().upper() == b"VALARM":
                alarm = []
            if alarm is None:
                self._line(line)
                continue
            alarm.append(line)
            if line.name == "END" and line.value.strip().upper() == b"VALARM":
                self._alarm(alarm)
                alarm = None
        for line in alarm or ():
            self._line(line)
        return apply(data, self._edits)

    def _alarm(self, lines: list[ContentLine]) -> None:
        acts = any(
            line.name == "ACTION" and line.value.strip().upper().decode("latin-1") in _ACTIONS
            for line in lines
        )
        if acts and self._removes(Kind.CALENDAR_ACTIONS):
            self._hit(Kind.CALENDAR_ACTIONS, "alarm that starts a program or sends mail", lines[0])
            self._edits.append(Replacement(lines[0].start, lines[-1].end, b""))
            return
        for line in lines:
            self._line(line)

    def _line(self, line: ContentLine) -> None:
        """What becomes of one line outside of acting alarms."""
        target = line.value.decode("latin-1").strip()
        inline = line.parameters.get("ENCODING", "").upper() in ("BASE64", "B") or (
            line.parameters.get("VALUE", "").upper() == "BINARY" or target[:5].lower() == "data:"
        )
        if line.name in _FILES and inline and self._removes(Kind.CALENDAR_ACTIONS):
            self._drop(line, Kind.CALENDAR_ACTIONS, "file in the entry")
        elif line.name in _PICTURES and inline and not _is_picture(line.value):
            if self._removes(Kind.CALENDAR_ACTIONS):
                self._drop(line, Kind.CALENDAR_ACTIONS, "file in place of a picture")
        elif line.name in _LINKS and not inline:
            self._link(line, target)
        elif line.name in _PAGES or line.parameters.get("FMTTYPE", "").lower() == "text/html":
            self._page(line)
        elif self._removes(Kind.ACTING_LINKS) and _acts(line.parameters.get("ALTREP", "")):
            self._drop(line, Kind.ACTING_LINKS, "description elsewhere that acts")

    def _link(self, line: ContentLine, target: str) -> None:
        if host := links.host(target):
            self.hosts.add(host)
        if _acts(target):
            if self._removes(Kind.ACTING_LINKS):
                self._drop(line, Kind.ACTING_LINKS, "link that acts")
            return
        relink = self._switches.relinks(Kind.HTML_LINKS)
        if relink is not None:
            made = addresses.link_instead(target, relink).encode("latin-1", "replace")
            if made != line.value.strip():
                self._hit(Kind.HTML_LINKS, f"link ({self._switches.html_links})", line)
                self._edits.append(Replacement(line.start, line.end, line.with_value(made)))
        elif self._removes(Kind.HTML_LINKS) and addresses.is_remote(target):
            self._drop(line, Kind.HTML_LINKS, "link (remove)")

    def _page(self, line: ContentLine) -> None:
        """HTML in a text value, escaped as one."""
        page = unescaped(line.value)
        made = html.extract(page, "html", self._switches)
        if made.content is None:
            return
        for removal in made.removed:
            self._hit(Kind.HTML_SCRIPTS, removal.what, line)
        value = escaped(made.content)
        self._edits.append(Replacement(line.start, line.end, line.with_value(value)))

    def _drop(self, line: ContentLine, kind: Kind, what: str) -> None:
        self._hit(kind, what, line)
        self._edits.append(Replacement(line.start, line.end, b""))

    def _hit(self, kind: Kind, what: str, line: ContentLine) -> None:
        self.hits.append(Hit(kind, what, f"{line.name} at byte {line.start}", acts=False))


def _acts(address: str) -> bool:
    return addresses.acts(address, fetched=False)


def _is_picture(value: bytes) -> bool:
    """Whether base64 (or a data: address of an image) holds a picture by its first bytes."""
    if value[:5].lower() == b"data:":
        value = value.partition(b",")[2]
    try:
        head = base64.b64decode(value[:32].strip() + b"==", validate=False)
    except (binascii.Error, ValueError):
        return False
    return head.startswith(_PICTURE_HEADS)
