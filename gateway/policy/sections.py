"""The tables of policy.toml that say which mail is looked at, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Strict

from gateway.policy.await_sections import AwaitReceivedSection, AwaitSubmittedSection
from gateway.policy.setting import Section, required, setting
from gateway.policy.values import AddressPattern, HostName, Network, Sha256, TypeName
from gateway.policy.words import BlockAnswer, FailMeans, ScopeAction


class SteeringSection(Section):
    """What the interceptor decides before a connection is seen as mail."""

    pass_networks: tuple[Network, ...] = setting(
        (),
        "Client networks whose connections are passed on without inspection.",
        reason="nothing passes unseen unless it is listed",
        example='["192.0.2.0/28"]',
    )
    drop_networks: tuple[Network, ...] = setting(
        (),
        "Client networks whose mail connections are dropped.",
        reason="a firewall's work; this list is for what has to stop now",
        example='["198.51.100.7/32"]',
    )


class ScopeSection(Section):
    """What the plan does with files of a type."""

    default: ScopeAction = setting(
        ScopeAction.INSPECT,
        "What is done with types that scope.types does not name.",
        reason="every type is inspected unless policy names it",
    )
    types: Mapping[TypeName, Annotated[ScopeAction, Strict(False)]] = setting(
        {},
        "File types that are inspected, bypassed (they count as unscanned, kind disabled) or "
        "blocked.",
        reason="files are judged by what they contain; to forbid types is a rule of the house",
        example='{ msi = "block", video = "bypass" }',
    )
    blocked: BlockAnswer = setting(
        BlockAnswer.REJECT,
        "What is done with a mail that holds a blocked type, or is blocked by [lists].",
        reason="the sender learns at once that such files are not taken here",
    )


class ListsSection(Section):
    """What is always let through and what never; a block outweighs an allow."""

    allow_hashes: tuple[Sha256, ...] = setting(
        (),
        "SHA-256 digests of files that are clean, whatever engines say.",
        reason="no file is trusted unread",
    )
    block_hashes: tuple[Sha256, ...] = setting(
        (),
        "SHA-256 digests of files that are never taken.",
        reason="filled in an incident, before signatures exist",
    )
    allow_senders: tuple[AddressPattern, ...] = setting(
        (),
        "Envelope senders whose mail is not blocked by sender or host; files are inspected anyway.",
        reason="a sender's address is easily forged",
        example='["*@example.org"]',
    )
    block_senders: tuple[AddressPattern, ...] = setting(
        (),
        "Envelope senders whose mail is never taken.",
        reason="blocking senders is the work of spam filters; this list is for what they miss",
        example='["*@example.net"]',
    )
    allow_hosts: tuple[HostName, ...] = setting(
        (),
        "Hosts and domains whose links are not looked up; each stands for its subdomains, too.",
        reason="the house's own domains belong here",
        example='["example.org"]',
    )
    block_hosts: tuple[HostName, ...] = setting(
        (),
        "Hosts and domains that no link may lead to.",
        reason="filled in an incident, before feeds know them",
        example='["example.net"]',
    )


class EnvelopeSection(Section):
    """SPF, DKIM and DMARC: what a failed check means. They are made where gateway.toml names a
    resolver (envelope.resolvers); whatever they say stands in the trace."""

    spf_fail: FailMeans = setting(
        FailMeans.NOTE,
        "What it means when the client must not send for the sender's domain: noted only, the mail "
        "is suspicious, or it is blocked (scope.blocked).",
        reason="forwarded mail fails it in good faith",
    )
    dkim_fail: FailMeans = setting(
        FailMeans.NOTE,
        "What it means when no signature of a signed mail fits.",
        reason="mailing lists break signatures; RFC 6376 wants such mail treated as unsigned",
    )
    dmarc_fail: FailMeans = setting(
        FailMeans.NOTE,
        "What it means when nothing bears out the domain in From, and that domain has a record.",
        reason="most mail servers behind a gateway decide this themselves",
    )


class CacheSection(Section):
    """Verdicts remembered by a file's digest."""

    enabled: bool = setting(
        True,
        "Whether a verdict reached before on the same bytes, plan and policy is used again.",
        reason="newsletters and forwarded files come a thousand times; unscanned is never cached",
    )
    max_age_hours: int = setting(
        24,
        "Age at which a remembered verdict is forgotten.",
        unit="hours",
        reason="signatures and feeds change daily: yesterday's clean deserves a new look",
        at_least=1,
        at_most=8760,
    )


