"""[extract] of policy.toml: threat extraction, and what it takes out.

The keys of [extract.remove] are the kinds of `gateway.extraction`; a test holds the two together,
because imports point the other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Strict

from gateway.model.convertible import CONVERTIBLE
from gateway.model.imagemethod import ImageMethod
from gateway.model.linkpolicy import LinkPolicy
from gateway.policy.remove_text import RemoveFromText
from gateway.policy.replace_section import ReplaceSection
from gateway.policy.setting import Section, setting
from gateway.policy.values import ClickPage, TypeName
from gateway.policy.words import ExtractMethod, StopAnswer, Suspicion

Method = Annotated[ExtractMethod, Strict(False)]
"""TOML has no enumerations: the word that stands for the method is taken."""


def convertible(methods: Mapping[str, ExtractMethod]) -> Mapping[str, ExtractMethod]:
    """`methods`, unless one of them converts what nothing can draw. Raises ValueError."""
    for name, method in methods.items():
        if method is ExtractMethod.CONVERT and name not in CONVERTIBLE:
            raise ValueError(f"files of type '{name}' cannot be converted to PDF")
    return methods


class RemoveSection(RemoveFromText):
    """What extraction takes out of a document: true takes out, false leaves in.

    Signatures of a changed document go in any case: they are no longer valid.
    """

    macros: bool = setting(
        True,
        "VBA projects, their signatures, Excel 4 macro sheets and calls to them.",
        reason="macros are programs that run in the reader's application",
    )
    ole_objects: bool = setting(
        True,
        "Embedded and linked OLE objects and packages; their preview picture stays.",
        reason="an embedded object can be a program that opens with a double click",
    )
    activex: bool = setting(
        True,
        "ActiveX controls.",
        reason="an ActiveX control runs native code when the document opens",
    )
    dde: bool = setting(
        True,
        "DDE fields, links and formulas; their last result stays.",
        reason="DDE starts another program without a macro",
    )
    acting_fields: bool = setting(
        True,
        "Word fields and Excel formulas that fetch or run; their last result stays.",
        reason="they act when fields are updated",
    )
    external_links: bool = setting(
        True,
        "What an Office document fetches by itself: templates, pictures, linked workbooks.",
        reason="it brings code in after inspection, and tells the sender who opened it",
    )
    acting_links: bool = setting(
        True,
        "Links that start programs, or act when the pointer only passes over.",
        reason="a reader expects a link to open a page",
    )
    hyperlinks: LinkPolicy = setting(
        LinkPolicy.KEEP,
        "Links to web pages in Office documents: kept, defanged (readable, and leading nowhere), "
        "rewritten to extract.click_page, or removed.",
        reason="reputation looks them up, and readers need them",
    )
    data_connections: bool = setting(
        True,
        "Data connections, web queries and mail-merge sources; they are emptied.",
        reason="they run queries against foreign sources",
    )
    imported_chunks: bool = setting(
        True,
        "Foreign documents that Word imports on opening, unless they are inert.",
        reason="they reach another parser unseen",
    )
    custom_ui: bool = setting(
        True,
        "Custom ribbons, toolbars and key bindings.",
        reason="they call macros as soon as they load",
    )
    web_extensions: bool = setting(
        True, "Web add-ins and their task panes.", reason="they load code from the web"
    )
    custom_xml: bool = setting(
        False,
        "Custom XML data; content controls bound to it keep their text.",
        reason="document management needs it, and it does not act",
    )
    hidden_data: bool = setting(
        True,
        "Bytes before and after the structure of an Office or PDF document.",
        reason="they serve only to hide another file",
    )
    pdf_javascript: bool = setting(
        True, "JavaScript of PDF documents.", reason="most attacks on PDF readers need it"
    )
    pdf_actions: bool = setting(
        True,
        "PDF actions that run on opening, start programs, send or load data.",
        reason="they act without the reader's consent",
    )
    pdf_uri: LinkPolicy = setting(
        LinkPolicy.KEEP,
        "Links to web pages in PDF documents: kept, defanged, rewritten or removed.",
        reason="reputation looks them up, and readers need them",
    )
    pdf_embedded_files: bool = setting(
        True,
        "Files attached inside PDF documents.",
        reason="an attached file can be a program, started from the viewer",
    )
    pdf_rich_media: bool = setting(
        True,
        "Sound, films, Flash and 3D content of PDF documents.",
        reason="they run complex players with a history of exploits",
    )
    pdf_xfa: bool = setting(
        True,
        "XFA forms of PDF documents; ordinary form fields stay.",
        reason="they carry scripts of their own",
    )
    pdf_external_content: bool = setting(
        True,
        "PDF content that the viewer would fetch from elsewhere.",
        reason="it comes in after inspection, and tells the sender who opened it",
    )
    pdf_revisions: bool = setting(
        True,
        "Earlier revisions kept in a PDF file; a signed document with nothing else to take out "
        "keeps them.",
        reason="they hold what the author took back, and a viewer can be made to show it",
    )
    signatures: bool = setting(
        False,
        "Digital signatures of documents, also where nothing else is taken out.",
        reason="a valid signature is what its readers look for, and it does not act",
    )
    metadata: bool = setting(
        False,
        "Author, program, times and preview picture of documents; of pictures all but colour "
        "profile and orientation.",
        reason="it does not act, and readers use it",
    )


class ExtractSection(Section):
    """Threat extraction: taking out of documents what could act, keeping their format."""

    enabled: bool = setting(
        True,
        "Whether documents are extracted.",
        reason="what was taken out cannot harm, known or not",
    )
    types: tuple[TypeName, ...] = setting(
        (
            *("pdf", "docx", "docm", "dotx", "dotm"),
            *("xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam"),
            *("pptx", "pptm", "ppsx", "ppsm", "potx", "potm"),
            *("odf", "rtf", "ole-doc", "ole-xls", "ole-ppt", "html"),
            *("svg", "jpeg", "png", "gif", "webp", "tiff", "bmp"),
            *("ics", "vcard", "csv", "xml"),
        ),
        "File types that are extracted.",
        reason="the types whose format the gateway can write back",
    )
    methods: Annotated[Mapping[TypeName, Method], AfterValidator(convertible)] = setting(
        {},
        "How files of a type are extracted: `clean` takes out what acts and keeps the format, "
        "`convert` makes a flat PDF of pixels with an unseen layer of text (documents, pictures), "
        "`off` leaves them as they are. Types that are not named are cleaned.",
        reason="a cleaned document can still be worked with; a picture of it cannot",
        example='{ ole-doc = "convert", odf = "off" }',
    )
    from_suspicion: Suspicion = setting(
        Suspicion.ALWAYS,
        "From which belief about a file it is extracted: always, or only when the stages before "
        "(antivirus, static, emulation where it came first) left it unscanned, or found it "
        "suspicious or malicious.",
        reason="what nobody knows yet looks clean",
    )
    wait_for_emulate: bool = setting(
        False,
        "Whether a file that emulation found malicious is left unextracted, where such a mail is "
        "not delivered anyway (verdict.malicious).",
        reason="the trace then also says what would have been taken out; true saves that work",
    )
    failed: StopAnswer = setting(
        StopAnswer.QUARANTINE,
        "What is done when a document that was to be extracted for a recipient could not be. "
        "The original is not delivered.",
        reason="a damaged document fails again at each retry; an administrator can release it",
    )
    images: ImageMethod = setting(
        ImageMethod.CHECK,
        "How pictures are made harmless: checked (what is no picture is cut out, the pixels stay "
        "bit for bit), or reencoded (every picture is drawn and written anew).",
        reason="a picture that nothing hides in stays as it is, and costs a millisecond",
    )
    click_page: ClickPage = setting(
        "",
        "Where rewritten links lead; {url} stands for the link's own target. Empty: links that "
        "were to be rewritten are defanged.",
        reason="the page is the house's own, or another product's",
        example='"https://links.example.org/?to={url}"',
    )
    remove: RemoveSection = RemoveSection()
    replace: ReplaceSection = ReplaceSection()
