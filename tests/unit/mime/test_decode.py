"""Transfer encodings as mail readers undo them."""

import pytest

from gateway.mime import TransferEncoding
from gateway.mime.decode import decode_content, decode_content_checked

CASES: list[tuple[str, bytes, bytes, str, str]] = [
    ("base64", b"Q2F0", b"Cat", "", "plain"),
    ("base64", b"Q2\r\nF0\r\n", b"Cat", "", "line ends"),
    ("base64", b"Q2F0cw", b"Cats", "base64_padding", "no padding"),
    ("base64", b"Q2F0cw=", b"Cats", "base64_padding", "half the padding"),
    ("base64", b"Q2F0c", b"Cat", "base64_padding", "a single character left over"),
    ("base64", b"Q2F0cw==\r\n", b"Cats", "", "padding"),
    ("base64", b"Q2!F0", b"Cat", "base64_garbage", "garbage between"),
    ("base64", b"Q2F0cw==Q2F0cw==", b"CatsCats", "base64_concatenated", "two texts"),
    ("base64", b"Q2F0cw==\r\n-- \r\nfooter", b"Cats", "*", "footer"),
    ("base64", b"", b"", "", "empty"),
    ("base64", b"====", b"", "base64_garbage", "padding only"),
    ("quoted-printable", b"a=3Db=\r\nc", b"a=bc", "", "escape and soft break"),
    ("quoted-printable", b"a= \t\r\nb", b"ab", "", "padding after ="),
    ("quoted-printable", b"a=\rb\nc", b"ab\nc", "", "= before a lone CR loses nothing"),
    ("quoted-printable", b"a=ZZb", b"a=ZZb", "quoted_printable_damaged", "no escape"),
    ("quoted-printable", b"=c3=bc", b"\xc3\xbc", "", "lower case"),
    ("x-uuencode", b"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", b"Cat", "", "whole"),
    ("x-uuencode", b"#0V%T\r\n", b"Cat", "uuencode_damaged", "neither begin nor end"),
    ("x-uuencode", b"begin 644 a\n#0V%TXXXX\n`\nend\n", b"Cat", "uuencode_damaged", "long line"),
    ("x-yencode", b"=ybegin line=9 size=3 name=a\r\nm\x8b\x9e\r\n=yend size=3", b"Cat", "", "all"),
    ("x-yencode", b"=ybegin line=9 size=4 name=a\r\nm\x8b\x9e\r\n", b"Cat", "yenc_damaged", "cut"),
    ("x-yencode", b"=ybegin line=9 size=1 name=a\r\n=n\r\n=yend size=1\r\n", b"\x04", "", "escape"),
    ("7bit", b"a=3D", b"a=3D", "", "identity"),
    ("unknown", b"Q2F0", b"Q2F0", "", "read as it stands"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "raw", "content", "defect", "why"), CASES)
def test_decoding(encoding: str, raw: bytes, content: bytes, defect: str, why: str) -> None:
    kind = TransferEncoding(encoding)
    decoded = decode_content_checked(raw, kind)
    assert decoded.content == decode_content(raw, kind), why
    if defect == "*":
        assert decoded.content.startswith(content) and decoded.defects, why
        return
    assert decoded.content == content, why
    assert [d.value for d in decoded.defects] == ([defect] if defect else []), why
