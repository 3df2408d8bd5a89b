"""A PDF in the guest: read, and every trigger played in the order in which a reader comes to it.

Who asks for the reader's version gets it played again with older ones: exploits are written for
theirs. Only the first run counts where something is missing.
"""

from __future__ import annotations

import ntpath
import re
from dataclasses import asdict
from functools import partial
from typing import assert_never

import pikepdf

from gateway.emulation.contract import StopKind
from gateway.emulation.pdf import reading
from gateway.emulation.pdf.engine import Engine
from gateway.emulation.pdf.host import Host
from gateway.emulation.pdf.model import (
    Action,
    Address,
    Bookmark,
    Cause,
    Document,
    Elsewhere,
    Import,
    Launch,
    Script,
    Submit,
    Told,
    Trigger,
    Unread,
)
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Session, Sink
from gateway.emulation.windows import facts
from gateway.emulation.windows.world import shown

_PROGRAM = r"C:\Program Files\Adobe\Acrobat DC\Acrobat\Acrobat.exe"

_VERSIONS = (24.002, 9.0, 8.0, 7.0)
"""The reader of today, and those that exploits ask for."""

_PLUGINS = [
    "Accessibility",
    "Annots",
    "Checkers",
    "DigSig",
    "EScript",
    "Forms",
    "Multimedia",
    "Search",
    "Updater",
]

_LATER_MAX = 60
"""Timers and added scripts that are run: some set themselves again for ever."""

_TYPED = "1"
"""What is typed into an empty field: a figure, which most fields take."""


class _Nowhere:
    """Takes messages and forgets them."""

    def write(self, data: bytes) -> int:
        return 0


