"""PDF documents: honest ones of any size, and ones that act by themselves.

Written with pikepdf, with a fixed document id. The acting ones only ever show a message box.
"""

from __future__ import annotations

import io
import random

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

ALERT = "app.alert('Sluice demo: this document ran JavaScript');"
PAGE_SIZE = (595, 842)
"""A4 in points."""


def honest_pdf(lines: tuple[str, ...], *, octets: int = 0, seed: int = 1) -> bytes:
    """A one-page PDF that shows `lines`, padded to about `octets` by a picture of noise."""
    with Pdf.new() as pdf:
        _add_page(pdf, lines)
        padding = octets - len(_saved(pdf))
        if padding > 0:
            _add_picture(pdf, padding, seed)
        return _saved(pdf)


def acting_pdf(lines: tuple[str, ...]) -> bytes:
    """A PDF with JavaScript in every place readers run it from.

    OpenAction, additional actions of the catalogue and of a page, the JavaScript name tree, a
    link that launches a program, and an embedded file.
    """
    with Pdf.new() as pdf:
        _add_page(pdf, lines)
        page, root = pdf.pages[0].obj, pdf.Root
        root.OpenAction = _script(pdf, ALERT)
        root.AA = Dictionary(WC=_script(pdf, ALERT))
        page.AA = Dictionary(O=_script(pdf, ALERT))
        names = Array([String("start"), _script(pdf, ALERT)])
        root.Names = Dictionary(JavaScript=Dictionary(Names=names))
        launch = Dictionary(S=Name.Launch, F=String("calc.exe"))
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[72, 700, 300, 720], A=launch)
        page.Annots = Array([pdf.make_indirect(link)])
        pdf.attachments["notes.txt"] = pikepdf.AttachedFileSpec(
            pdf,
            b"A file inside the document.\n",
            filename="notes.txt",
            creation_date="D:20261102090000Z",
            mod_date="D:20261102090000Z",
        )
        return _saved(pdf)


def _script(pdf: Pdf, source: str) -> pikepdf.Object:
    return pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String(source)))


def _add_page(pdf: Pdf, lines: tuple[str, ...]) -> None:
    """A page with `lines` in Helvetica, one below the other."""
    font = pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    )
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = "\n".join(f"({line}) Tj T*" for line in escaped)
    content = f"BT /F1 12 Tf 16 TL 72 760 Td\n{shown}\nET\n"
    page = pdf.add_blank_page(page_size=PAGE_SIZE)
    page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
    page.obj.Contents = pdf.make_stream(content.encode("cp1252", "replace"))


def _add_picture(pdf: Pdf, octets: int, seed: int) -> None:
    """A picture of about `octets` that no compression makes smaller, drawn below the text."""
    width = 128
    height = max(1, octets // (3 * width))
    picture = pdf.make_stream(random.Random(seed).randbytes(3 * width * height))
    picture.Type, picture.Subtype = Name.XObject, Name.Image
    picture.Width, picture.Height = width, height
    picture.ColorSpace, picture.BitsPerComponent = Name.DeviceRGB, 8
    page = pdf.pages[0]
    page.obj.Resources.XObject = Dictionary(Im1=picture)
    page.contents_add(b"q 256 0 0 256 72 200 cm /Im1 Do Q\n")


def _saved(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, compress_streams=False, fix_metadata_version=False)
    return out.getvalue()
