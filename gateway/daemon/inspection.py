"""Runs the plan on each mail of a worker, and turns the finished case into the client's answer."""

from __future__ import annotations

import secrets
import time
from collections import Counter

import structlog

from gateway.daemon.afterwards import Afterwards
from gateway.daemon.answers import reply_for
from gateway.daemon.mailservices import MailServices, SessionHop, Shared
from gateway.daemon.underway import Underway
from gateway.daemon.unseen import unseen_report
from gateway.model import Content, Envelope, Flow
from gateway.pipeline import Case, Trace, execute
from gateway.policy import Policy
from gateway.smtp import Reply
from gateway.stages import PLAN
from gateway.store import StoreError

log = structlog.get_logger()

UNCERTAIN = "bodies perhaps delivered twice (RFC 1047)"
"""The counter of bodies whose delivery and answer do not go together for certain: the next hop did
not answer the final dot, or the client was gone before it could be told that the mail was taken."""

UNSEEN = "connections passed unseen: encrypted end to end (tls = pass)"
"""The counter of connections whose mails nobody saw."""

ID_BYTES = 6
"""Of randomness in a trace's id. With the seconds before it, ids sort by time and do not repeat."""


def new_trace_id() -> str:
    """An id for a trace: seconds since the epoch in hexadecimal, and random bytes."""
    return f"{int(time.time()):08x}{secrets.token_hex(ID_BYTES)}"


def new_case(message: Content, envelope: Envelope, policy: Policy, plan_version: str) -> Case:
    """A case for a mail that arrived just now."""
    return Case(
        id=new_trace_id(),
        message=message,
        envelope=envelope,
        policy=policy,
        plan_version=plan_version,
        judging=PLAN.judging,
        trace=Trace(PLAN.names),
        started_at=time.time(),
    )


class PlanInspection:
    """`gateway.daemon.underway.Inspection` by the plan."""

    def __init__(self, shared: Shared, policy: Policy) -> None:
        self.shared = shared
        self._policy = policy
        self.plan_version = PLAN.version()
        self.counters: Counter[str] = Counter()
        self.afterwards = Afterwards(shared, self.counters)

    async def inspect(self, message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        """Run the plan on `message`; the client's answer, None when it has it already."""
        hop = SessionHop(mail)
        case = new_case(message, envelope, self._policy, self.plan_version)
        await execute(PLAN, case, MailServices(self.shared, hop))
        self._note(case)
        self.afterwards.begin(case)
        if hop.uncertain:
            self.counters[UNCERTAIN] += hop.uncertain
            log.warning("perhaps delivered twice", trace=case.id, bodies=hop.uncertain)
        return reply_for(case, client_answered=hop.client_answered)

    def unseen(self, flow: Flow, reason: str) -> None:
        """Write down that `flow` passes unseen; a journal that cannot be written stops nothing."""
        report = unseen_report(
            new_trace_id(), flow, reason, self._policy, self.plan_version, time.time()
        )
        self.counters[UNSEEN] += 1
        words = {"trace": report.message.id, "reason": reason, "client": flow.source}
        log.warning("connection passes unscanned", **words)
        try:
            self.shared.journal.record(report)
        except StoreError as error:
            log.error("the trace is lost", trace=report.message.id, why=str(error))

    def _note(self, case: Case) -> None:
        actions = sorted({disposition.action.value for disposition in case.dispositions})
        self.counters["mails"] += 1
        self.counters[f"verdict {case.verdict or 'unscanned'}"] += 1
        for action in actions:
            self.counters[f"disposition {action}"] += 1
        log.info(
            "mail",
            trace=case.id,
            verdict=str(case.verdict or "unscanned"),
            actions=",".join(actions),
            size=case.message.size,
            ms=round((time.time() - case.started_at) * 1000, 1),
        )