def preload() -> None:
    """Use everything once, so that nothing is done for the first time in a guest."""
    reading.preload()
    made = pikepdf.new()
    made.add_blank_page()
    made.Root.OpenAction = pikepdf.Dictionary(
        S=pikepdf.Name.JavaScript, JS="eval('app.alert(util.printd(0, new Date()))');"
    )
    xfa = b"<xdp><script contentType='application/x-javascript'>var a = 1;</script></xdp>"
    made.Root.AcroForm = pikepdf.Dictionary(XFA=made.make_stream(xfa))
    import io

    target = io.BytesIO()
    made.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    run(target.getvalue(), wire.Request("warm.pdf", "pdf", 5.0), _Nowhere())


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Run a document; everything that is seen goes to `out`."""
    session = Session(request, _PROGRAM, out)
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", request.name)[-120:].strip(" .") or "document.pdf"
    path = ntpath.join(facts.DOWNLOADS, name)
    session.world.disk.add(path, data)
    session.world.disk.sample_path = path
    try:
        pdf = reading.opened(data)
        document = reading.read(pdf)
    except pikepdf.PasswordError:
        session.stop(StopKind.INCOMPLETE, "the document is protected by a password")
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        words = re.sub(r"^stream <[^>]*>[^:]*: ", "", str(error))
        session.stop(StopKind.INCOMPLETE, f"the document cannot be read: {words[:150]}")
    else:
        _play(session, pdf, document, name, len(data))
    session.finish()


def _play(session: Session, pdf: pikepdf.Pdf, document: Document, name: str, size: int) -> None:
    for one in document.embedded:
        session.recorder.call("embedded file", one.path, f"{len(one.data)} bytes")
        session.drop(one.path, one.data)
    for version in _VERSIONS if _has_scripts(document) else _VERSIONS[:1]:
        known = _facts(document, name, size, version)
        host = Host(
            session, document, known, partial(reading.words_of, pdf), version != _VERSIONS[0]
        )
        stopped = session.stopped, session.detail, session.exit_status
        _Reader(session, document, host).play()
        if version != _VERSIONS[0]:
            session.stopped, session.detail, session.exit_status = stopped
        if not host.asked_version or session.stopped in (StopKind.TIMED_OUT, StopKind.MEMORY):
            break
    for what in document.unread:
        session.stop(StopKind.INCOMPLETE, f"not read: {what}")
    if session.recorder.missing:
        names = ", ".join(map(shown, list(session.recorder.missing)[:5]))
        session.stop(StopKind.INCOMPLETE, f"not emulated: {names}")


def _has_scripts(document: Document) -> bool:
    return any(isinstance(action, Script) for each in document.triggers for action in each.actions)


def _facts(document: Document, name: str, size: int, version: float) -> dict[str, object]:
    """What scripts may know of the document."""
    return {
        "name": name,
        "path": f"/C/Users/{facts.USER}/Downloads/{name}",
        "size": size,
        "version": version,
        "plugins": _PLUGINS,
        "pages": document.pages,
        "width": document.width,
        "height": document.height,
        "info": document.info,
        "metadata": document.metadata,
        "fields": [
            {key: value for key, value in asdict(each).items() if key != "events"}
            for each in document.fields
        ],
        "annotations": [asdict(each) for each in document.comments],
        "embedded": [
            {
                "name": one.name,
                "path": one.path,
                "mime": one.mime,
                "size": len(one.data),
                "description": one.description,
            }
            for one in document.embedded
        ],
        "bookmarks": [_outline(each) for each in document.bookmarks],
        "layers": [{"name": name, "state": state} for name, state in document.layers],
    }


def _outline(bookmark: Bookmark) -> dict[str, object]:
    return {"name": bookmark.name, "children": [_outline(each) for each in bookmark.children]}


class _Reader:
    """A reader of one version with a person before it."""

    def __init__(self, session: Session, document: Document, host: Host) -> None:
        self._session = session
        self._document = document
        self._host = host
        self._engine = Engine(host) if _has_scripts(document) else None
        self._goes_on = True

    def play(self) -> None:
        """All triggers, then the calculations, then what scripts have put off."""
        for trigger in self._document.triggers:
            if trigger.type == "Field":
                self._field(trigger)
            else:
                self._trigger(trigger, {"name": trigger.name, "type": trigger.type})
            self._timers()
        self._calculate()
        self._timers()

    def _trigger(self, trigger: Trigger, event: dict[str, object]) -> None:
        if not self._goes_on:
            return
        self._host.begin(trigger.cause)
        scripts = any(isinstance(action, Script) for action in trigger.actions)
        if scripts and self._engine is not None:
            xfa = any(isinstance(action, Script) and action.xfa for action in trigger.actions)
            begin = partial(self._engine.begin, {**event, "xfa": xfa})
            self._goes_on = self._session.attempt(begin, f"the event {trigger.name}")
        for action in trigger.actions:
            if self._goes_on:
                self._act(action, f"the script of {trigger.type} {trigger.name}")

    def _act(self, action: Action, what: str) -> None:
        host, record = self._host, self._session.recorder
        match action:
            case Script():
                self._script(action, what)
            case Launch():
                host.start(action.program, action.parameters, "by a Launch action")
            case Address():
                if host.cause is Cause.CLICK and not action.url.startswith("\\\\"):
                    self._link(action.url)
                else:
                    host.ask("GET", action.url)
            case Elsewhere():
                record.call("goes to another document", action.file, action.embedded, host.cause)
                host.open(action.file)
            case Submit():
                host.submit(action.url)
            case Import():
                record.call("loads form data", action.file, host.cause)
                host.open(action.file)
            case Unread():
                words = f"{what} cannot be read"
                self._session.stop(StopKind.INCOMPLETE, words)
            case Told():
                record.call(action.what, action.detail, host.cause)
            case _:
                assert_never(action)

    def _link(self, url: str) -> None:
        """A link that a person may follow: a program's path would start, a page is only named."""
        scheme = url.partition(":")[0].lower()
        if scheme in ("http", "https", "mailto", "ftp", "tel") or ":" not in url:
            self._session.recorder.call("link", url)
        else:
            self._host.ask("GET", url)

    def _script(self, script: Script, what: str) -> None:
        if self._engine is not None and self._goes_on:
            self._session.recorder.call("script of the document", " ".join(script.code.split()))
            self._goes_on = self._session.attempt(partial(self._engine.run, script), what)

    def _timers(self) -> None:
        """What scripts have put off or added; the clock jumps there."""
        if self._engine is None:
            return
        for take in (self._engine.next_timer, self._engine.next_added):
            for _ in range(_LATER_MAX):
                code = self._taken(take)
                if not code or not self._goes_on:
                    break
                self._script(Script(code), "a script that was put off")

    def _taken(self, take: object) -> str:
        found: list[str] = []
        if self._goes_on and callable(take):
            self._goes_on = self._session.attempt(lambda: found.append(take()), "a timer")
        return found[0] if found else ""

    def _field(self, trigger: Trigger) -> None:
        """A field's event with the values that a person's entry would have."""
        if self._engine is None or not self._goes_on:
            self._trigger(trigger, {})
            return
        name = trigger.target
        value = self._value(name)
        event: dict[str, object] = {"name": trigger.name, "type": "Field", "field": name}
        if trigger.name == "Calculate":
            return  # in the form's own order, at the end
        if trigger.name == "Keystroke":
            self._trigger(trigger, {**event, "value": value, "change": "" if value else _TYPED})
            self._trigger(trigger, {**event, "value": value or _TYPED, "commit": True})
            return
        if trigger.name in ("Validate", "Format"):
            event |= {"value": value or _TYPED, "commit": True}
        self._trigger(trigger, event)

    def _calculate(self) -> None:
        """Calculations in the form's order (/CO), those that it does not name after them."""
        fields = {field.name: field for field in self._document.fields}
        named = [name for name in self._document.calculated if name in fields]
        for name in [*named, *(name for name in fields if name not in named)]:
            trigger = fields[name].events.get("Calculate")
            if trigger is None or self._engine is None or not self._goes_on:
                continue
            event: dict[str, object] = {"name": "Calculate", "type": "Field", "field": name}
            self._trigger(trigger, {**event, "value": self._value(name)})
            self._store(name)

    def _store(self, name: str) -> None:
        engine = self._engine
        if engine is None or not self._goes_on:
            return

        def store() -> None:
            stands, value = engine.ended()
            if stands:
                engine.put(name, value)

        self._goes_on = self._session.attempt(store, f"the value of {name}")

    def _value(self, name: str) -> str:
        found: list[str] = []
        engine = self._engine
        if engine is not None and self._goes_on:
            read = lambda: found.append(engine.value(name))  # noqa: E731 - one line, used once
            self._goes_on = self._session.attempt(read, f"the field {name}")
        return found[0] if found else ""
