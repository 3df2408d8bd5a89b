"""One document, from its bytes to the last frame: opened, looked at, closed."""

from __future__ import annotations

import os
import time
from pathlib import Path

from gateway.emulation.microvm.frames import Frame
from gateway.emulation.microvm.inside.changes import changed_files
from gateway.emulation.microvm.inside.desk import Work, confirm, kill, processes
from gateway.emulation.microvm.inside.line import Line, Request
from gateway.emulation.microvm.inside.office import HOME, UID, Office
from gateway.emulation.microvm.inside.screen import Screen
from gateway.emulation.microvm.inside.telling import tell_files

_ANSWER_SECONDS = 0.15
"""Between two looks at the processes while LibreOffice works."""

_CONFIRMED = (0.3, 0.45, 0.6, 0.75)
"""Shares of the time after which somebody presses Return, if the document still is not there: a
question keeps it from opening."""

_STILL_SECONDS = 0.8
"""The page is there when so long the screen stays as it is, and LibreOffice computes nothing."""

_PAGE_SECONDS = 12.0
"""After which nobody waits for the page any longer: some documents move, or compute for ever."""

_SCREENS = 2

_OWN = (
    f"{HOME}/.config/libreoffice/",
    f"{HOME}/.cache/",
    f"{HOME}/.config/dconf/",
    f"{HOME}/.local/share/recently-used",
    "tmp/lu",
    "tmp/OSL_PIPE",
    "tmp/.X",
)
"""What LibreOffice writes by itself."""


class Opening:
    """A document in LibreOffice."""

    def __init__(self, line: Line, request: Request, office: Office, settled: frozenset[int]):
        self._line = line
        self._request = request
        self._office = office
        self._settled = settled
        self._screen = Screen(_SCREENS)
        self._refused = ""

    def run(self, document: bytes) -> None:
        """Tell everything, the last frame included."""
        path = Path(self._request.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document)
        for place in (path.parent, path):  # LibreOffice puts a lock beside the document
            os.chown(place, UID, UID)
        began = time.time() + 0.001
        self._office.trace(lambda calls: self._line.send(Frame.TRACE, calls))
        self._line.tell(Frame.STARTED, {"at": time.monotonic(), "clock": time.time()})
        end = time.monotonic() + self._request.seconds
        why = self._open(path, end) or self._close(end)
        kill(processes(UID, self._settled))
        for picture in self._screen.pictures():
            self._line.send(Frame.SCREEN, picture)
        tell_files(self._line, changed_files(began, _counts), path, self._request)
        status = -1 if why or self._refused else 0
        self._line.tell(Frame.ENDED, {"status": status, "why": why, "words": self._refused})

    def _open(self, path: Path, end: float) -> str:
        """Until the page is there and still; why not, if not."""
        self._office.say(f"open {path}")
        confirms = [time.monotonic() + share * self._request.seconds for share in _CONFIRMED]
        answer = ""
        while not answer:
            if why := self._limit(end):
                return why
            if confirms and time.monotonic() >= confirms[0]:
                confirms.pop(0)
                self._screen.look()
                confirm(UID)
            answer = self._office.answer(_ANSWER_SECONDS)
        if answer == "gone":
            return "gone"
        self._refused = answer.removeprefix("refused ") if answer != "opened" else ""
        return self._settle(end)

    def _settle(self, end: float) -> str:
        """Until the page is there and nothing runs that the document started."""
        now = time.monotonic()
        last, page_by, still = now + self._request.linger, now + _PAGE_SECONDS, now + _STILL_SECONDS
        viewer = Work(processes(UID) & self._settled)
        while now < min(page_by, still) or (now < last and self._alive()):
            if self._screen.look() or viewer.goes_on():
                still = time.monotonic() + _STILL_SECONDS
            if why := self._limit(end):
                return why
            time.sleep(_ANSWER_SECONDS)
            now = time.monotonic()
        return ""

    def _close(self, end: float) -> str:
        """Closing runs macros, too; what still runs after that gets its time to end."""
        if not self._refused:
            self._office.say("close")
        last = min(end, time.monotonic() + self._request.linger)
        answer = self._refused
        while time.monotonic() < last and (not answer or self._alive()):
            if why := self._limit(end):
                return why
            answer = self._office.answer(_ANSWER_SECONDS) or answer
        return "left" if self._alive() else ""

    def _alive(self) -> bool:
        return bool(processes(UID, self._settled))

    def _limit(self, end: float) -> str:
        if len(processes(UID, self._settled)) > self._request.processes:
            return "processes"
        return "seconds" if time.monotonic() >= end else ""


def _counts(inside: str) -> bool:
    if f"/{inside}".startswith(_OWN) or inside.startswith(_OWN) or "/.~lock." in inside:
        return False
    return f"/{inside}".startswith((f"{HOME}/", "/tmp/", "/var/tmp/"))
