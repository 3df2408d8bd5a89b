"""Invariants of the scanner: any bytes give a sound tree; no mutation of a mail makes it raise,
lose a byte, or decode differently in pieces."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mime import decode, iter_decoded, scan
from tests.unit.mime.mails import MIXED, check_tree
from tools.mutate import built_in, mutate

_PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r", b" ", b"\t", b"--", b"--b", b"--b--", b"\0", b"a", b":", b";", b'"',
        b"Content-Type: ", b"multipart/mixed; boundary=b", b"message/rfc822", b"text/plain",
        b"Content-Transfer-Encoding: base64", b"Subject: =?utf-8?q?", b"begin 644 a\n#0V%T\n", b"=",
        b"MIME-Version: 1.0", b"boundary=bb", b"name*0*=", b"Q2F0", b"\xff",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map(b"".join))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_a_sound_tree(data: bytes) -> None:
    check_tree(scan(data), len(data))


@given(st.integers(0, 2**32), st.integers(1, 5000))
@settings(max_examples=300, deadline=None)
def test_mutated_mails_give_a_sound_tree_and_decode_alike_in_pieces(seed: int, chunk: int) -> None:
    data = mutate(seed, 0, [*built_in(), MIXED])
    message = scan(data)
    check_tree(message, len(data))
    for part in message.walk():
        assert b"".join(iter_decoded(part, data, chunk)) == decode(part, data)
