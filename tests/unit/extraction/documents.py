"""PDF documents for tests, made with pikepdf: one page, and what the test adds."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

Change = Callable[[Pdf], None]


def pdf(*changes: Change, packed: bool = False, password: str | None = None) -> bytes:
    """A one-page PDF after `changes`; `packed` puts its objects into object streams.

    password: the one to open it with (empty: only an owner's password protects it).
    """
    with Pdf.new() as document:
        page = document.add_blank_page(page_size=(200, 200))
        page.Contents = document.make_stream(b"BT /F1 12 Tf 20 100 Td (Hello reader) Tj ET")
        page.Resources = Dictionary(
            Font=Dictionary(
                F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            )
        )
        for change in changes:
            change(document)
        _list_widgets(document)
        output = BytesIO()
        mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
        if password is None:
            document.save(output, object_stream_mode=mode, deterministic_id=True)
        else:
            locked = pikepdf.Encryption(owner="owner", user=password)
            document.save(output, object_stream_mode=mode, encryption=locked)
        return output.getvalue()


def script(source: str = "app.alert('hi')") -> Dictionary:
    """A JavaScript action."""
    return Dictionary(S=Name.JavaScript, JS=pikepdf.String(source))


def launch() -> Dictionary:
    """An action that starts a program."""
    return Dictionary(S=Name.Launch, F=pikepdf.String("cmd.exe"))


def open_action(action: pikepdf.Object) -> Change:
    """Put `action` into the catalog's OpenAction."""

    def change(document: Pdf) -> None:
        document.Root.OpenAction = action

    return change


def annotation(**entries: object) -> Change:
    """Put an annotation with `entries` on the page."""

    def change(document: Pdf) -> None:
        made = Dictionary(Type=Name.Annot, Rect=Array([10, 10, 90, 90]))
        for name, value in entries.items():
            made["/" + name] = value
        document.pages[0].obj.Annots = Array([document.make_indirect(made)])

    return change


def root(name: str, value: pikepdf.Object) -> Change:
    """Put an entry into the catalog."""

    def change(document: Pdf) -> None:
        document.Root["/" + name] = value

    return change


def attached(document: Pdf) -> None:
    """Attach a file."""
    document.attachments["tool.exe"] = pikepdf.AttachedFileSpec(document, b"MZ harmless")


def _list_widgets(document: Pdf) -> None:
    """Name every form widget in the form, as a valid document does."""
    found = list(document.pages[0].obj.get("/Annots", Array([])))
    widgets = [item for item in found if item.get("/Subtype") == Name.Widget]
    if widgets and "/AcroForm" not in document.Root:
        for item in widgets:
            item.T, item.FT = pikepdf.String("field"), Name.Tx
        document.Root.AcroForm = Dictionary(Fields=Array(widgets))