class ReputationSection(Section):
    """Look-up of hashes, hosts and links in local feeds."""

    enabled: bool = setting(
        True,
        "Whether files and links are looked up.",
        reason="it costs microseconds and sends nothing anywhere",
    )


class AntivirusSection(Section):
    """Scan by clamd."""

    enabled: bool = setting(
        True,
        "Whether files are scanned for known viruses; a clamd that is down is unavailable, "
        "never clean.",
        reason="what is known needs no emulation",
    )


class StaticSection(Section):
    """Reading a file's structure without running it: rules, macros, PDF features."""

    enabled: bool = setting(
        True,
        "Whether files are analysed.",
        reason="it also finds what extraction is to remove",
    )


class EmulateSection(Section):
    """Threat emulation: running a file in an isolated guest and judging what it does."""

    enabled: bool = setting(
        True,
        "Whether files are emulated.",
        reason="new malware is known by what it does, not by its signature",
    )
    types: tuple[TypeName, ...] = setting(
        (
            *("sh", "python", "perl", "javascript", "elf", "vbscript", "wsf", "hta"),
            *("powershell", "batch"),
            *("docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam"),
            *("pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ole-doc", "ole-xls", "ole-ppt"),
            *("ole", "rtf", "pdf"),
        ),
        "File types that are emulated.",
        reason="the types that an environment shipped with the gateway can run",
    )
    opened: tuple[TypeName, ...] = setting(
        (),
        "Types of documents that LibreOffice opens in the virtual machine as well, where the first "
        "environment found nothing bad; the worse answer counts.",
        reason="it takes some seconds for each document, and a virtual machine (./build.sh "
        "microvm); without one they are unscanned",
        example='["docx", "xlsx", "pdf"]',
    )
    budget_seconds: int = setting(
        20,
        "Longest run of one file; past it the guest is ended and what it did is judged.",
        unit="seconds",
        reason="droppers act within seconds; the sender waits meanwhile",
        at_least=1,
        at_most=300,
    )
    mail_seconds: int = setting(
        120,
        "Longest run of all files of one mail together; what is left then is unscanned, kind "
        "over_limit.",
        unit="seconds",
        reason="half of the deadline within which a mail is answered",
        at_least=1,
        at_most=3600,
    )
    chain_depth: int = setting(
        3,
        "How many files may run one because of the other: a script that drops a program is 1. "
        "Further down they are unscanned, kind over_limit.",
        unit="files",
        reason="mail, script, loader, program: chains of attacks end there",
        at_least=0,
        at_most=16,
    )
    chain_files: int = setting(
        64,
        "Files of one mail that are followed after others made, fetched or handed them on.",
        unit="files",
        reason="a dropper leaves a handful; an installer some tens",
        at_least=0,
        at_most=1000,
    )
    stop_after_malicious: bool = setting(
        True,
        "Whether a file that another engine calls malicious is left unemulated.",
        reason="the verdict cannot get worse; false gives a fuller report",
    )
    received: AwaitReceivedSection = AwaitReceivedSection()
    submitted: AwaitSubmittedSection = AwaitSubmittedSection()


class RecipientSection(Section):
    """Recipients who are treated differently; the first table that matches counts.

    One recipient's exception never changes what another receives.
    """

    match: tuple[AddressPattern, ...] = required(
        "Address patterns, in which * stands for any characters.",
        reason="a table that matches nobody would do nothing",
        example='["*@example.org"]',
    )
    inspect: bool = setting(
        True,
        "Whether a verdict changes what these recipients get; false delivers everything to them "
        "as it came.",
        reason="only a mailbox for samples or abuse reports wants otherwise",
    )
    extract: bool = setting(
        True,
        "Whether these recipients get extracted documents in place of the originals.",
        reason="extraction protects best where nobody is left out",
    )
