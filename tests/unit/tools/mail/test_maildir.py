"""What Postfix prepends is taken off, exactly once, and nothing of the mail itself."""

from __future__ import annotations

import pytest

from tools.mail.maildir import parse_stored

PREPENDED = (
    b"Return-Path: <a@client.example>\nX-Original-To: B@corp.example\n"
    b"Delivered-To: b@corp.example\nReceived: from client.example (unknown [192.0.2.7])\n"
    b"\tby mx.corp.example (Postfix) with ESMTP id 1\n"
    b"\tfor <b@corp.example>; Mon,  2 Nov 2026 09:00:00 +0000 (UTC)\n"
)


@pytest.mark.parametrize(
    "mail",
    [
        b"Subject: x\n\nbody\n",
        b"Received: from elsewhere\n\tfolded\nReceived: again\n\nbody\n",
        b"Return-Path: <own@field>\nDelivered-To: own\n\nbody\n",
        b"\nno header at all\n",
        b"\n",
        b"not a header line\n",
    ],
    ids=["plain", "own Received", "own trace fields", "no header", "empty", "headless"],
)
def test_the_mail_is_what_was_sent(mail: bytes) -> None:
    stored = parse_stored(PREPENDED + mail)
    assert stored.content == mail.replace(b"\n", b"\r\n")
    assert stored.recipient == "b@corp.example"
    assert stored.sender == "a@client.example"
    assert stored.client == "192.0.2.7"


def test_an_ipv6_client() -> None:
    ipv6 = PREPENDED.replace(b"[192.0.2.7]", b"[IPv6:2001:db8::7]")
    assert parse_stored(ipv6 + b"\n").client == "2001:db8::7"
