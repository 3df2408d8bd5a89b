"""A single file through the stages that judge what runs: for whoever asks about a file, not a mail.

A file is taken as the only part of a mail that does not exist. So archives are opened, documents
read and chains followed by the very code that does it in mail. Nothing is cached or delivered.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.model import Content, Envelope, Origin, Outcome, Ran, Subject, SubjectKind, TypeGuess
from gateway.pipeline import Case, Plan, Readable, Runnable, Stage, Trace, WithinChain, execute
from gateway.policy import Policy
from gateway.stages import antivirus, emulate, identify, static, unpack
from gateway.stages.judge import judged
from gateway.stages.services import StageServices

NAME = "file"
"""Of the mail that does not exist, and of its only stage on the whole."""


async def _take_file(case: Case, subject: Subject, services: StageServices) -> Outcome:
    part = case.add_part(
        subject, origin=Origin.MIME, name=subject.name, claimed_type="", content=subject.content
    )
    part.guess = subject.guess
    return Ran("the file is the only part")


async def _judge(case: Case, subject: Subject, services: StageServices) -> Outcome:
    subject.verdict, reason = judged(case, subject)
    return Ran(reason)


_FILE: Stage[StageServices] = Stage(
    name=NAME,
    purpose="Take the file as the only part of a mail.",
    subject=SubjectKind.MESSAGE,
    run=_take_file,
    gives=("parts",),
)
_JUDGE: Stage[StageServices] = Stage(
    name="judge",
    purpose="Combine everything found on a file into one verdict.",
    subject=SubjectKind.PART,
    run=_judge,
    always=True,
)
_EMULATE = replace(
    emulate.STAGE,
    # Who asks wants it run, whether or not static saw a reason to.
    gates=(Runnable(), Readable(), WithinChain("emulate.chain_depth")),
)


def _plan(with_antivirus: bool) -> Plan[StageServices]:
    scan = (antivirus.STAGE,) if with_antivirus else ()
    return Plan((_FILE, identify.STAGE, unpack.STAGE, *scan, static.STAGE, _EMULATE, _JUDGE))


async def run_alone(
    content: Content,
    name: str,
    guess: TypeGuess,
    policy: Policy,
    services: StageServices,
    *,
    with_antivirus: bool = False,
) -> Case:
    """The finished case of a file of a known type. Never raises for what the file is or does."""
    plan = _plan(with_antivirus)
    case = Case(
        id=NAME,
        message=content,
        envelope=Envelope("", (NAME,)),
        policy=policy,
        plan_version=plan.version(),
        judging=plan.judging,
        trace=Trace(plan.names),
    )
    case.root.name, case.root.guess = name, guess
    return await execute(plan, case, services)


def file_of(case: Case) -> Subject:
    """The file itself."""
    return case.subjects[case.root.children[0]]
