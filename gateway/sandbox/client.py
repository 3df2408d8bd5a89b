"""The inspector as its callers see it: give it a content, get a value back, whatever happens.

Used by the worker (which is handed a host's socket) and by `gatewayctl explain` (which starts a
host itself). Runs on the caller's asyncio loop; parses nothing itself. Several calls may be under
way at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from gateway.engines.authentication import (
    SenderAnswer,
    SenderRequest,
    SignaturesAnswer,
    SignaturesRequest,
)
from gateway.engines.authentication.model import Answers
from gateway.engines.identify_model import SecondOpinion, with_second_opinion
from gateway.engines.static.report import StaticReport
from gateway.engines.unpack.model import RATIO_FLOOR, UnpackLimits
from gateway.extraction.locked.words import Hints
from gateway.extraction.switches import DEFAULT_SWITCHES, ExtractSwitches
from gateway.model import BytesContent, Content, TypeGuess
from gateway.sandbox import conversion, untrusted, wire
from gateway.sandbox.calls import Calls, read, read_plain
from gateway.sandbox.contents import FileContent, content_in_file, joined, output_file
from gateway.sandbox.messages import (
    PLAINLY,
    ExamineRequest,
    ExtractRequest,
    IdentifyRequest,
    LockRequest,
    NewMember,
    ParseRequest,
    RepackRequest,
    UnlockRequest,
    UnpackRequest,
)
from gateway.sandbox.plain import (
    CLEANED_AS_TEXT,
    EXAMINED_PLAINLY,
    MAX_PLAIN,
    PLAIN_MS,
    READ_BY_RULES,
    UNPACKED_PLAINLY,
)
from gateway.sandbox.results import (
    Extracted,
    GuestFailed,
    GuestTimedOut,
    NewContent,
    NotLocked,
    ParsedMail,
    Repacked,
    StillLocked,
    Unlocked,
    Unpacked,
)

PARSE_MS: Final = 10_000
UNPACK_MS: Final = 20_000
EXAMINE_MS: Final = 15_000
EXTRACT_MS: Final = 20_000
UNLOCK_MS: Final = 20_000
IDENTIFY_MS: Final = 5_000
"""Budgets where the caller gives none: the defaults of policy's [budgets]."""

TRYING_SHARE: Final = 0.6
"""Of the budget for a password, for trying words: the rest is for the last word and for opening."""

MAX_OPINIONS: Final = 16
"""Second opinions per call, 5 ms each: an archive of a thousand odd files must not take seconds."""

MAX_NAME: Final = 1024
"""Characters of a name that is sent along; a call has to fit its frame."""

DEFAULT_LIMITS: Final = UnpackLimits()

T = TypeVar("T")


