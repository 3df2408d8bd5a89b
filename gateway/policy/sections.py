"""The tables of policy.toml that say which mail is looked at, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Strict

from gateway.policy.setting import Section, required, setting
from gateway.policy.values import AddressPattern, HostName, Network, Sha256, TypeName
from gateway.policy.words import BlockAnswer, ScopeAction, StopAnswer


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
        ("sh", "python", "perl", "javascript", "elf"),
        "File types that are emulated.",
        reason="the types that the guest shipped with the gateway can run",
    )
    budget_seconds: int = setting(
        20,
        "Longest run of one file; past it the guest is ended and what it did is judged.",
        unit="seconds",
        reason="droppers act within seconds; the sender waits meanwhile",
        at_least=1,
        at_most=300,
    )
    stop_after_malicious: bool = setting(
        True,
        "Whether a file that another engine calls malicious is left unemulated.",
        reason="the verdict cannot get worse; false gives a fuller report",
    )


class RemoveSection(Section):
    """What extraction takes out of a document; false leaves it in."""

    macros: bool = setting(
        True, "Macros (VBA projects) of Office documents.", reason="they run programs"
    )
    ole_objects: bool = setting(
        True,
        "Embedded OLE objects and packages of Office documents.",
        reason="they carry programs that open with a double click",
    )
    activex: bool = setting(
        True, "ActiveX controls of Office documents.", reason="they run code of the system"
    )
    dde: bool = setting(
        True,
        "DDE fields and DDE links of Office documents.",
        reason="they start programs without a macro",
    )
    external_links: bool = setting(
        True,
        "Links to templates, frames and objects elsewhere that Office documents load by "
        "themselves; links that a person clicks stay.",
        reason="they fetch code after inspection, and tell the sender who read the document",
    )
    pdf_javascript: bool = setting(
        True, "JavaScript of PDF documents.", reason="most attacks on PDF readers need it"
    )
    pdf_actions: bool = setting(
        True,
        "Actions of PDF documents that act by themselves: open, launch, submit, import.",
        reason="they start programs and send data when the document is opened",
    )
    pdf_embedded_files: bool = setting(
        True, "Files embedded in PDF documents.", reason="they hide files from inspection"
    )
    pdf_rich_media: bool = setting(
        True, "Flash, video, sound and 3D in PDF documents.", reason="they feed old decoders"
    )
    pdf_xfa: bool = setting(
        True, "XFA forms of PDF documents.", reason="they carry scripts of their own"
    )
    pdf_uri: bool = setting(
        False,
        "Links to web pages in PDF documents.",
        reason="reputation looks them up, and invoices without links are returned by readers",
    )


class ExtractSection(Section):
    """Threat extraction: taking out of documents what could act, keeping their format."""

    enabled: bool = setting(
        True,
        "Whether documents are extracted.",
        reason="what was taken out cannot harm, known or not",
    )
    types: tuple[TypeName, ...] = setting(
        (
            *("pdf", "docx", "docm", "dotx", "dotm"),
            *("xlsx", "xlsm", "xltx", "xltm"),
            *("pptx", "pptm", "ppsx", "ppsm", "potx", "potm"),
        ),
        "File types that are extracted.",
        reason="the types whose format the gateway can write back",
    )
    wait_for_emulate: bool = setting(
        False,
        "Whether extraction waits for emulation of the same file and is skipped when that finds "
        "it malicious.",
        reason="the two do not need each other; side by side they answer sooner",
    )
    failed: StopAnswer = setting(
        StopAnswer.QUARANTINE,
        "What is done when a document that was to be extracted for a recipient could not be. "
        "The original is not delivered.",
        reason="a damaged document fails again at each retry; an administrator can release it",
    )
    remove: RemoveSection = RemoveSection()


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


class BudgetSection(Section):
    """How long one stage may work on one part; past it the guest is ended from outside."""

    parse_ms: int = setting(
        10_000,
        "Taking a mail apart into its MIME parts.",
        unit="milliseconds",
        reason="a mail of 50 MiB takes below one second",
        at_least=100,
        at_most=300_000,
    )
    identify_ms: int = setting(
        5_000,
        "Telling a part's type.",
        unit="milliseconds",
        reason="takes below 10 ms; the rest is for a machine under load",
        at_least=100,
        at_most=300_000,
    )
    unpack_ms: int = setting(
        20_000,
        "Unpacking one archive.",
        unit="milliseconds",
        reason="the largest archive within limits unpacks in a few seconds",
        at_least=100,
        at_most=300_000,
    )
    antivirus_ms: int = setting(
        30_000,
        "One scan by clamd.",
        unit="milliseconds",
        reason="clamd's own MaxScanTime is 120 s; a mail cannot wait for that",
        at_least=100,
        at_most=300_000,
    )
    static_ms: int = setting(
        15_000,
        "Analysing one file.",
        unit="milliseconds",
        reason="takes a few milliseconds at the median; large workbooks need seconds",
        at_least=100,
        at_most=300_000,
    )
    extract_ms: int = setting(
        20_000,
        "Extracting one document.",
        unit="milliseconds",
        reason="a PDF of 1,000 pages takes a few seconds",
        at_least=100,
        at_most=300_000,
    )


class LimitsSection(Section):
    """How much of a mail is taken apart; what lies beyond is unscanned, kind over_limit."""

    message_bytes: int = setting(
        52_428_800,
        "Largest mail that is taken; announced to clients with SIZE.",
        unit="bytes",
        reason="50 MiB: above what large mail services send (Gmail: 25 MB of files, a third more "
        "in base64)",
        at_least=65_536,
        at_most=2_147_483_647,
    )
    depth: int = setting(
        12,
        "Containers inside containers: archives, mails, documents with embedded files.",
        unit="levels",
        reason="amavis takes 14, ClamAV 17; honest mail hardly needs 5",
        at_least=1,
        at_most=64,
    )
    members: int = setting(
        2_000,
        "Parts of one mail, of all levels together.",
        unit="parts",
        reason="amavis takes 3,000, ClamAV 10,000; every part costs a row for each stage",
        at_least=1,
        at_most=100_000,
    )
    unpacked_bytes: int = setting(
        268_435_456,
        "Bytes of all parts of one mail after unpacking.",
        unit="bytes",
        reason="256 MiB, five times the largest mail; ClamAV scans 400 MiB",
        at_least=1_048_576,
        at_most=17_179_869_184,
    )
    ratio: int = setting(
        250,
        "Unpacked size of one archive divided by its packed size, counted from 1 MiB unpacked.",
        unit="times",
        reason="log files reach 100, deflate's maximum is 1,032; bombs live near it",
        at_least=2,
        at_most=100_000,
    )
