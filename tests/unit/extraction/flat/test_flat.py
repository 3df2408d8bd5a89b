"""Flat PDFs: pixels and unseen text, in every script, and nothing else."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from gateway.extraction import ExtractStatus, extract
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.flat import drawing, pictures
from gateway.extraction.flat.glyphless import Codes, font_file
from gateway.extraction.flat.pixels import picture_of
from gateway.extraction.flat.writer import Page, Word, Writer
from tests.unit.extraction import samples


def text_of(pdf: bytes, page: int = 0) -> str:
    text: str = pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_range()
    return text.strip()


def simple(text: str, *, keys: str = "", pages: int = 1, content: str = "") -> bytes:
    """A PDF with `text` in a font that every reader has."""
    drawing_of = content or f"BT /F 24 Tf 72 700 Td ({text}) Tj ET"
    with pikepdf.Pdf.new() as document:
        for _ in range(pages):
            page = document.add_blank_page(page_size=(612, 792))
            page.Contents = document.make_stream(drawing_of.encode())
            page.Resources = pikepdf.Dictionary(
                Font=pikepdf.Dictionary(
                    F=pikepdf.Dictionary(
                        Type=pikepdf.Name.Font,
                        Subtype=pikepdf.Name.Type1,
                        BaseFont=pikepdf.Name.Helvetica,
                    )
                )
            )
            if keys == "rotated":
                page.Rotate = 90
            elif keys == "cut":
                page.CropBox = pikepdf.Array([50, 600, 400, 750])
        memory = io.BytesIO()
        document.save(memory)
    return memory.getvalue()


def test_the_first_page_alone_is_a_picture_within_its_limit() -> None:
    for content in ("", "0 0 612 792 re f"):
        made = drawing.first_page(simple("Dear reader", pages=3, content=content))
        with Image.open(io.BytesIO(made), formats=("PNG",)) as picture:
            assert picture.width * picture.height <= drawing.MAX_FIRST_PIXELS
            assert picture.height == round(792 * drawing.DOTS_OF_FIRST / 72)
            shown = picture.convert("L")
            assert shown.crop((0, 0, 9, 9)).getcolors() == [(81, 0 if content else 255)]
            assert 0 in [level for _, level in shown.getcolors() or []]


def test_a_first_page_of_any_size_is_bounded() -> None:
    with pikepdf.Pdf.new() as document:
        document.add_blank_page(page_size=(14_000, 14_000))
        memory = io.BytesIO()
        document.save(memory)
    with Image.open(io.BytesIO(drawing.first_page(memory.getvalue()))) as picture:
        assert picture.width * picture.height <= drawing.MAX_FIRST_PIXELS


@pytest.mark.parametrize("keys", ["", "rotated", "cut"])
def test_text_stays_where_it_was(keys: str) -> None:
    before = simple("Dear reader", keys=keys)
    made = drawing.flatten(before)
    assert text_of(made.content) == "Dear reader"
    boxes = []
    for pdf in (before, made.content):
        page = pypdfium2.PdfDocument(pdf)[0]
        found = page.get_textpage().search("reader").get_next()
        assert found is not None
        start, count = found
        first = page.get_textpage().get_charbox(start, loose=True)
        last = page.get_textpage().get_charbox(start + count - 1, loose=True)
        boxes.append((page.get_size(), first, last))
    assert boxes[0][0] == pytest.approx(boxes[1][0], abs=0.1)
    if keys == "":
        assert boxes[0][1][0] == pytest.approx(boxes[1][1][0], abs=8)
        assert boxes[0][2][2] == pytest.approx(boxes[1][2][2], abs=1)


def test_pixels_are_those_of_the_page() -> None:
    before = simple("x", content="1 0 0 rg 100 100 200 200 re f")
    made = drawing.flatten(before).content
    image = pypdfium2.PdfDocument(made)[0].render(scale=1).to_pil().convert("RGB")
    assert image.getpixel((200, 792 - 200)) == pytest.approx((255, 0, 0), abs=3)
    assert image.getpixel((50, 50)) == (255, 255, 255)


def test_nothing_of_the_original_but_pixels_and_text_is_left() -> None:
    made = drawing.flatten(samples.acting_pdf()).content
    assert extract(made, "pdf").status is ExtractStatus.UNCHANGED
    with pikepdf.open(io.BytesIO(made)) as document:
        keys = {str(key) for thing in document.objects if isinstance(thing, pikepdf.Dictionary)
                for key in thing}  # fmt: skip
        assert set(document.Root.keys()) == {"/Type", "/Pages"}
    assert not keys & {"/AA", "/OpenAction", "/JS", "/A", "/Annots", "/AcroForm", "/Names", "/EF"}


def test_every_script_can_be_searched(tmp_path: Path) -> None:
    lines = {
        "latin": "naïve “quotes” – fine",
        "chinese": "你好世界",
        "thai": "สวัสดี",
        "hindi": "नमस्ते",
        "beyond": "𝒳 😀",
    }
    writer, codes = Writer(), Codes()
    words = []
    for number, line in enumerate(lines.values()):
        at = 10.0
        for text in line.split():
            taken = tuple(codes.code(sign) for sign in text)
            width = 8.0 * len(taken)
            matrix = (width / (len(taken) * 0.5), 0.0, 0.0, 12.0, at, 700.0 - 20 * number)
            words.append(Word(taken, matrix))
            at += width + 6
    blank = picture_of(Image.new("RGB", (10, 10), "white"))
    writer.add(Page(612, 792, blank, words))
    made = writer.written(codes)
    assert text_of(made).split() == " ".join(lines.values()).split()
    again = drawing.flatten(made).content
    assert text_of(again).split() == " ".join(lines.values()).split()
    if shutil.which("pdftotext"):
        file = tmp_path / "flat.pdf"
        file.write_bytes(again)
        shown = subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True).stdout
        assert shown.decode().split() == " ".join(lines.values()).split()


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_a_sound_file(tmp_path: Path) -> None:
    file = tmp_path / "flat.pdf"
    file.write_bytes(drawing.flatten(simple("Dear reader", pages=3)).content)
    checked = subprocess.run(["qpdf", "--check", file], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_font_is_one_that_freetype_reads() -> None:
    from PIL import ImageFont

    font = ImageFont.truetype(io.BytesIO(font_file()), 20)
    assert font.getlength("aa") >= 0


def test_codes_run_out_without_harm() -> None:
    codes = Codes()
    assert codes.code("a") == codes.code("a") == 1
    assert codes.code("b") == 2
    for number in range(66_000):
        codes.code(f"x{number}")
    assert codes.code("never seen") == 0


def test_a_locked_document_is_named_so_and_junk_fails() -> None:
    memory = io.BytesIO()
    with pikepdf.open(io.BytesIO(simple("secret"))) as document:
        document.save(memory, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(EncryptedError):
        drawing.flatten(memory.getvalue())
    with pytest.raises(ExtractError, match="cannot open"):
        drawing.flatten(b"%PDF-1.4 junk")


def test_limits_end_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MAX_PAGES", 2)
    with pytest.raises(ExtractError, match="3 pages; up to 2"):
        drawing.flatten(simple("x", pages=3))
    monkeypatch.setattr(drawing, "MAX_POINTS", 500)
    with pytest.raises(ExtractError, match="792 points"):
        drawing.flatten(simple("x"))
    monkeypatch.setattr(pictures, "MAX_PIXELS", 50)
    with pytest.raises(ExtractError, match="50 pixels"):
        pictures.flatten(saved("PNG", (10, 10)), "png")


def saved(kind: str, size: tuple[int, int] = (60, 30), **options: object) -> bytes:
    memory = io.BytesIO()
    Image.linear_gradient("L").resize(size).save(memory, kind, **options)
    return memory.getvalue()


@pytest.mark.parametrize("type_name", sorted(pictures.FORMATS))
def test_pictures_become_pages(type_name: str) -> None:
    made = pictures.flatten(saved(pictures.FORMATS[type_name]), type_name)
    assert made.pages == 1
    page = pypdfium2.PdfDocument(made.content)[0]
    assert page.get_size() == pytest.approx((60 * 72 / 150, 30 * 72 / 150), abs=0.01)


def test_a_fax_has_a_page_for_each_frame_and_a_lie_fails() -> None:
    frames = [Image.new("1", (40, 40), shade) for shade in (0, 1, 1)]
    memory = io.BytesIO()
    frames[0].save(memory, "TIFF", save_all=True, append_images=frames[1:])
    assert pictures.flatten(memory.getvalue(), "tiff").pages == 3
    with pytest.raises(ExtractError, match="damaged"):
        pictures.flatten(saved("PNG"), "jpeg")
    with pytest.raises(ExtractError, match="damaged"):
        pictures.flatten(saved("PNG")[:60], "png")


def test_what_a_form_field_shows_is_text_of_the_page() -> None:
    with pikepdf.open(io.BytesIO(simple("Name:"))) as document:
        shown = document.make_stream(b"BT /F 18 Tf 2 4 Td (Anna Muster) Tj ET")
        shown.Type, shown.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        shown.BBox = pikepdf.Array([0, 0, 200, 24])
        shown.Resources = document.pages[0].Resources
        field = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="name",
                V="Anna Muster",
                F=4,
                Rect=pikepdf.Array([72, 600, 272, 624]),
                AP=pikepdf.Dictionary(N=shown),
            )
        )
        document.pages[0].Annots = pikepdf.Array([field])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        memory = io.BytesIO()
        document.save(memory)
    made = drawing.flatten(memory.getvalue()).content
    assert text_of(made).split() == ["Name:", "Anna", "Muster"]
