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

_CONNECT_SECONDS = 300.0

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


def _values(**named: object) -> tuple[object, ...]:
    made = []
    for name, value in named.items():
        each = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        each.Name, each.Value = name, value
        made.append(each)
    return tuple(made)


def _connected() -> _Desktop:
    """The desktop of the LibreOffice that was started beside this process."""
    context = uno.getComponentContext()
    manager = context.ServiceManager
    resolver = manager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    end = time.monotonic() + _CONNECT_SECONDS
    while True:
        try:
            url = f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext"
            remote = resolver.resolve(url)
            break
        except uno.getClass("com.sun.star.connection.NoConnectException"):
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
    name = "com.sun.star.frame.Desktop"
    return cast(_Desktop, remote.ServiceManager.createInstanceWithContext(name, remote))


def _open(desktop: _Desktop, path: str) -> _Component | None:
    """The document in a window that fills the screen, its first page as large as fits."""
    arguments = _values(MacroExecutionMode=_ALWAYS, UpdateDocMode=_UPDATE, Referer="private:user")
    document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, arguments)
    if document is not None:
        _shown(document)
    return document


def _shown(document: _Component) -> None:
    controller = document.getCurrentController()
    if controller is None:
        return
    frame = controller.Frame  # type: ignore[attr-defined]
    frame.LayoutManager.setVisible(False)
    frame.ContainerWindow.setPosSize(0, 0, WIDTH, HEIGHT, _SIZE)


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
