"""Invariants of the decoders: what an encoder writes comes back; any bytes decode without raising
and alike in pieces of any size; a checked decode gives the same bytes as an unchecked one."""

import base64
import binascii
import quopri

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mime import MimePart, PartKind, TransferEncoding, iter_decoded, read_tnef
from gateway.mime.base64_reader import Base64Decoder, decode_base64
from gateway.mime.decode import decode_content, decode_content_checked
from gateway.mime.encode import base64_lines, parameter, quoted_printable
from gateway.mime.parameters import parse_field
from gateway.mime.rtf import decompress_rtf
from gateway.mime.words import decode_words, encode_word

_BASE64ISH = st.lists(
    st.sampled_from([b"Q", b"2", b"F", b"0", b"=", b"==", b"\r\n", b" ", b"!", b"-", b"\0"]),
    max_size=60,
).map(b"".join)
_ENCODINGS = st.sampled_from(list(TransferEncoding))


@given(st.binary(max_size=500), st.sampled_from([b"\r\n", b"\n"]), st.integers(4, 998))
def test_base64_comes_back(content: bytes, line_end: bytes, length: int) -> None:
    raw = base64_lines(content, line_end, length)
    assert decode_base64(raw, check=True) == (content, ())


@given(st.one_of(_BASE64ISH, st.binary(max_size=100)), st.integers(1, 10))
def test_base64_in_pieces_is_base64_as_a_whole(raw: bytes, step: int) -> None:
    decoder = Base64Decoder()
    pieces = [decoder.feed(raw[i : i + step]) for i in range(0, len(raw), step)]
    assert b"".join(pieces) + decoder.finish() == decode_base64(raw).content


@given(st.binary(max_size=200))
def test_where_the_standard_library_decodes_base64_we_agree(content: bytes) -> None:
    raw = base64.encodebytes(content)
    assert decode_base64(raw).content == base64.decodebytes(raw)


@given(st.text(max_size=300))
def test_quoted_printable_comes_back(text: str) -> None:
    content = text.replace("\r", "").encode("utf-8", "replace")
    raw = quoted_printable(content, b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 76
    assert decode_content(raw, TransferEncoding.QUOTED_PRINTABLE).replace(b"\r\n", b"\n") == content


@given(st.binary(max_size=200))
def test_quoted_printable_of_the_standard_library_comes_back(content: bytes) -> None:
    raw = quopri.encodestring(content.replace(b"\r", b""))
    assert decode_content(raw, TransferEncoding.QUOTED_PRINTABLE) == content.replace(b"\r", b"")


@given(st.binary(max_size=200))
def test_uuencode_comes_back(content: bytes) -> None:
    lines = [binascii.b2a_uu(content[i : i + 45]) for i in range(0, len(content), 45)]
    raw = b"begin 644 a\n" + b"".join(lines) + b"`\nend\n"
    assert decode_content_checked(raw, TransferEncoding.UUENCODE) == (content, ())


@given(st.one_of(_BASE64ISH, st.binary(max_size=200)), _ENCODINGS, st.integers(1, 40))
@settings(max_examples=300)
def test_any_bytes_decode_alike_in_every_way(
    raw: bytes, encoding: TransferEncoding, step: int
) -> None:
    part = MimePart(
        path="1", kind=PartKind.LEAF, start=0, header_end=0, end=len(raw), insert_at=0,
        has_blank_line=False, encoding=encoding,
    )  # fmt: skip
    content = decode_content(raw, encoding)
    assert decode_content_checked(raw, encoding).content == content
    assert b"".join(iter_decoded(part, raw, step)) == content


@given(st.text(max_size=80))
def test_parameters_come_back(value: str) -> None:
    text = value.encode("utf-8", "replace").decode()
    written = parameter("filename", text)
    assert written.isascii() and "\n" not in written
    (read,) = parse_field(f"attachment; {written}").parameters
    assert read.name == "filename"
    assert read.value == decode_words(text) or read.value == text


@given(st.text(max_size=120))
def test_encoded_words_come_back(text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    assert decode_words(encode_word(clean)) == clean


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read_as_tnef_and_rtf(data: bytes) -> None:
    read_tnef(b"\x78\x9f\x3e\x22\0\0" + data)
    decompress_rtf(b"\0" * 8 + b"LZFu\0\0\0\0" + data)
