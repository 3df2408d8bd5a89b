"""Pictures: what is no picture goes, the pixels stay; drawing anew looks the same."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gateway.engines import identify
from gateway.extraction import ExtractStatus, ExtractSwitches, extract, survey
from gateway.extraction.images import structure
from gateway.extraction.kinds import Kind
from gateway.model.imagemethod import ImageMethod
from tests.unit.extraction import pictures
from tests.unit.extraction.pictures import FORMATS, PAGE, TAIL, animation, picture, pixels

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
KINDS = {".jpg": "jpeg", ".png": "png", ".gif": "gif", ".webp": "webp", ".tif": "tiff"}
REAL = sorted(path for path in CORPUS.rglob("*") if path.suffix in KINDS) if CORPUS.is_dir() else []
METADATA = ExtractSwitches(metadata=True)
ANEW = ExtractSwitches(images=ImageMethod.REENCODE)


def cleaned(data: bytes, kind: str, switches: ExtractSwitches | None = None) -> bytes:
    made = extract(data, kind, switches or ExtractSwitches())
    assert made.content is not None, made
    return made.content


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_stays_bit_for_bit(kind: str) -> None:
    for data in (picture(kind), picture(kind) + b"\0" * 100, picture(kind) + b"\r\n"):
        assert extract(data, kind).status is ExtractStatus.UNCHANGED
        assert survey(data, kind).hits == ()


@pytest.mark.parametrize("kind", FORMATS)
def test_what_stands_behind_the_picture_goes(kind: str) -> None:
    whole = picture(kind)
    hidden = whole + TAIL
    assert identify.identify(hidden, f"a.{kind}").also == ("zip",)
    found = survey(hidden, kind).hits
    assert [hit.kind for hit in found] == [Kind.HIDDEN_DATA]
    assert cleaned(hidden, kind) == whole


@pytest.mark.parametrize("kind", ["gif", "webp", "tiff", "png"])
def test_animations_and_pages_are_walked_to_their_end(kind: str) -> None:
    whole = animation(kind)
    assert len(pixels(whole)) == 3
    assert extract(whole, kind).status is ExtractStatus.UNCHANGED
    padded = kind == "tiff"
    assert cleaned(whole + TAIL, kind) == (whole.rstrip(b"\0") if padded else whole)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("jpeg", pictures.jpeg_with_segment(0xFE, b"x" + PAGE)),
        ("jpeg", pictures.jpeg_with_segment(0xE5, TAIL)),
        ("jpeg", pictures.jpeg_with_segment(0xE1, b"Exif\0\0" + TAIL)),
        ("png", pictures.png_with_chunk(b"tEXt", b"Comment\0" + PAGE)),
        ("png", pictures.png_with_chunk(b"prVt", TAIL)),
        ("png", pictures.png_with_chunk(b"prVt", bytes(structure.MAX_PRIVATE + 1))),
        ("gif", pictures.gif_with_comment(PAGE)),
    ],
)
def test_what_hides_beside_the_pixels_goes(kind: str, data: bytes) -> None:
    assert cleaned(data, kind) == picture(kind)
    assert survey(data, kind).hits != ()


def test_a_page_within_the_pixels_leaves_only_a_drawing() -> None:
    whole = picture("bmp")
    polyglot = whole[:-60] + PAGE + whole[-60 + len(PAGE) :]
    assert pixels(polyglot)[0] != pixels(whole)[0]
    made = extract(polyglot, "bmp")
    assert made.status is ExtractStatus.CLEANED
    assert [removal.what for removal in made.removed] == ["second file within the pixels"]
    assert made.content is not None
    assert PAGE not in made.content
    assert _distance(pixels(made.content)[0], pixels(polyglot)[0]) < 0.01
    assert extract(made.content, "bmp").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_metadata_goes_where_policy_says_so_and_the_orientation_stays(kind: str) -> None:
    data = pictures.turned(kind)
    assert extract(data, kind).status is ExtractStatus.UNCHANGED
    made = cleaned(data, kind, METADATA)
    assert b"Camera" in data
    assert b"Camera" not in made
    assert pixels(made) == pixels(data)
    with Image.open(io.BytesIO(made)) as opened:
        assert dict(opened.getexif()) == {0x0112: 6}
    assert extract(made, kind, METADATA).status is ExtractStatus.UNCHANGED
    upright = cleaned(pictures.turned(kind, 1), kind, METADATA)
    with Image.open(io.BytesIO(upright)) as opened:
        assert dict(opened.getexif()) == {}


@pytest.mark.parametrize("kind", FORMATS)
def test_drawn_anew_it_looks_the_same(kind: str) -> None:
    for data in (picture(kind), picture(kind) + TAIL):
        drawn = extract(data, kind, ANEW)
        made = data if drawn.content is None else drawn.content
        assert TAIL not in made
        assert extract(made, kind, ANEW).status is ExtractStatus.UNCHANGED
        before, after = pixels(picture(kind)), pixels(made)
        if kind == "jpeg":
            assert _distance(before[0], after[0]) < 5, "of 255, on edges of pure colours"
        else:
            assert after == before


@pytest.mark.parametrize("kind", ["gif", "webp", "tiff", "png"])
def test_drawn_anew_an_animation_keeps_frames_and_times(kind: str) -> None:
    whole = animation(kind)
    drawn = extract(whole, kind, ANEW)
    made = whole if drawn.content is None else drawn.content
    assert pixels(made) == pixels(whole)
    assert extract(made, kind, ANEW).status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {"quality": 30}),
        ("RGB", {"quality": 95, "subsampling": 0}),
        ("RGB", {"quality": 90, "subsampling": 1}),
        ("RGB", {"quality": 90, "subsampling": 2, "progressive": True}),
        ("RGB", {"quality": 100, "subsampling": 2}),
        ("L", {"quality": 80}),
        ("CMYK", {"quality": 80}),
    ],
)
@pytest.mark.parametrize("size", [(101, 67), (16, 16), (17, 1), (1, 1)])
def test_a_jpeg_drawn_twice_is_the_one_drawn_once(
    mode: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    """Noise in black and white: what no encoder keeps, and what takes longest to come to rest."""
    noise = Image.effect_noise((21, 13), 200).resize(size, Image.Resampling.BICUBIC)
    output = io.BytesIO()
    Image.merge(mode, [noise] * len(Image.new(mode, (1, 1)).split())).save(
        output, "JPEG", **options
    )
    drawn = extract(output.getvalue(), "jpeg", ANEW)
    made = output.getvalue() if drawn.content is None else drawn.content
    assert extract(made, "jpeg", ANEW).status is ExtractStatus.UNCHANGED
    before, after = pixels(output.getvalue()), pixels(made)
    assert _distance(before[0], after[0]) < 8


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_pictures_drawn_twice_are_those_drawn_once(path: Path) -> None:
    kind = KINDS[path.suffix]
    made = cleaned(path.read_bytes(), kind, ANEW)
    assert extract(made, kind, ANEW).status is ExtractStatus.UNCHANGED


def _distance(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_made_to_exhaust_viewers_is_refused(kind: str) -> None:
    data = bytearray(picture(kind))
    if kind in ("gif", "webp"):
        pytest.skip("its sides have 16 bits or less: it cannot declare that many pixels")
    side = (0x00FF_FFFF).to_bytes(4, "big")
    if kind == "png":
        data[16:24] = side * 2
    elif kind == "bmp":
        data[18:26] = side[::-1] * 2
    elif kind == "jpeg":
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = b"\xff" * 4
    else:
        for tag in (b"\0\1\4\0\1\0\0\0", b"\1\1\4\0\1\0\0\0"):
            at = data.find(tag)
            at = at if at >= 0 else data.index(tag[:2] + b"\3\0\1\0\0\0")
            data[at + 2 : at + 12] = b"\4\0\1\0\0\0" + side[::-1]
    made = extract(bytes(data), kind)
    assert made.status is ExtractStatus.FAILED
    assert "pixels" in made.error


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_pictures_keep_their_pixels(path: Path) -> None:
    kind, data = KINDS[path.suffix], path.read_bytes()
    assert extract(data, kind).status is ExtractStatus.UNCHANGED
    assert cleaned(data + TAIL, kind) == data
    made = extract(data, kind, METADATA)
    if made.content is not None:
        assert pixels(made.content) == pixels(data)
        assert extract(made.content, kind, METADATA).status is ExtractStatus.UNCHANGED


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_no_damage_breaks_the_walk_or_brings_it_to_no_rest(kind: str, data: st.DataObject) -> None:
    whole = bytearray(picture(kind))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    made = extract(damaged, kind)
    assert "parser broke" not in made.error
    if made.content is not None:
        assert extract(made.content, kind).status is ExtractStatus.UNCHANGED
