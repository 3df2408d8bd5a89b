"""policy.toml: what is done with mail. The whole document, and its tables of answers."""

from __future__ import annotations

from gateway.policy.delivered_sections import BannerSection, OriginalsSection
from gateway.policy.document import Document
from gateway.policy.extract_section import ExtractSection
from gateway.policy.limit_sections import BudgetSection, LimitsSection
from gateway.policy.password_section import PasswordSection
from gateway.policy.sections import (
    AntivirusSection,
    CacheSection,
    EmulateSection,
    EnvelopeSection,
    ListsSection,
    RecipientSection,
    ReputationSection,
    ScopeSection,
    StaticSection,
    SteeringSection,
)
from gateway.policy.setting import Section, setting
from gateway.policy.values import HeaderText, NamePrefix
from gateway.policy.words import Answer, FinalAnswer, HeaderWhen, Repair, UnscannedKind


class VerdictSection(Section):
    """What is done with a mail by what is believed of it."""

    malicious: FinalAnswer = setting(
        FinalAnswer.REJECT,
        "A mail with a malicious part.",
        reason="a sender in good faith learns it at once (550); nobody else reads the answer",
    )
    suspicious: Answer = setting(
        Answer.QUARANTINE,
        "A mail with a suspicious part that extraction did not make harmless.",
        reason="suspicion is wrong at times: somebody has to be able to release the mail",
    )
    suspicious_extracted: Answer = setting(
        Answer.DELIVER,
        "A mail whose suspicious parts were all made harmless by extraction.",
        reason="what raised the suspicion has been taken out",
    )


class UnscannedSection(Section):
    """What is done with a mail about which a question stayed open. Unscanned is not clean.

    Where several kinds apply the strictest counts: reject, tempfail, quarantine, deliver.
    """

    encrypted: Answer = setting(
        Answer.QUARANTINE,
        "A part cannot be read without a key.",
        reason="passwords sent along with an archive are a common disguise of malware",
    )
    over_limit: Answer = setting(
        Answer.QUARANTINE,
        "A part exceeds a limit of [limits].",
        reason="a bomb would only come again; an honest large archive can be released",
    )
    unavailable: Answer = setting(
        Answer.TEMPFAIL,
        "An engine does not answer now, clamd for example.",
        reason="the sender retries within minutes, and the engine will be back",
    )
    overloaded: Answer = setting(
        Answer.TEMPFAIL,
        "Too many samples wait for a guest of the emulator (emulator.queue).",
        reason="the sender retries within minutes; the line is shorter then",
    )
    background: Answer = setting(
        Answer.DELIVER,
        "A file is emulated after the mail has gone on (emulate.received, emulate.submitted).",
        reason="policy wanted it so; any other answer makes the background pointless",
    )
    unsupported: Answer = setting(
        Answer.QUARANTINE,
        "Nothing here can run or open a type that acts, such as a Windows program.",
        reason="programs hardly ever come by mail in good faith, and nobody looked at this one",
    )
    disabled: Answer = setting(
        Answer.DELIVER,
        "Policy switched a stage off, or bypasses the type.",
        reason="policy wanted it so; the trace and the X-Sluice header say it",
    )
    failed: Answer = setting(
        Answer.TEMPFAIL,
        "A stage broke while working on a part.",
        reason="most breakdowns are the machine's and do not repeat",
    )
    timed_out: Answer = setting(
        Answer.TEMPFAIL,
        "A stage took longer than its budget.",
        reason="under less load the retry may get through",
    )

    def answer(self, kind: UnscannedKind) -> Answer:
        """The answer to a question of `kind`."""
        answer: Answer = getattr(self, kind.value)
        return answer


class MailSection(Section):
    """What the gateway writes into delivered mail."""

    header: HeaderWhen = setting(
        HeaderWhen.NOTABLE,
        "Which mails get X-Sluice header fields: all, those that are notable (changed, or not "
        "clean), or none.",
        reason="a clean mail is delivered byte for byte; what was not scanned is never silent",
    )
    subject_tag: HeaderText = setting(
        "",
        "Text put before the subject of notable mails.",
        reason="a changed subject breaks DKIM signatures",
        example='"[not scanned]"',
    )
    name_prefix: NamePrefix = setting(
        "",
        "Text put before the names of changed attachments.",
        reason="people look for their files by name",
        example='"cleaned-"',
    )


class SmtpSection(Section):
    """Input that breaks the rules of SMTP. It never reaches the mail server as it came."""

    bare_line_ends: Repair = setting(
        Repair.REFUSE,
        "A CR or LF alone: refused, or re-encoded as CRLF.",
        reason="mail servers never send them; SMTP smuggling does",
    )
    overlong_lines: Repair = setting(
        Repair.REENCODE,
        "Lines of more than 998 characters (RFC 5322 section 2.1.1): refused, or folded.",
        reason="common newsletters have them, and mail servers fold them, too",
    )
    eight_bit_headers: Repair = setting(
        Repair.REENCODE,
        "Header fields with 8-bit characters without SMTPUTF8: refused, or re-encoded (RFC 2047).",
        reason="old programs send them in good faith",
    )


class QuarantineSection(Section):
    """Mail kept for an administrator."""

    days: int = setting(
        30,
        "Days until a quarantined mail is deleted.",
        unit="days",
        reason="a month covers holidays; stored mail is personal data",
        at_least=1,
        at_most=3650,
    )


class JournalSection(Section):
    """The record of every mail's inspection."""

    days: int = setting(
        90,
        "Days until a mail's trace is deleted.",
        unit="days",
        reason="questions about a mail come within weeks; addresses and subjects are personal data",
        at_least=1,
        at_most=3650,
    )


class Policy(Document):
    """What is done with mail. The machine's own settings are gateway.toml."""

    steering: SteeringSection = SteeringSection()
    scope: ScopeSection = ScopeSection()
    lists: ListsSection = ListsSection()
    envelope: EnvelopeSection = EnvelopeSection()
    cache: CacheSection = CacheSection()
    reputation: ReputationSection = ReputationSection()
    passwords: PasswordSection = PasswordSection()
    antivirus: AntivirusSection = AntivirusSection()
    static: StaticSection = StaticSection()
    emulate: EmulateSection = EmulateSection()
    extract: ExtractSection = ExtractSection()
    verdict: VerdictSection = VerdictSection()
    unscanned: UnscannedSection = UnscannedSection()
    limits: LimitsSection = LimitsSection()
    budgets: BudgetSection = BudgetSection()
    smtp: SmtpSection = SmtpSection()
    mail: MailSection = MailSection()
    banner: BannerSection = BannerSection()
    originals: OriginalsSection = OriginalsSection()
    quarantine: QuarantineSection = QuarantineSection()
    journal: JournalSection = JournalSection()
    recipients: tuple[RecipientSection, ...] = setting(
        (),
        "Recipients who are treated differently.",
        reason="everybody is protected alike unless policy says otherwise",
    )
