"""A PDF of pictures and unseen text, written by hand: nothing in it can act.

Objects are numbered as they are added; the file has one revision, no object streams and no other
keys than those below. Source: ISO 32000-1, 7.5 and 8.9.5.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.extraction.flat.glyphless import ADVANCE, EM, Codes, font_file, to_glyph

_HEADER = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
"""Four bytes above 127 tell transfer programs that the file is not text (7.5.2)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as they go into the file: packed bytes, their filter and colour space, size in pixels.

    `palette` holds three bytes for each colour of an indexed picture; empty for JPEG.
    """

    data: bytes
    width: int
    height: int
    filter: str
    colours: str
    palette: bytes = b""


@dataclass(frozen=True, slots=True)
class Word:
    """Text to lay over a picture: codes, and the matrix that puts them in place (8.3.3), in points
    from the page's lower left corner."""

    codes: tuple[int, ...]
    matrix: tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: size in points, its picture, its words."""

    width: float
    height: float
    picture: Picture
    words: Sequence[Word]


class Writer:
    """Takes pages one after the other; gives the file."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []
        self._pages: list[int] = []
        self._tree, self._font = self._reserve(), self._reserve()

    def add(self, page: Page) -> None:
        """Append a page."""
        picture = self._picture(page.picture)
        content = self._stream("", zlib.compress(_content(page)), "/FlateDecode")
        self._pages.append(
            self._add(
                f"<</Type/Page/Parent {self._tree} 0 R/MediaBox[0 0 {page.width:.2f} "
                f"{page.height:.2f}]/Contents {content} 0 R/Resources<</XObject<</P {picture} 0 R"
                f">>/Font<</T {self._font} 0 R>>>>>>".encode()
            )
        )

    def written(self, codes: Codes) -> bytes:
        """The file, whose words use `codes`."""
        self._write_font(codes)
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        self._set(self._tree, f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>".encode())
        root = self._add(f"<</Type/Catalog/Pages {self._tree} 0 R>>".encode())
        body = [_HEADER]
        at = len(_HEADER)
        places = []
        for number, content in enumerate(self._objects, 1):
            places.append(at)
            body.append(b"%d 0 obj\n%b\nendobj\n" % (number, content))
            at += len(body[-1])
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        count = len(self._objects) + 1
        trailer = f"trailer\n<</Size {count}/Root {root} 0 R>>\nstartxref\n{at}\n%%EOF\n".encode()
        return b"".join((*body, b"xref\n0 %d\n0000000000 65535 f \n" % count, table, trailer))

    def _reserve(self) -> int:
        return self._add(b"null")

    def _add(self, content: bytes) -> int:
        self._objects.append(content)
        return len(self._objects)

    def _set(self, number: int, content: bytes) -> None:
        self._objects[number - 1] = content

    def _stream(self, keys: str, data: bytes, packed_by: str) -> int:
        head = f"<<{keys}/Filter{packed_by}/Length {len(data)}>>".encode()
        return self._add(head + b"\nstream\n" + data + b"\nendstream")

    def _picture(self, picture: Picture) -> int:
        colours = picture.colours
        if picture.palette:
            last = len(picture.palette) // 3 - 1
            colours = f"[/Indexed/DeviceRGB {last} <{picture.palette.hex()}>]"
        return self._stream(
            f"/Type/XObject/Subtype/Image/Width {picture.width}/Height {picture.height}"
            f"/BitsPerComponent 8/ColorSpace{colours}",
            picture.data,
            picture.filter,
        )

    def _write_font(self, codes: Codes) -> None:
        file = font_file()
        embedded = self._stream(f"/Length1 {len(file)}", zlib.compress(file), "/FlateDecode")
        glyphs = self._stream("", to_glyph(), "/FlateDecode")
        texts = self._stream("", zlib.compress(codes.to_unicode()), "/FlateDecode")
        description = self._add(
            f"<</Type/FontDescriptor/FontName/Glyphless/Flags 5/FontBBox[0 0 {ADVANCE} {EM}]"
            f"/ItalicAngle 0/Ascent {EM}/Descent 0/CapHeight {EM}/StemV 80"
            f"/FontFile2 {embedded} 0 R>>".encode()
        )
        inner = self._add(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/Glyphless/CIDSystemInfo<</Registry(Adobe)"
            f"/Ordering(Identity)/Supplement 0>>/FontDescriptor {description} 0 R/DW {ADVANCE}"
            f"/CIDToGIDMap {glyphs} 0 R>>".encode()
        )
        self._set(
            self._font,
            f"<</Type/Font/Subtype/Type0/BaseFont/Glyphless/Encoding/Identity-H"
            f"/DescendantFonts[{inner} 0 R]/ToUnicode {texts} 0 R>>".encode(),
        )


def _content(page: Page) -> bytes:
    """The page's drawing: the picture over all of it, then the words in mode 3, which is unseen."""
    lines = [b"q %.2f 0 0 %.2f 0 0 cm /P Do Q" % (page.width, page.height)]
    if page.words:
        lines.append(b"BT /T 1 Tf 3 Tr")
        for word in page.words:
            codes = b"".join(b"%04X" % code for code in word.codes)
            lines.append(b"%.3f %.3f %.3f %.3f %.2f %.2f Tm <%s> Tj" % (*word.matrix, codes))
        lines.append(b"ET")
    return b"\n".join(lines)
