"""What the client is told about its mail. Pure: a finished case in, a reply out.

One reply stands for all recipients (RFC 5321 section 4.1.1.4). It names the reason in words and
the trace, so that the sender's administrator has something to ask about. What went wrong in here is
nobody's business out there: such a reason stands in the trace only.
"""

from __future__ import annotations

from typing import Final

from gateway.model import Action, Disposition, Receipt
from gateway.pipeline import Case
from gateway.smtp import Reply, replies

OURS: Final = frozenset(
    {"unscanned.failed", "unscanned.timed_out", "unscanned.unavailable", "extract.failed"}
)
"""Settings whose reasons may hold the text of an error of ours, or the path of a file."""

UNFINISHED: Final = "the inspection could not be finished"


def reply_for(case: Case, *, client_answered: bool) -> Reply | None:
    """The answer to the mail of `case`; None when the client has the next hop's own answer."""
    if client_answered:
        return None
    if case.receipts:
        return _combined(case)
    actions = {disposition.action for disposition in case.dispositions}
    if Action.TEMPFAIL in actions or not actions:
        return _because(replies.INSPECTION_PENDING, case, "try again later")
    if Action.REJECT in actions:
        return _because(replies.REFUSED_CONTENT, case, "refused")
    if actions == {Action.QUARANTINE} and case.kept:
        return _because(replies.OK, case, "held for review")
    return replies.LOCAL_ERROR


def _combined(case: Case) -> Reply:
    """The answer when several bodies were handed on, or a body beside one that was kept."""
    if any(_taken(receipt) for receipt in case.receipts):
        return replies.OK.saying(f"Ok, {_trace(case)}")
    temporary = [receipt for receipt in case.receipts if receipt.code < 500]
    if temporary:
        return replies.NOT_DELIVERED.saying(temporary[0].text)
    return replies.REFUSED_BY_NEXT_HOP.saying(case.receipts[0].text)


def _because(reply: Reply, case: Case, what: str) -> Reply:
    """The reply with the reason of the disposition that made it so."""
    reasons = [_told(d) for d in case.dispositions if not d.action.delivers]
    reason = reasons[0] if reasons else UNFINISHED
    return reply.saying(f"Mail {what}: {reason} ({_trace(case)})")


def _told(disposition: Disposition) -> str:
    """The reason as a stranger may read it."""
    key = disposition.rule.partition(",")[0]
    return UNFINISHED if key in OURS else disposition.reason


def _trace(case: Case) -> str:
    return f"trace {case.id}"


def _taken(receipt: Receipt) -> bool:
    return 200 <= receipt.code < 300
