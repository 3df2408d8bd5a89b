"""Opens documents in a running LibreOffice, as whoever double-clicks one: a process of its own.

It runs as the fake user and speaks lines: `open PATH` and `close` come in; `ready`, `opened`,
`refused WORDS` and `closed` go out. What a document does to this process, the agent sees as an end
of the lines. Macros run without a question, and links are followed: that is what is to be seen.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Protocol, cast

import uno  # type: ignore[import-not-found]  # of the guest, not of the host

from gateway.emulation.microvm.inside.office import HEIGHT, PIPE, WIDTH

_ALWAYS = 4
"""com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN."""

_UPDATE = 3
"""com.sun.star.document.UpdateDocMode.FULL_UPDATE."""

_SIZE = 15
"""com.sun.star.awt.PosSize.POSSIZE."""

_AGAIN_SECONDS = 0.5
"""Between two tries to reach LibreOffice."""

_WARMED: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "swriter",
        (
            ("docx", "MS Word 2007 XML"),
            ("odt", "writer8"),
            ("doc", "MS Word 97"),
            ("pdf", "writer_pdf_Export"),
        ),
    ),
    ("scalc", (("xlsx", "Calc MS Excel 2007 XML"),)),
    ("simpress", (("pptx", "Impress MS PowerPoint 2007 XML"),)),
)
"""Kinds of documents that are made and opened once before the state is saved, so that their
libraries are in memory: factory, then ending and filter of each form."""


class _Component(Protocol):
    """What is used of com.sun.star.lang.XComponent and its models."""

    def close(self, deliver: bool) -> None: ...
    def storeToURL(self, url: str, arguments: object) -> None: ...  # noqa: N802 - UNO's name
    def getCurrentController(self) -> object: ...  # noqa: N802 - UNO's name


class _Desktop(Protocol):
    """What is used of com.sun.star.frame.Desktop."""

    def loadComponentFromURL(  # noqa: N802 - UNO's name
        self, url: str, target: str, flags: int, arguments: object
    ) -> _Component | None: ...
    def findFrame(self, target: str, flags: int) -> _Frame: ...  # noqa: N802 - UNO's name


class _Frame(Protocol):
    """What is used of com.sun.star.frame.Frame: a window that a document is loaded into."""

    ContainerWindow: _Window

    def loadComponentFromURL(  # noqa: N802 - UNO's name
        self, url: str, target: str, flags: int, arguments: object
    ) -> _Component | None: ...
    def close(self, deliver: bool) -> None: ...


class _Window(Protocol):
    """com.sun.star.awt.XWindow."""

    def setPosSize(  # noqa: N802 - UNO's name
        self, x: int, y: int, width: int, height: int, which: int
    ) -> None: ...


def _values(**named: object) -> tuple[object, ...]:
    made = []
    for name, value in named.items():
        each = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        each.Name, each.Value = name, value
        made.append(each)
    return tuple(made)


def _connected() -> _Desktop:
    """The desktop of the LibreOffice that was started beside this process. There is no limit here:
    under emulation on a busy machine it starts for many minutes. The agent sees when it ends, and
    the host ends a guest that takes too long."""
    context = uno.getComponentContext()
    manager = context.ServiceManager
    resolver = manager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    remote = None
    while remote is None:
        try:
            remote = resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
        except uno.getClass("com.sun.star.connection.NoConnectException"):
            time.sleep(_AGAIN_SECONDS)
    name = "com.sun.star.frame.Desktop"
    return cast(_Desktop, remote.ServiceManager.createInstanceWithContext(name, remote))


def _open(desktop: _Desktop, path: str) -> _Component | None:
    """The document in a window that fills the screen, its first page as large as fits. The window
    has its size before the document comes, which so is laid out once."""
    frame = desktop.findFrame("_blank", 0)
    frame.ContainerWindow.setPosSize(0, 0, WIDTH, HEIGHT, _SIZE)
    arguments = _values(MacroExecutionMode=_ALWAYS, UpdateDocMode=_UPDATE, Referer="private:user")
    document = frame.loadComponentFromURL(uno.systemPathToFileUrl(path), "_self", 0, arguments)
    if document is None:
        frame.close(False)
    return document


def _close(document: _Component) -> None:
    """As the cross in the corner does, which the document's own macros hear of."""
    controller = document.getCurrentController()
    if controller is None:
        document.close(True)
    else:
        controller.Frame.close(True)  # type: ignore[attr-defined]


def _warm(desktop: _Desktop) -> None:
    """Make each kind of document and open it once."""
    folder = Path("/tmp")
    for factory, forms in _WARMED:
        made = desktop.loadComponentFromURL(
            f"private:factory/{factory}", "_blank", 0, _values(Hidden=True)
        )
        assert made is not None
        paths = []
        for ending, name in forms:
            paths.append(folder / f"first.{ending}")
            made.storeToURL(uno.systemPathToFileUrl(str(paths[-1])), _values(FilterName=name))
        made.close(True)
        for path in paths:
            document = _open(desktop, str(path))
            time.sleep(1.0)
            if document is not None:
                _close(document)
            path.unlink()


def _say(words: str) -> None:
    print(words, flush=True)


def _refused(error: Exception) -> str:
    return f"refused {type(error).__name__}: {' '.join(str(error).split())[:300]}"


def main() -> None:
    """Until the lines end."""
    try:
        desktop = _connected()
        _warm(desktop)
    except Exception as error:  # noqa: BLE001 - whatever UNO throws is why there is no desk
        _say(_refused(error))
        return
    _say("ready")
    document: _Component | None = None
    for line in sys.stdin:
        command, _, path = line.rstrip("\n").partition(" ")
        try:
            if command == "open":
                document = _open(desktop, path)
                _say("opened" if document is not None else "refused it is no document for it")
            elif command == "close" and document is not None:
                _close(document)
                document = None
                _say("closed")
        except Exception as error:  # noqa: BLE001 - whatever UNO throws is the answer
            _say(_refused(error))


if __name__ == "__main__":
    main()
