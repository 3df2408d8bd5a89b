"""The inspection plan as a mechanism: stages, gates, trace, executor, report. Pure.

Knows nothing of any particular stage; `gateway.stages` declares those.
"""

from gateway.pipeline.case import Body, Case, TooManySubjectsError
from gateway.pipeline.executor import execute
from gateway.pipeline.gates import (
    Awaited,
    CanAct,
    CanBeExtracted,
    Carries,
    Enabled,
    Gate,
    InScope,
    InTheMail,
    NotCached,
    PolicyView,
    Readable,
    Runnable,
    TypeListed,
    WithinChain,
    WithinLimits,
)
from gateway.pipeline.judgement import (
    OpenQuestion,
    findings_of,
    message_verdict,
    open_questions,
    part_verdict,
)
from gateway.pipeline.plan import Plan, PlanError
from gateway.pipeline.report import Report, report_of
from gateway.pipeline.stage import Services, Stage
from gateway.pipeline.trace import IncompleteTraceError, Row, Trace, TraceError

__all__ = [
    "Awaited",
    "Body",
    "CanAct",
    "CanBeExtracted",
    "Carries",
    "Case",
    "Enabled",
    "Gate",
    "InScope",
    "InTheMail",
    "IncompleteTraceError",
    "NotCached",
    "OpenQuestion",
    "Plan",
    "PlanError",
    "PolicyView",
    "Readable",
    "Report",
    "Row",
    "Runnable",
    "Services",
    "Stage",
    "TooManySubjectsError",
    "Trace",
    "TraceError",
    "TypeListed",
    "WithinChain",
    "WithinLimits",
    "execute",
    "findings_of",
    "message_verdict",
    "open_questions",
    "part_verdict",
    "report_of",
]