class Inspector(Calls):
    """Parses, unpacks, examines, extracts, locks and unlocks, each in guests (see `Calls`)."""

    async def parse(
        self, message: Content, budget_ms: int = PARSE_MS
    ) -> ParsedMail | GuestFailed | GuestTimedOut:
        """Take a mail apart and tell the type of each part."""
        mail = content_in_file(message)
        parsed = await self._parse(mail, ParseRequest(), min(PLAIN_MS, budget_ms))
        if not isinstance(parsed, ParsedMail):
            # A part that breaks its examination must cost that part alone: without glances again.
            parsed = await self._parse(mail, ParseRequest(glances=False), budget_ms)
        if not isinstance(parsed, ParsedMail):
            return parsed
        return await self._with_opinions(parsed)

    async def _parse(
        self, mail: FileContent, request: ParseRequest, budget_ms: int
    ) -> ParsedMail | GuestFailed | GuestTimedOut:
        out = output_file(2 * mail.size, self._spool)
        reply = await self.standing("parse", request, mail, out, budget_ms)
        return read(reply, budget_ms, lambda body: untrusted.parsed_mail(body, mail, out))

    async def unpack(
        self,
        content: Content,
        type_name: str,
        name: str = "",
        limits: UnpackLimits = DEFAULT_LIMITS,
        budget_ms: int = UNPACK_MS,
    ) -> Unpacked | GuestFailed | GuestTimedOut:
        """The files inside a container of type `type_name`."""
        source = content_in_file(content)
        bound = min(limits.total_bytes, max(RATIO_FLOOR, source.size * limits.ratio))
        out = output_file(bound, self._spool)
        request = UnpackRequest(type_name, name[:MAX_NAME], limits)

        def validate(body: bytes) -> tuple[Unpacked, list[int]]:
            return untrusted.contents(body, limits.members, out)

        found: tuple[Unpacked, list[int]] | GuestFailed | GuestTimedOut | None = None
        if type_name in UNPACKED_PLAINLY and source.size <= MAX_PLAIN:
            reply = await self.standing(PLAINLY + "unpack", request, source, out, PLAIN_MS)
            found = read_plain(reply, validate)
        if found is None:
            out = output_file(bound, self._spool)
            request = UnpackRequest(type_name, name[:MAX_NAME], limits, glances=False)
            reply = await self.for_file("unpack", request, source, out, budget_ms)
            found = read(reply, budget_ms, validate)
        if isinstance(found, (GuestFailed, GuestTimedOut)):
            return found
        unpacked, doubtful = found
        return await self._with_member_opinions(unpacked, doubtful)

    async def examine(
        self, content: Content, type_name: str, name: str = "", budget_ms: int = EXAMINE_MS
    ) -> StaticReport | GuestFailed | GuestTimedOut:
        """What the structure of a file of type `type_name` shows without running it."""
        source = content_in_file(content)
        seen = source.glance
        if seen is not None and (seen.type, seen.name) == (type_name, name[:MAX_NAME]):
            return seen.report
        request = ExamineRequest(type_name, name[:MAX_NAME])
        out = output_file(0, self._spool)
        if type_name in EXAMINED_PLAINLY and source.size <= MAX_PLAIN:
            reply = await self.standing(PLAINLY + "examine", request, source, out, PLAIN_MS)
            plain = read_plain(reply, untrusted.static_report)
            if plain is not None:
                return plain
            out = output_file(0, self._spool)
        ask = self.standing if type_name in READ_BY_RULES else self.for_file
        reply = await ask("examine", request, source, out, budget_ms)
        return read(reply, budget_ms, untrusted.static_report)

    async def extract(
        self,
        content: Content,
        type_name: str,
        switches: ExtractSwitches = DEFAULT_SWITCHES,
        budget_ms: int = EXTRACT_MS,
    ) -> Extracted | GuestFailed | GuestTimedOut:
        """A document of type `type_name` without what `switches` name."""
        source = content_in_file(content)
        out = output_file(4 * source.size + RATIO_FLOOR, self._spool)
        request = ExtractRequest(type_name, switches)
        if type_name in CLEANED_AS_TEXT and source.size <= MAX_PLAIN:
            reply = await self.standing("extract", request, source, out, budget_ms)
        else:
            reply = await self.for_file("extract", request, source, out, budget_ms, last=True)
        return read(reply, budget_ms, lambda body: untrusted.extracted(body, out))

    async def convert(
        self,
        content: Content,
        type_name: str,
        switches: ExtractSwitches = DEFAULT_SWITCHES,
        budget_ms: int = EXTRACT_MS,
    ) -> Extracted | GuestFailed | GuestTimedOut:
        """A document or picture of a type in `model.convertible` as a flat PDF."""
        return await conversion.convert(self, content, type_name, switches, budget_ms)

    async def first_page(
        self, content: Content, type_name: str, budget_ms: int
    ) -> bytes | GuestFailed | GuestTimedOut:
        """The first page of a document of a type in `model.convertible.PAGED` as PNG."""
        return await conversion.first_page(self, content, type_name, budget_ms)

    async def repack(
        self,
        archive: Content,
        type_name: str,
        changes: Sequence[NewContent],
        limits: UnpackLimits = DEFAULT_LIMITS,
        budget_ms: int = EXTRACT_MS,
    ) -> Repacked | GuestFailed | GuestTimedOut:
        """A container in which members get the contents of `changes`; all others stay."""
        listed = wire.encode(
            tuple(
                NewMember(c.old.sha256, c.old.size, c.new.size, c.raw_name, c.drop, c.add, c.mime)
                for c in changes
            )
        )
        source = joined((archive, BytesContent(listed), *(change.new for change in changes)))
        sizes = (archive.size, len(listed))
        bounds = (limits.members, limits.member_bytes, limits.total_bytes)
        # Whatever it unpacks to may come out stored; compressors add at most a thousandth.
        bound = min(limits.total_bytes, max(RATIO_FLOOR, archive.size * limits.ratio))
        out = output_file(bound + source.size + RATIO_FLOOR, self._spool)
        request = RepackRequest(type_name, *sizes, *bounds)
        reply = await self.for_file("repack", request, source, out, budget_ms, last=True)
        return read(reply, budget_ms, lambda body: untrusted.repacked(body, out))

    async def unlock(
        self,
        content: Content,
        type_name: str,
        name: str,
        hints: Hints,
        most: int,
        budget_ms: int = UNLOCK_MS,
    ) -> Unlocked | StillLocked | NotLocked | GuestFailed | GuestTimedOut:
        """A file of type `type_name` without the password that protects it, when one of at most
        `most` words from `hints` is it."""
        source = joined((content, BytesContent(wire.encode(hints))))
        # Compressed members of an archive come out compressed by another level.
        out = output_file(2 * content.size + RATIO_FLOOR, self._spool)
        seconds = budget_ms / 1000 * TRYING_SHARE
        request = UnlockRequest(type_name, name[:MAX_NAME], content.size, most, seconds)
        reply = await self.for_file("unlock", request, source, out, budget_ms, last=True)
        return read(reply, budget_ms, lambda body: untrusted.unlocked(body, out))

    async def lock(
        self,
        locked: Content,
        opened: Content,
        content: Content,
        new_type: str,
        password: str,
        budget_ms: int = UNLOCK_MS,
    ) -> FileContent | GuestFailed | GuestTimedOut:
        """`content` of type `new_type`, which `opened` became, locked as `locked` was."""
        source = joined((locked, opened, content))
        out = output_file(2 * content.size + locked.size + RATIO_FLOOR, self._spool)
        request = LockRequest(new_type, password, locked.size, opened.size)
        reply = await self.for_file("lock", request, source, out, budget_ms, last=True)
        return read(reply, budget_ms, lambda body: untrusted.locked(body, out))

    async def identify(
        self, content: Content, name: str = "", budget_ms: int = IDENTIFY_MS
    ) -> TypeGuess | GuestFailed | GuestTimedOut:
        """The type of a content that is no part of a mail (a file dropped in emulation)."""
        source = content_in_file(content)
        request = IdentifyRequest(name[:MAX_NAME])
        out = output_file(0, self._spool)
        reply = await self.for_file("identify", request, source, out, budget_ms)
        found = read(reply, budget_ms, untrusted.identified)
        if isinstance(found, (GuestFailed, GuestTimedOut)):
            return found
        return await self._opinion(found.guess, source) if found.doubtful else found.guess

    async def signatures(
        self, message: Content, answers: Answers, budget_ms: int = PARSE_MS
    ) -> SignaturesAnswer | GuestFailed | GuestTimedOut:
        """The DKIM signatures of a mail, checked with the keys in `answers`, or the keys needed."""
        mail = content_in_file(message)
        out = output_file(0, None)
        reply = await self.standing("signatures", SignaturesRequest(answers), mail, out, budget_ms)
        return read(reply, budget_ms, untrusted.signatures)

    async def sender(
        self, request: SenderRequest, budget_ms: int = PARSE_MS
    ) -> SenderAnswer | GuestFailed | GuestTimedOut:
        """SPF and DMARC of a mail, or the questions that takes."""
        nothing, out = content_in_file(BytesContent(b"")), output_file(0, None)
        reply = await self.standing("sender", request, nothing, out, budget_ms)
        return read(reply, budget_ms, untrusted.sender)

    async def _with_opinions(self, mail: ParsedMail) -> ParsedMail:
        doubtful = [part for part in mail.parts if part.doubtful][:MAX_OPINIONS]
        if not doubtful:
            return mail
        guesses = {part.id: await self._opinion(part.guess, part.content) for part in doubtful}
        parts = tuple(
            replace(part, guess=guesses[part.id]) if part.id in guesses else part
            for part in mail.parts
        )
        return replace(mail, parts=parts)

    async def _with_member_opinions(self, unpacked: Unpacked, doubtful: list[int]) -> Unpacked:
        if not doubtful:
            return unpacked
        children = list(unpacked.children)
        for index in doubtful[:MAX_OPINIONS]:
            child = children[index]
            if child.content is not None:
                guess = await self._opinion(child.guess, child.content)
                children[index] = replace(child, guess=guess)
        return replace(unpacked, children=tuple(children))

    async def _opinion(self, guess: TypeGuess, content: FileContent) -> TypeGuess:
        """The guess with magika's opinion; as it was when that cannot be had."""
        second = await self.second_opinion(
            "opinion", IdentifyRequest(), content, untrusted.second_opinion, IDENTIFY_MS
        )
        return with_second_opinion(guess, second) if isinstance(second, SecondOpinion) else guess
