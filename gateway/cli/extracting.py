"""extract: files without what can act, by the stages and the confined guests that clean mail.

Hostile bytes are parsed by an inspector of our own, never in this process, as `explain` does it.
A file that could not be cleaned gets no result.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from gateway.cli.exits import CliError, Exit
from gateway.cli.explaining import NowhereHop, engines_of
from gateway.cli.extract_files import Job, read_file, remove_results, result_path, write_result
from gateway.cli.inspecting import inspector_host
from gateway.daemon.detonator import Detonator
from gateway.daemon.mailservices import MailServices
from gateway.extraction import EXTRACTORS
from gateway.model.convertible import CONVERTIBLE
from gateway.policy import ExtractMethod, GatewayConfig, Policy, Suspicion
from gateway.sandbox import HostProcess, Inspector, content_from_bytes
from gateway.stages.files import ExtractedFile, FileStatus, extract_file

T = TypeVar("T")


class Method(StrEnum):
    """How a file is made harmless."""

    CLEAN = "clean"
    CONVERT = "convert"


class Removed(msgspec.Struct, frozen=True):
    """One thing that was taken out."""

    what: str
    where: str
    why: str


class FileAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file's answer as `--json` prints it. `ms`: from bytes to result, in milliseconds;
    `error` is there only when there is no result."""

    file: str
    type: str
    method: Method
    status: FileStatus
    removed: list[Removed]
    ms: float
    error: str = ""


class Answered(msgspec.Struct, frozen=True):
    """An answer, and the sizes in bytes that only people are shown."""

    answer: FileAnswer
    size: int = 0
    new_size: int = 0


def extract_all(
    jobs: Sequence[Job],
    method: Method,
    config: GatewayConfig,
    policy: Policy,
    tell: Callable[[Answered], None],
) -> bool:
    """Work on `jobs`, one after the other, and `tell` each answer; whether all have a result.

    Raises CliError when the inspector cannot be started, or an old result cannot be removed.
    """
    _remove_old(jobs)
    with (
        inspector_host(config) as host,
        tempfile.TemporaryDirectory(prefix="sluice-extract-") as directory,
        closing(Detonator(config, Path(directory))) as emulator,
    ):
        work = _Work(config, policy_for_files(policy, method), method, emulator)
        return asyncio.run(work.run(host, jobs, tell))


def policy_for_files(policy: Policy, method: Method = Method.CLEAN) -> Policy:
    """`policy` with extraction on for every type that there is an extractor for: who names a file
    wants it extracted, by `method` where that can be done."""
    types = {*policy.extract.types, *(name for each in EXTRACTORS for name in each.TYPES)}
    change: dict[str, object] = {"enabled": True, "from_suspicion": Suspicion.ALWAYS}
    change["methods"] = {}
    if method is Method.CONVERT:
        types |= CONVERTIBLE
        change["methods"] = dict.fromkeys(CONVERTIBLE, ExtractMethod.CONVERT)
    change["types"] = tuple(sorted(types))
    section = policy.extract.model_copy(update=change)
    return policy.model_copy(update={"extract": section})


class _Work:
    """What all files of one run share."""

    def __init__(
        self, config: GatewayConfig, policy: Policy, method: Method, emulator: Detonator
    ) -> None:
        self._config = config
        self._policy = policy
        self._method = method
        self._emulator = emulator

    async def run(
        self, host: HostProcess, jobs: Sequence[Job], tell: Callable[[Answered], None]
    ) -> bool:
        inspector = Inspector(host.socket)
        try:
            await inspector.warm_up(opinion=False)
            engines = engines_of(self._config, inspector, self._emulator)
            services = MailServices(engines, NowhereHop())
            complete = True
            for job in jobs:
                answered = await self._answer(job, services)
                complete &= answered.answer.status.has_content
                tell(answered)
            return complete
        finally:
            inspector.close()

    async def _answer(self, job: Job, services: MailServices) -> Answered:
        try:
            data = read_file(job.source, self._policy.limits.message_bytes)
        except (OSError, ValueError) as error:
            made = ExtractedFile("unknown", FileStatus.FAILED, error=_sentence(error))
            return self._answered(job, made, 0, 0.0)
        started = time.perf_counter()
        content = content_from_bytes(data)
        made = await extract_file(content, job.source.name, self._policy, services)
        ms = (time.perf_counter() - started) * 1000
        if made.content is not None:
            try:
                write_result(result_path(job, made.type, made.new_type), made.content)
            except OSError as error:
                sentence = f"the result cannot be written: {_sentence(error)}"
                made = ExtractedFile(made.type, FileStatus.FAILED, error=sentence)
        return self._answered(job, made, len(data), ms)

    def _answered(self, job: Job, made: ExtractedFile, size: int, ms: float) -> Answered:
        answer = FileAnswer(
            file=job.name,
            type=made.type,
            method=self._method,
            status=made.status,
            removed=[Removed(each.what, each.where, each.why) for each in made.removed],
            ms=round(ms, 1),
            error=made.error,
        )
        return Answered(answer, size, made.content.size if made.content is not None else 0)


def _remove_old(jobs: Sequence[Job]) -> None:
    for job in jobs:
        try:
            remove_results(job)
        except OSError as error:
            sentence = f"the old result {job.target} cannot be removed: {_sentence(error)}"
            raise CliError(Exit.FILE, sentence) from None


def _sentence(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
