"""[limits] and [budgets] of policy.toml: how much is taken apart, and how long it may take."""

from __future__ import annotations

from gateway.policy.setting import Section, setting


class BudgetSection(Section):
    """How long one stage may work on one part; past it the guest is ended from outside."""

    parse_ms: int = setting(
        10_000,
        "Taking a mail apart into its MIME parts, and telling the type of each.",
        unit="milliseconds",
        reason="a mail of 50 MiB takes below one second",
        at_least=100,
        at_most=300_000,
    )
    identify_ms: int = setting(
        5_000,
        "Telling the type of a file that came in no mail (`gatewayctl extract`); for parts of "
        "mails it is within parse_ms and unpack_ms.",
        unit="milliseconds",
        reason="takes below 10 ms; the rest is for a machine under load",
        at_least=100,
        at_most=300_000,
    )
    unpack_ms: int = setting(
        20_000,
        "Unpacking one archive, and telling the type of each member.",
        unit="milliseconds",
        reason="the largest archive within limits unpacks in a few seconds",
        at_least=100,
        at_most=300_000,
    )
    unlock_ms: int = setting(
        20_000,
        "Trying passwords on one file and opening it, and locking it again.",
        unit="milliseconds",
        reason="200 words on an Office document of today take about 20 s; trying ends at three "
        "fifths",
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
