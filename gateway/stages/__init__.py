"""The inspection plan: every stage, in the order in which they run (DESIGN section 5).

This tuple is what executes, what `gatewayctl workflow` draws and what the trace has a row for.
"""

from gateway.pipeline import Plan
from gateway.stages import (
    antivirus,
    cache,
    dispose,
    emulate,
    envelope,
    extract,
    forward,
    identify,
    judge,
    lists,
    parse,
    rebuild,
    record,
    reputation,
    scope,
    static,
    unpack,
)
from gateway.stages.services import NotEmulated, StageServices

PLAN: Plan[StageServices] = Plan(
    (
        envelope.STAGE,
        parse.STAGE,
        identify.STAGE,
        unpack.STAGE,
        scope.STAGE,
        lists.STAGE,
        cache.STAGE,
        reputation.STAGE,
        antivirus.STAGE,
        static.STAGE,
        emulate.STAGE,
        extract.STAGE,
        judge.STAGE,
        dispose.STAGE,
        rebuild.STAGE,
        forward.STAGE,
        record.STAGE,
    )
)

__all__ = ["PLAN", "NotEmulated", "StageServices"]
