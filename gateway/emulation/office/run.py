"""An office document in the guest: read, and everything in it that acts is run or told."""

from __future__ import annotations

import logging
import ntpath
import re
import zipfile

from gateway.emulation.contract import StopKind
from gateway.emulation.office.content import Content
from gateway.emulation.office.excel import Workbook
from gateway.emulation.office.legacy import read_legacy
from gateway.emulation.office.macros import read_macros
from gateway.emulation.office.package import read_package
from gateway.emulation.office.powerpoint import powerpoint
from gateway.emulation.office.project import Project
from gateway.emulation.office.rtf import read_rtf
from gateway.emulation.office.word import word_application, word_document
from gateway.emulation.office.xlm import Macros, macro_text
from gateway.emulation.office.xls import STREAMS, read_workbook
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Session, Sink
from gateway.emulation.windows import facts, sinkhole
from gateway.emulation.windows.model import Model
from gateway.emulation.windows.world import shown
from gateway.extraction.contract import ExtractError

_PROGRAMS = {
    "word": r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE",
    "excel": r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE",
    "powerpoint": r"C:\Program Files\Microsoft Office\root\Office16\POWERPNT.EXE",
}
_APPLICATIONS = {
    "excel": ("xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam", "ole-xls"),
    "powerpoint": ("pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ole-ppt"),
}
_ASKING = re.compile(r'\b(HYPERLINK|WEBSERVICE|RTD)\(\s*"((?:[^"]|"")*)"', re.IGNORECASE)
_ASKED_MAX = 50
_NAMED_MAX = 5
_REMOTE = re.compile(r"(https?|ftp)://|\\\\|file:/{2}[^/\\]", re.IGNORECASE)

_SERVER = re.compile(
    r"(?:excel|winword|msaccess)\b.*|[\w.-]+( [\w.-]*)?", re.IGNORECASE | re.DOTALL
)
"""DDE to Office itself, or to a program that Windows does not have about one word: of prices."""


def preload() -> None:
    """Import olevba, which takes a quarter of a second."""
    import oletools.olevba

    logging.getLogger("olevba").setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    del oletools


def application_of(type_name: str) -> str:
    """Which application opens a type."""
    for application, types in _APPLICATIONS.items():
        if type_name in types:
            return application
    return "word"


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Run a document; everything that is seen goes to `out`."""
    application = application_of(request.type)
    session = Session(request, _PROGRAMS[application], out)
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", request.name)[-120:].strip(" .") or "document"
    path = ntpath.join(facts.DOWNLOADS, name)
    session.world.disk.add(path, data)
    session.world.disk.sample_path = path
    content = _read(session, data, application)
    if content is not None:
        _tell(session, content)
        _run_macros(session, content, path)
        _end(session, content)
    session.finish()


def _read(session: Session, data: bytes, application: str) -> Content | None:
    try:
        if data.startswith(b"{\\rt"):
            content = read_rtf(data)
        elif data.startswith(b"\xd0\xcf\x11\xe0"):
            content = read_legacy(data, application, alone=session.request.type == "ole")
        elif application == "excel" and data.startswith(STREAMS):
            content = Content(application)
            read_workbook(data, content)
        else:
            content = read_package(data, application)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, ExtractError) as error:
        session.stop(StopKind.INCOMPLETE, f"the document cannot be read: {error}")
        return None
    read_macros(content)
    return content


def _tell(session: Session, content: Content) -> None:
    """What acts without macros: DDE, objects, templates of the network, embedded files."""
    for told, *words in content.told:
        session.recorder.call(told, *filter(None, words))
    for line, how in content.started:
        session.world.commands.start(line, how)
    for line in content.commands:
        if _SERVER.fullmatch(line) and not session.world.commands.knows(line):
            session.recorder.call("DDE request", line)
        else:
            session.world.commands.start(line, "by DDE")
    for function, target in _asked_by_formulas(content):
        session.recorder.call(f"formula {function}", target)
        if function == "WEBSERVICE" and _REMOTE.match(target):
            sinkhole.answer(session.recorder, "GET", target)
    for kind, target in content.links:
        what = "external template" if kind == "attachedtemplate" else f"external {kind}"
        session.recorder.call(what, target)
        if _REMOTE.match(target):
            sinkhole.answer(session.recorder, "GET", target)
    for name, data in content.embedded:
        session.recorder.call("embedded file", name, f"{len(data)} bytes")
        session.drop(name, data)


def _asked_by_formulas(content: Content) -> list[tuple[str, str]]:
    """What formulas of worksheets lead to: links for a click, addresses that are asked for."""
    found: list[tuple[str, str]] = []
    for sheet in content.sheets:
        for formula in sheet.formulas.values():
            for match in _ASKING.finditer(formula):
                asked = (match[1].upper(), match[2].replace('""', '"'))
                if len(found) < _ASKED_MAX and asked not in found:
                    found.append(asked)
    return found


def _run_macros(session: Session, content: Content, path: str) -> None:
    document, application = _objects(session, content, path)
    macro_sheets = [sheet for sheet in content.sheets if sheet.kind == "macro"]
    if macro_sheets:
        session.recorder.call("Excel 4 macro sheet", macro_text(content))
        sheets = Macros(session, content)
        sheets.run()
        if sheets.lacking:
            named = ", ".join(sorted(sheets.lacking)[:_NAMED_MAX])
            session.stop(StopKind.INCOMPLETE, f"not emulated on a macro sheet: {named}")
    if content.macros:
        project = Project(session, content, document, application)
        project.load()
        project.run()


def _objects(session: Session, content: Content, path: str) -> tuple[Model, Model]:
    """The document, and its application; CreateObject gives the same application."""
    world = session.world
    if content.application == "excel":
        workbook = Workbook(world, content, path)
        document, application = workbook.model, workbook.application
        for sheet, model in zip(workbook.sheets, workbook.sheet_models, strict=True):
            application.given.setdefault((sheet.code_name or sheet.name).lower(), model)
        for number, model in enumerate(workbook.sheet_models, 1):
            application.given.setdefault(f"sheet{number}", model)
    elif content.application == "powerpoint":
        document, application = powerpoint(world, content, path)
    else:
        document = word_document(world, content, path)
        application = word_application(world, document)
    document.given["application"] = application
    names = {"word": "thisdocument", "excel": "thisworkbook", "powerpoint": "activepresentation"}
    application.given.setdefault(names[content.application], document)
    world.factories = {
        **world.factories,
        f"{content.application}.application": lambda _: application,
    }
    return document, application


def _end(session: Session, content: Content) -> None:
    """A document whose macros could not be read or found was not seen to its end."""
    for what in content.unread:
        session.stop(StopKind.INCOMPLETE, f"not read: {what}")
    broken = [name for name in session.recorder.missing if name.startswith("module ")]
    if broken and session.stopped is None:
        session.stop(StopKind.INCOMPLETE, f"not understood: {shown(broken[0])}")
