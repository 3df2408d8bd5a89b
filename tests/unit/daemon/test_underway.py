"""The envelope as a mail's inspection sees it: from which side the mail is handed over."""

from __future__ import annotations

import pytest

from gateway.daemon.underway import envelope_of
from gateway.model import Flow, Handover
from gateway.smtp.actions import Envelope, Inspect
from gateway.smtp.body import BodyFacts
from gateway.smtp.commands import Mail

FLOW = Flow("192.0.2.10", 40000, "192.0.2.20", 587)


@pytest.mark.parametrize(
    ("submission", "authenticated", "handover"),
    [
        (False, False, Handover.RECEIVED),
        (True, False, Handover.SUBMITTED),
        (False, True, Handover.SUBMITTED),
    ],
    ids=["another server's", "a submission port", "authenticated"],
)
def test_who_hands_it_over(submission: bool, authenticated: bool, handover: Handover) -> None:
    mail = Inspect(
        Envelope(Mail("a@example.org"), ()), BodyFacts(), "host", False, False, authenticated
    )
    assert envelope_of(mail, FLOW, submission=submission).handover is handover
