"""The Windows script host in the guest: which engine runs what of a sample."""

from __future__ import annotations

import ntpath
import re
from functools import partial

from gateway.emulation.automation.convert import text
from gateway.emulation.automation.errors import SourceError
from gateway.emulation.automation.values import NOTHING, Value
from gateway.emulation.basic import Dialect, parse
from gateway.emulation.scripts import encoded, wire
from gateway.emulation.scripts.engines import Engines
from gateway.emulation.scripts.hta import Browser
from gateway.emulation.scripts.pages import Page, read_page, resources
from gateway.emulation.scripts.session import Session, Sink
from gateway.emulation.windows import facts, sinkhole
from gateway.emulation.windows.shell import WScript

_WSCRIPT = rf"{facts.SYSTEM}\wscript.exe"
_MSHTA = rf"{facts.SYSTEM}\mshta.exe"
_JOB = re.compile(r"<job\b[^>]*>(.*?)</job\s*>", re.IGNORECASE | re.DOTALL)
_LANGUAGES = {".jse": "jscript", ".js": "jscript", ".vbe": "vbscript", ".vbs": "vbscript"}
_EXTENSIONS = {"javascript": "js", "vbscript": "vbs", "wsf": "wsf", "hta": "hta"}


# what Python imports only when it is first used: strptime, addresses in URLs, XML
_WARM_BASIC = b"""
d = CDate("1/2/2026") : f = FormatNumber(1.5, 2) : e = Eval("1 + 1")
Set x = CreateObject("MSXML2.DOMDocument") : x.loadXML "<a>b</a>"
Set h = CreateObject("MSXML2.XMLHTTP") : h.open "GET", "http://[::1]/", False : h.send
h.open "GET", "http://\xc3\xa9/", False : h.send
Set r = New RegExp : r.Pattern = "a" : r.Test "a"
Set s = CreateObject("WScript.Shell") : s.Run "cmd /c echo"
"""


class _Nowhere:
    """Takes messages and forgets them."""

    def write(self, data: bytes) -> int:
        return 0


def preload() -> None:
    """Use everything once, so that nothing is done for the first time in a guest."""
    nowhere = _Nowhere()
    run(_WARM_BASIC, wire.Request("warm.vbs", "vbscript", 5.0), nowhere)
    run(b"var a = [1]; eval('a[0]');", wire.Request("warm.js", "javascript", 5.0), nowhere)
    run(b"<script>var b = document.title;</script>", wire.Request("w.hta", "hta", 5.0), nowhere)


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Run a sample; everything that is seen goes to `out`."""
    source = text_of(data)
    is_hta = request.type == "hta"
    session = Session(request, _MSHTA if is_hta else _WSCRIPT, out)
    path = ntpath.join(facts.DOWNLOADS, _file_name(request))
    session.world.disk.add(path, data)
    session.world.disk.sample_path = path
    language = "vbscript" if request.type == "vbscript" else "jscript"
    if encoded.is_encoded(source):
        source = encoded.decoded(source)
        session.recorder.call("encoded script", " ".join(source[:2000].split()))
        language = _language_of(request.name, source)
    if is_hta:
        _run_hta(session, source, path)
    elif request.type == "wsf":
        _run_wsf(session, source, path, request.arguments)
    else:
        engines = Engines(session, _script_objects(session, path, request.arguments))
        session.attempt(lambda: engines.run(language, source), "the script")
        engines.run_later()
        engines.end()
    session.finish()


def text_of(data: bytes) -> str:
    """A script's text, by its mark or by the look of it."""
    if data.startswith(b"\xff\xfe"):
        return data[2:].decode("utf-16-le", "replace")
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    if data[1:2] == b"\0" and data[3:4] == b"\0":
        return data.decode("utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _language_of(name: str, source: str) -> str:
    """The language of a script that was encoded: by its name as Windows does, else by its looks.

    The encoding is the same for both languages, so the file's type says nothing of it.
    """
    extension = ntpath.splitext(name)[1].lower()
    if extension in _LANGUAGES:
        return _LANGUAGES[extension]
    try:
        parse(source, Dialect.VBSCRIPT)
    except SourceError:
        return "jscript"
    return "vbscript"


def _file_name(request: wire.Request) -> str:
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", request.name)[-120:].strip(" .")
    return name or f"sample.{_EXTENSIONS.get(request.type, 'txt')}"


def _script_objects(session: Session, path: str, arguments: tuple[str, ...]) -> dict[str, Value]:
    host = WScript(session.world, path, "VBScript", list(arguments))
    return {"WScript": host, "WSH": host}


def _run_wsf(session: Session, source: str, path: str, arguments: tuple[str, ...]) -> None:
    """The first job, as the host does; files without jobs are one."""
    jobs = _JOB.findall(source)
    job = jobs[0] if jobs else source
    page = read_page(job)
    objects = _script_objects(session, path, arguments)
    _make_objects(session, page, objects)
    engines = Engines(session, objects)
    found = resources(job)
    if found:
        engines.name_function("getResource", lambda given: found.get(text(given[0]).lower(), ""))
    for script in page.scripts:
        engines.declare(script.language, script.code)
    for script in page.scripts:
        code = script.code
        if script.source:
            code = _loaded(session, script.source)
        if code.strip() and not session.attempt(
            partial(engines.run, script.language, code), "the script"
        ):
            break
    engines.run_later()
    engines.end()


def _loaded(session: Session, where: str) -> str:
    """Code that a page loads from somewhere."""
    if re.match(r"(https?|ftp):|\\\\", where, re.IGNORECASE):
        sinkhole.answer(session.recorder, "GET", where)
        session.world.evaluated(sinkhole.TEXT)
        return ""
    session.recorder.lacks(f"the file {where}")
    return ""


def _make_objects(session: Session, page: Page, objects: dict[str, Value]) -> None:
    """`<object id= progid=>`: global objects."""
    for name, class_name in page.objects.items():
        made: Value = NOTHING

        def create(class_name: str = class_name) -> None:
            nonlocal made
            made = session.world.get_object(f"new:{class_name.removeprefix('clsid:')}")

        session.attempt(create, f"<object {name}>")
        objects[name] = made


def _run_hta(session: Session, source: str, path: str) -> None:
    page = read_page(source)
    browser = Browser(session, page, path)
    objects = browser.objects()
    _make_objects(session, page, objects)
    engines = Engines(session, objects)
    browser.engines = engines
    for script in page.scripts:
        code = _loaded(session, script.source) if script.source else script.code
        if script.event and script.target:
            if "load" in script.event.lower():
                page.handlers.append((script.event, script.code))
            continue
        if code.strip() and not session.attempt(
            partial(engines.run, script.language, code), "the page"
        ):
            break
    for frame in page.frames:
        _loaded(session, frame)
    browser.fire()
    engines.run_later()
    engines.end()
