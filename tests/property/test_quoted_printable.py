"""Invariant: what is written in quoted-printable is read back as it was, in lines of at most 76
characters, none of which can be taken for a MIME delimiter."""

from __future__ import annotations

import quopri

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mime.encode import quoted_printable

_HYPHENS = [b"--", b"-", b"-" * 40]
_OTHERS = [b"=", b"\n", b" ", b"\t", b"a", b"word ", "ä".encode(), b"\x00", b"x" * 75]
PIECES = st.sampled_from(_HYPHENS + _OTHERS)
TEXTS = st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=60).map(b"".join)


@settings(deadline=None)
@given(TEXTS.map(lambda text: text.replace(b"\r", b"")))
def test_written_and_read_back(text: bytes) -> None:
    written = quoted_printable(text, b"\n")
    assert quopri.decodestring(written) == text
    for line in written.split(b"\n"):
        assert len(line) <= 76
        assert not line.startswith(b"--")
