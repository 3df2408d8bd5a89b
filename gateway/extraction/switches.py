"""The switches of extraction: one per kind, each with its sentence for the settings page.

The struct is the only place where defaults stand; `SWITCHES` lists the same fields as data for
whoever generates pages or schemas from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, get_args, get_type_hints

import msgspec

from gateway.extraction.kinds import Kind
from gateway.extraction.linkedit import Relink, relinker
from gateway.model.imagemethod import ImageMethod
from gateway.model.linkpolicy import LinkPolicy
from gateway.model.remoteimages import RemoteImages


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class ExtractSwitches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which kinds of content extraction takes out; True and `remove` take out."""

    macros: Annotated[
        bool,
        _says("Remove VBA projects, their signatures, Excel 4 macro sheets and calls to them."),
    ] = True
    ole_objects: Annotated[
        bool,
        _says(
            "Remove embedded and linked OLE objects and packages, keeping their preview picture."
        ),
    ] = True
    activex: Annotated[bool, _says("Remove ActiveX controls.")] = True
    dde: Annotated[
        bool, _says("Remove DDE fields, links and formulas, keeping their last result.")
    ] = True
    acting_fields: Annotated[
        bool,
        _says(
            "Remove Word fields and Excel formulas that fetch or run, keeping their last result."
        ),
    ] = True
    external_links: Annotated[
        bool,
        _says("Remove what a document fetches by itself: templates, pictures, linked workbooks."),
    ] = True
    acting_links: Annotated[
        bool, _says("Remove links that start programs or act when the pointer only passes over.")
    ] = True
    hyperlinks: Annotated[
        LinkPolicy, _says("Keep, defang, rewrite or remove links to web pages in Office files.")
    ] = LinkPolicy.KEEP
    data_connections: Annotated[
        bool, _says("Empty data connections, web queries and mail-merge sources.")
    ] = True
    imported_chunks: Annotated[
        bool, _says("Remove foreign documents that Word imports on opening, unless they are inert.")
    ] = True
    custom_ui: Annotated[
        bool, _says("Remove custom ribbons, toolbars and key bindings, which call macros.")
    ] = True
    web_extensions: Annotated[bool, _says("Remove web add-ins and their task panes.")] = True
    custom_xml: Annotated[
        bool, _says("Remove custom XML data; content controls bound to it keep their text.")
    ] = False
    hidden_data: Annotated[
        bool, _says("Remove bytes before and after the structure of an Office or PDF file.")
    ] = True
    pdf_javascript: Annotated[bool, _says("Remove JavaScript from PDF files.")] = True
    pdf_actions: Annotated[
        bool,
        _says("Remove PDF actions that run on opening, start programs, send or load data."),
    ] = True
    pdf_uri: Annotated[
        LinkPolicy, _says("Keep, defang, rewrite or remove links to web pages in PDF files.")
    ] = LinkPolicy.KEEP
    pdf_embedded_files: Annotated[bool, _says("Remove files attached inside PDF files.")] = True
    pdf_rich_media: Annotated[
        bool, _says("Remove sound, films, Flash and 3D content from PDF files.")
    ] = True
    pdf_xfa: Annotated[
        bool, _says("Remove XFA forms from PDF files; ordinary form fields stay.")
    ] = True
    pdf_external_content: Annotated[
        bool, _says("Remove PDF content that the viewer would fetch from elsewhere.")
    ] = True

    pdf_revisions: Annotated[
        bool, _says("Remove earlier revisions from PDF files; signed ones keep theirs.")
    ] = True
    signatures: Annotated[
        bool,
        _says(
            "Remove digital signatures also from documents with nothing else to take out; those "
            "of changed documents always go."
        ),
    ] = False
    metadata: Annotated[
        bool, _says("Remove author, program, times and preview from documents.")
    ] = False
    html_scripts: Annotated[
        bool, _says("Remove scripts, event handlers and acting styles from web pages.")
    ] = True
    html_forms: Annotated[
        bool, _says("Make forms of web pages inert; their fields stay visible.")
    ] = True
    html_frames: Annotated[
        bool, _says("Remove frames, objects, embedded content and applets from web pages.")
    ] = True
    html_refresh: Annotated[
        bool, _says("Remove redirections, cookies and base addresses from web pages.")
    ] = True
    html_links: Annotated[
        LinkPolicy,
        _says("Keep, defang or remove links of web pages, or rewrite them to a click page."),
    ] = LinkPolicy.KEEP
    html_remote_styles: Annotated[
        bool, _says("Remove style sheets that a web page fetches from elsewhere.")
    ] = False
    html_remote_images: Annotated[
        RemoteImages,
        _says("Keep, block (grey placeholder) or remove pictures fetched from elsewhere."),
    ] = RemoteImages.KEEP
    html_tracking_pixels: Annotated[
        bool, _says("Remove invisible pictures that a web page fetches from elsewhere.")
    ] = False
    html_hidden_text: Annotated[
        bool, _says("Remove text that a web page hides from its readers.")
    ] = False
    calendar_actions: Annotated[
        bool,
        _says("Remove alarms that start programs or send mail, and files within calendar entries."),
    ] = True
    csv_formulas: Annotated[
        bool, _says("Make formulas in comma-separated values text, with an apostrophe before them.")
    ] = True
    click_page: str = ""
    """Where rewritten links lead: an address with {url}. A value, no switch."""
    images: ImageMethod = ImageMethod.CHECK
    """How pictures are made harmless. A value, no switch."""

    def removes(self, kind: Kind) -> bool:
        """True when content of `kind` is to be taken out (links: when they go altogether).

        Signatures of a document that changes go in any case: they are no longer valid.
        """
        setting: bool | LinkPolicy | RemoteImages = getattr(self, kind.value)
        return setting is True or setting in (LinkPolicy.REMOVE, RemoteImages.REMOVE)

    def ends_links(self, kind: Kind) -> bool:
        """As `removes`, for formats in which some links cannot get another target: there links
        that policy defangs or rewrites go altogether."""
        return self.removes(kind) or (kind is Kind.HYPERLINKS and self.relinks(kind) is not None)

    def relinks(self, kind: Kind) -> Relink | None:
        """What happens to the targets of links of `kind`; None where they stay, or links go."""
        setting = getattr(self, kind.value)
        return relinker(setting, self.click_page) if isinstance(setting, LinkPolicy) else None


DEFAULT_SWITCHES = ExtractSwitches()
"""What an installation that says nothing gets."""

VALUES = frozenset({"click_page", "images"})
"""Fields that say how, not whether."""


@lru_cache(maxsize=16)
def wanted(switches: ExtractSwitches) -> frozenset[Kind]:
    """The kinds that `switches` take out, for those who ask once for each tag of a page."""
    return frozenset(kind for kind in Kind if switches.removes(kind))


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch as data: name in policy, allowed values, default, one sentence."""

    name: str
    choices: tuple[str, ...]
    default: str
    description: str


def _switches() -> tuple[Switch, ...]:
    hints = get_type_hints(ExtractSwitches, include_extras=True)
    found = []
    for name in ExtractSwitches.__struct_fields__:
        if name in VALUES:
            continue
        setting, meta = get_args(hints[name])
        default = getattr(DEFAULT_SWITCHES, name)
        if setting is bool:
            choices: tuple[str, ...] = ("true", "false")
            shown = str(default).lower()
        else:
            choices = tuple(setting)
            shown = str(default)
        found.append(Switch(name, choices, shown, meta.description))
    return tuple(found)


SWITCHES: tuple[Switch, ...] = _switches()
"""Every switch, in the order of the settings page."""
