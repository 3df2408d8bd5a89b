"""Scenes that many playbooks begin with; all values fixed, a test overrides what it is about."""

from __future__ import annotations

from gateway.smtp import BodyFacts, Delivery, Envelope, Inspect, Mail, Rcpt, Receipt, Reply
from gateway.smtp.replies import START_DATA
from tests.conversation.playbook import (
    Step,
    from_client,
    from_server,
    store,
    to_client,
    to_server,
)

BODY = b"Subject: x\r\n\r\ntext\r\n"
OTHER = b"Subject: x\r\n\r\nclean\r\n"
FIRST = Rcpt("first@d.example")
SECOND = Rcpt("second@d.example")
SENDER = Mail("a@b.example")
GO = START_DATA.to_bytes()[:-2]
QUEUED = Reply(250, (b"2.0.0 queued as 1",))

GREETING: list[Step] = [
    from_server(b"220 mx ESMTP"),
    to_client(b"220 mx ESMTP"),
    from_client(b"EHLO me"),
    to_server(b"EHLO me"),
    from_server(b"250-mx", b"250-SIZE 1000", b"250-PIPELINING", b"250 DSN"),
    to_client(b"250-mx", b"250-PIPELINING", b"250-SIZE 1000", b"250-CHUNKING", b"250 DSN"),
]

ENVELOPE: list[Step] = [
    from_client(
        b"MAIL FROM:<a@b.example>",
        b"RCPT TO:<first@d.example>",
        b"RCPT TO:<second@d.example>",
        b"DATA",
    ),
    to_server(
        b"MAIL FROM:<a@b.example>", b"RCPT TO:<first@d.example>", b"RCPT TO:<second@d.example>"
    ),
    from_server(b"250 sender ok", b"250 first ok", b"250 second ok"),
    to_client(b"250 sender ok", b"250 first ok", b"250 second ok", GO),
]


def inspect(body: bytes = BODY, *recipients: Rcpt, mail: Mail = SENDER) -> Inspect:
    """The request to inspect `body`."""
    return Inspect(
        Envelope(mail, recipients or (FIRST, SECOND)),
        BodyFacts(size=len(body)),
        helo="me",
        client_tls=False,
        server_tls=False,
        authenticated=False,
    )


INSPECTING: list[Step] = [
    *GREETING,
    *ENVELOPE,
    from_client(*BODY.split(b"\r\n")[:-1], b"."),
    store(BODY),
    inspect(),
]


def delivery(body: bytes = BODY, *recipients: Rcpt, size: int | None = None) -> Delivery:
    """One body for `recipients`, or for both."""
    return Delivery(recipients or (FIRST, SECOND), [body], size)


def receipt(
    reply: Reply = QUEUED, *recipients: Rcpt, group: int = 0, uncertain: bool = False
) -> Receipt:
    """One receipt for `recipients`, or for both."""
    return Receipt(group, recipients or (FIRST, SECOND), reply, uncertain)
