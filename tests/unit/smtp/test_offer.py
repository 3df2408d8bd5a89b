"""EHLO answers read, cut down and written."""

from __future__ import annotations

import pytest

from gateway.smtp.offer import Extension, Keeping, Offer, combine, ehlo_reply, read_offer
from gateway.smtp.replies import Reply


def answer(*lines: bytes) -> Reply:
    return Reply(250, (b"mx.example greets you", *lines))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), Offer()),
        ((b"PIPELINING",), Offer((Extension.PIPELINING,))),
        ((b"pipelining",), Offer((Extension.PIPELINING,))),
        ((b"SIZE 1000",), Offer((Extension.SIZE,), 1000)),
        ((b"SIZE",), Offer((Extension.SIZE,))),
        ((b"SIZE 0",), Offer((Extension.SIZE,))),
        ((b"SIZE x",), Offer((Extension.SIZE,))),
        ((b"SIZE " + b"9" * 30,), Offer((Extension.SIZE,))),
        ((b"AUTH PLAIN LOGIN",), Offer((Extension.AUTH,), None, "PLAIN LOGIN")),
        ((b"AUTH=PLAIN", b"AUTH PLAIN"), Offer((Extension.AUTH,), None, "PLAIN")),
        ((b"AUTH",), Offer()),
        ((b"AUTH PL\xffAIN",), Offer()),
        ((b"LIMITS RCPTMAX=20", b"XCLIENT NAME", b"BINARYMIME", b""), Offer()),
        ((b"DSN", b"DSN"), Offer((Extension.DSN,))),
    ],
)
def test_read(lines: tuple[bytes, ...], expected: Offer) -> None:
    assert read_offer(answer(*lines)) == expected


def test_what_the_next_hop_lacks_and_the_gateway_does_by_itself() -> None:
    offered = combine(Offer(), Keeping(max_size=500))
    assert offered.lines() == (b"PIPELINING", b"SIZE 500", b"CHUNKING")


@pytest.mark.parametrize(
    ("next_hop", "ours", "expected"), [(None, 500, 500), (100, 500, 100), (900, 500, 500)]
)
def test_the_smaller_size_counts(next_hop: int | None, ours: int, expected: int) -> None:
    offered = combine(Offer((Extension.SIZE,), next_hop), Keeping(max_size=ours))
    assert offered.size == expected


def test_promises_that_only_the_next_hop_can_keep() -> None:
    passed = (
        Extension.EIGHT_BIT_MIME,
        Extension.SMTPUTF8,
        Extension.DSN,
        Extension.ENHANCED_STATUS_CODES,
    )
    for extension in passed:
        assert combine(Offer((extension,)), Keeping()).has(extension)
        assert not combine(Offer(), Keeping()).has(extension)


@pytest.mark.parametrize("auth", [True, False])
def test_auth_passes_only_where_it_may(auth: bool) -> None:
    next_hop = Offer((Extension.AUTH,), None, "PLAIN")
    offered = combine(next_hop, Keeping(auth=auth))
    assert offered.has(Extension.AUTH) is auth
    assert (b"AUTH PLAIN" in offered.lines()) is auth


@pytest.mark.parametrize("start_tls", [True, False])
def test_starttls_is_the_gateways_own(start_tls: bool) -> None:
    offered = combine(Offer((Extension.STARTTLS,)), Keeping(start_tls=start_tls))
    assert offered.has(Extension.STARTTLS) is start_tls


def test_the_answer_keeps_the_next_hops_own_first_line() -> None:
    next_hop = Reply(250, (b"mx\x07.example", b"LIMITS RCPTMAX=20", b"DSN"))
    reply = ehlo_reply(next_hop, combine(read_offer(next_hop), Keeping(max_size=5)))
    assert reply.lines == (b"mx?.example", b"PIPELINING", b"SIZE 5", b"CHUNKING", b"DSN")
