"""What extraction can take out: one closed list of kinds, each with its reason.

The switch of a kind (see `switches`) carries the kind's value as its name; a test holds the two
together. This module decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.model import Removal


class Kind(StrEnum):
    """A kind of content that can act, fetch or hide."""

    MACROS = "macros"
    OLE_OBJECTS = "ole_objects"
    ACTIVEX = "activex"
    DDE = "dde"
    ACTING_FIELDS = "acting_fields"
    EXTERNAL_LINKS = "external_links"
    ACTING_LINKS = "acting_links"
    HYPERLINKS = "hyperlinks"
    DATA_CONNECTIONS = "data_connections"
    IMPORTED_CHUNKS = "imported_chunks"
    CUSTOM_UI = "custom_ui"
    WEB_EXTENSIONS = "web_extensions"
    CUSTOM_XML = "custom_xml"
    HIDDEN_DATA = "hidden_data"
    SIGNATURES = "signatures"
    PDF_JAVASCRIPT = "pdf_javascript"
    PDF_ACTIONS = "pdf_actions"
    PDF_URI = "pdf_uri"
    PDF_EMBEDDED_FILES = "pdf_embedded_files"
    PDF_RICH_MEDIA = "pdf_rich_media"
    PDF_XFA = "pdf_xfa"
    PDF_EXTERNAL_CONTENT = "pdf_external_content"
    PDF_REVISIONS = "pdf_revisions"
    METADATA = "metadata"
    HTML_SCRIPTS = "html_scripts"
    HTML_FORMS = "html_forms"
    HTML_FRAMES = "html_frames"
    HTML_REFRESH = "html_refresh"
    HTML_LINKS = "html_links"
    HTML_REMOTE_STYLES = "html_remote_styles"
    HTML_REMOTE_IMAGES = "html_remote_images"
    HTML_TRACKING_PIXELS = "html_tracking_pixels"
    HTML_HIDDEN_TEXT = "html_hidden_text"
    CALENDAR_ACTIONS = "calendar_actions"
    CSV_FORMULAS = "csv_formulas"


BY_POLICY_ONLY = frozenset(
    {Kind.HYPERLINKS, Kind.PDF_URI, Kind.CUSTOM_XML, Kind.METADATA, Kind.SIGNATURES}
)
"""Kinds of documents that are not dangerous in themselves: a survey does not look for them."""

WHY: dict[Kind, str] = {
    Kind.MACROS: "macros are programs that run in the reader's application",
    Kind.OLE_OBJECTS: "an embedded object can hold a program or exploit the application it opens",
    Kind.ACTIVEX: "an ActiveX control runs native code when the document opens",
    Kind.DDE: "DDE starts another program and hands it commands",
    Kind.ACTING_FIELDS: "the field fetches or runs something when fields are updated",
    Kind.EXTERNAL_LINKS: "the document fetches this by itself, which runs foreign templates, "
    "leaks credentials or tells the sender that it was opened",
    Kind.ACTING_LINKS: "the link starts a program instead of opening a page",
    Kind.HYPERLINKS: "policy does not let links lead on",
    Kind.DATA_CONNECTIONS: "a data connection runs queries against foreign sources",
    Kind.IMPORTED_CHUNKS: "the application imports and opens this foreign document",
    Kind.CUSTOM_UI: "a custom ribbon or toolbar calls macros as soon as it loads",
    Kind.WEB_EXTENSIONS: "an add-in loads code from the web",
    Kind.CUSTOM_XML: "policy removes custom data",
    Kind.HIDDEN_DATA: "bytes outside the document's structure serve only to hide another file",
    Kind.SIGNATURES: "no longer valid once the document has been changed, or removed by policy",
    Kind.PDF_JAVASCRIPT: "JavaScript runs in the reader's viewer",
    Kind.PDF_ACTIONS: "the action acts when the document opens or is touched",
    Kind.PDF_URI: "policy does not let links lead on",
    Kind.PDF_EMBEDDED_FILES: "an attached file can be a program, started from the viewer",
    Kind.PDF_RICH_MEDIA: "media and 3D content run complex players with a history of exploits",
    Kind.PDF_XFA: "an XFA form carries scripts of its own",
    Kind.PDF_EXTERNAL_CONTENT: "the viewer fetches this content from elsewhere",
    Kind.PDF_REVISIONS: "earlier revisions hold what is no longer shown, and can be shown again",
    Kind.METADATA: "it says who wrote the document, when and with what",
    Kind.HTML_SCRIPTS: "a script in a page runs when the page is shown or touched",
    Kind.HTML_FORMS: "a form sends what the reader types to a stranger",
    Kind.HTML_FRAMES: "the page loads another page or a plug-in into itself",
    Kind.HTML_REFRESH: "the page goes elsewhere by itself, or makes its own links lead elsewhere",
    Kind.HTML_LINKS: "policy changes links",
    Kind.HTML_REMOTE_STYLES: "a style sheet from elsewhere changes what the page says, later",
    Kind.HTML_REMOTE_IMAGES: "a picture from elsewhere tells its owner who opened the mail, when",
    Kind.HTML_TRACKING_PIXELS: "an invisible picture serves only to tell who opened the mail",
    Kind.HTML_HIDDEN_TEXT: "text that nobody sees serves to deceive filters",
    Kind.CALENDAR_ACTIONS: "it starts a program, sends mail or brings a file in, past all checks",
    Kind.CSV_FORMULAS: "a spreadsheet runs the cell as a formula, which can fetch, send and start",
}
"""One reason per kind, for the trace and the mail's note."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One removable thing found: `acts` is True when it acts on opening, without a click."""

    kind: Kind
    what: str
    where: str
    acts: bool = True

    def as_removal(self) -> Removal:
        """The same, as the trace records what was taken out."""
        return Removal(what=self.what, where=self.where, why=WHY[self.kind])
