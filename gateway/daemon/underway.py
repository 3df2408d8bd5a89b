"""The mail under way: from its last octet to its answer, whatever becomes of the conversation.

A session may have several. One whose client was told 451 is analysed on while the client goes on;
nothing of it is delivered. It touches no connection: what it wants said, the conversation says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.model import Content, Envelope, Flow, Handover, Receipt, chunks
from gateway.pipeline import Body
from gateway.smtp import replies
from gateway.smtp.actions import Delivery, Inspect, ReportReceipts
from gateway.smtp.commands import Rcpt
from gateway.smtp.replies import Reply

KEEP_ALIVE_SECONDS = 60.0
"""Between two signs of life to a next hop whose transaction waits for an inspection; Postfix and
Exim give up after 300 s."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What the next hop answered, and whether the client was given that answer already.

    A body has a receipt for each different answer to its recipients. `uncertain`: receipts of
    bodies that may be delivered twice (RFC 1047).
    """

    receipts: tuple[Receipt, ...]
    client_answered: bool
    uncertain: int = 0


class Inspection(Protocol):
    """Inspects one mail; it forwards through the `Underway` it is given."""

    async def inspect(self, message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        """Run the plan. The client's answer; None when it has it already."""
        ...

    def unseen(self, flow: Flow, reason: str) -> None:
        """Note that whatever goes over `flow` from here on is unscanned, because of `reason`."""
        ...


class Conversation(Protocol):
    """What a mail asks of the session it came in."""

    def awaits(self, mail: Underway) -> bool:
        """Whether the client waits for the answer to `mail`, which is not on its way yet."""
        ...

    def forward(self, deliveries: Sequence[Delivery], *, hold_reply: bool) -> None:
        """Begin to hand `deliveries` to the next hop; `Underway.report` is told how that ended."""
        ...

    def keep_alive(self) -> None:
        """Give the next hop a sign of life."""
        ...


class Underway:
    """One mail of a conversation, from its end to its answer."""

    def __init__(self, conversation: Conversation, recipients: tuple[Rcpt, ...]) -> None:
        self._conversation = conversation
        self._recipients = recipients
        self._report: asyncio.Future[ReportReceipts | None] | None = None
        self.answered = False

    @property
    def awaited(self) -> bool:
        """Whether the client still waits for the answer to this mail."""
        return self._conversation.awaits(self)

    async def forward(self, bodies: Sequence[Body], *, hold_reply: bool) -> Forwarded | None:
        """Hand `bodies` to the next hop. None: nobody waits for this mail any more, and nothing of
        it was delivered (the client is gone, or was told 451 at the deadline)."""
        deliveries = [self._delivery(body) for body in bodies]
        if not self.awaited:
            return None
        self._report = asyncio.get_running_loop().create_future()
        try:
            self._conversation.forward(deliveries, hold_reply=hold_reply)
            report = await self._report
        finally:
            self._report = None
        if report is None:
            return None
        self.answered = report.answered
        return _forwarded(report)

    def report(self, report: ReportReceipts | None) -> None:
        """How the forwarding ended, if one is going on; None: it came to nothing."""
        if self._report is not None and not self._report.done():
            self._report.set_result(report)

    async def answer(
        self, analysis: asyncio.Task[Reply | None], deadline_seconds: float
    ) -> Reply | None:
        """The analysis' answer, or 451 when the deadline passes first; the analysis goes on."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + deadline_seconds
        while (left := deadline - loop.time()) > 0:
            await asyncio.wait([analysis], timeout=min(left, KEEP_ALIVE_SECONDS))
            if analysis.done():
                return analysis.result()
            self._conversation.keep_alive()
        if self._report is not None or self.answered:
            return await analysis  # the next hop is answering: its own time-outs bound that
        return replies.INSPECTION_PENDING

    def _delivery(self, body: Body) -> Delivery:
        wanted = set(body.recipients)
        recipients = tuple(rcpt for rcpt in self._recipients if rcpt.recipient in wanted)
        return Delivery(recipients, chunks(body.content), body.content.size)


def envelope_of(mail: Inspect, flow: Flow, *, submission: bool) -> Envelope:
    """The envelope of a mail that came over `flow`, as its inspection sees it; `submission` where
    its port is one for people's programs."""
    submitted = submission or mail.authenticated
    return Envelope(
        sender=mail.envelope.mail.sender,
        recipients=tuple(rcpt.recipient for rcpt in mail.envelope.recipients),
        client=flow.source,
        server=flow.destination,
        helo=mail.helo,
        tls=mail.client_tls,
        authenticated=mail.authenticated,
        server_port=flow.destination_port,
        handover=Handover.SUBMITTED if submitted else Handover.RECEIVED,
    )


def _forwarded(report: ReportReceipts) -> Forwarded:
    receipts = tuple(
        Receipt(
            tuple(rcpt.recipient for rcpt in receipt.recipients),
            receipt.reply.code,
            str(receipt.reply),
        )
        for receipt in report.receipts
        if receipt.recipients
    )
    return Forwarded(receipts, report.answered, _uncertain(report))


def _uncertain(report: ReportReceipts) -> int:
    """Bodies that the next hop may have while the client is to send them again."""
    return sum(
        receipt.uncertain or (receipt.reply.ok and report.client_lost)
        for receipt in report.receipts
    )
