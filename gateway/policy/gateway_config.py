"""gateway.toml: the machine. NICs, ports, processes, paths; nothing about what mail may do."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ValidationInfo, field_validator

from gateway.policy.document import Document
from gateway.policy.remote_section import RemoteSection
from gateway.policy.setting import Section, setting
from gateway.policy.values import (
    AbsolutePath,
    CpuList,
    InterfaceAddress,
    IpAddress,
    NicName,
    OptionalAddress,
    Route,
)
from gateway.policy.words import LogLevel, NicMode, OnFailure, TlsMode, VlanMode


def _port(port: int) -> int:
    if not 1 <= port <= 65535:
        raise ValueError(f"{port} is no TCP port (1 to 65535)")
    return port


Port = Annotated[int, AfterValidator(_port)]


class NicSection(Section):
    """The pair of network interfaces that mail crosses."""

    client: NicName = setting(
        "",
        "The interface on the side that mail comes from.",
        reason="no interface is taken unasked; the gateway says so and does not start without one",
        example='"eth0"',
    )
    server: NicName = setting(
        "",
        "The interface on the side of the mail server.",
        reason="as for nic.client",
        example='"eth1"',
    )
    mode: NicMode = setting(
        NicMode.BRIDGE,
        "How the two are joined: as a bridge, or with IP routing between them.",
        reason="a bridge goes between two existing machines without changing any address",
    )
    addresses: tuple[InterfaceAddress, ...] = setting(
        (),
        "The bridge's own addresses (mode bridge), by which the gateway is managed.",
        reason="inspection needs none: the gateway speaks with the addresses of both ends",
        example='["192.0.2.10/24", "2001:db8::10/64"]',
    )
    client_addresses: tuple[InterfaceAddress, ...] = setting(
        (),
        "Addresses of nic.client (mode routed).",
        reason="an interface keeps the addresses that it has",
        example='["192.0.2.1/24"]',
    )
    server_addresses: tuple[InterfaceAddress, ...] = setting(
        (),
        "Addresses of nic.server (mode routed).",
        reason="as for nic.client_addresses",
        example='["198.51.100.1/24"]',
    )
    gateways: tuple[IpAddress, ...] = setting(
        (),
        "Default routers, at most one for IPv4 and one for IPv6.",
        reason="needed only where clients or servers lie behind a router",
        example='["192.0.2.1"]',
    )
    routes: tuple[Route, ...] = setting(
        (),
        "More networks behind the pair, each as 'network via router'.",
        reason="the default routers reach everything else",
        example='["10.0.0.0/8 via 192.0.2.254"]',
    )
    vlan: VlanMode = setting(
        VlanMode.PASS,
        "What happens to mail in frames with a VLAN tag: passed on uninspected, or dropped. "
        "Other tagged frames are passed on with their tag.",
        reason="a bridge that swallows tagged frames breaks networks that it was not asked about",
    )

    @field_validator("gateways")
    @classmethod
    def _one_router_each(cls, gateways: tuple[str, ...]) -> tuple[str, ...]:
        families = [":" in gateway for gateway in gateways]
        if len(set(families)) < len(families):
            raise ValueError("at most one default router for IPv4 and one for IPv6")
        return gateways

    @field_validator("server")
    @classmethod
    def _two_different_nics(cls, server: str, info: ValidationInfo) -> str:
        if server and server == info.data.get("client"):
            raise ValueError(f"'{server}' is nic.client already; a pair needs two interfaces")
        return server


class SmtpPortsSection(Section):
    """Which connections are mail, and what the gateway calls itself."""

    ports: tuple[Port, ...] = setting(
        (25,),
        "TCP ports on which servers hand over mail.",
        reason="SMTP's port (RFC 5321 section 4.5.4.2)",
    )
    submission_ports: tuple[Port, ...] = setting(
        (587,),
        "TCP ports on which people's programs hand in mail; AUTH is passed through there.",
        reason="the submission port (RFC 6409 section 3.1)",
    )

    @field_validator("submission_ports")
    @classmethod
    def _ports_have_one_role(cls, ports: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        if both := set(ports) & set(info.data.get("ports", ())):
            raise ValueError(f"port {min(both)} is in smtp.ports already")
        return ports


class TlsSection(Section):
    """STARTTLS."""

    mode: TlsMode = setting(
        TlsMode.TERMINATE,
        "Whether the gateway ends TLS itself, or passes it through unseen.",
        reason="what is passed through cannot be inspected and counts as unscanned",
    )
    certificate: AbsolutePath = setting(
        "",
        "File with the certificate chain (PEM) shown to clients.",
        reason="without one the gateway makes a self-signed certificate on its first start",
        example='"/etc/sluice/tls/fullchain.pem"',
    )
    key: AbsolutePath = setting(
        "",
        "File with the certificate's private key (PEM).",
        reason="as for tls.certificate",
        example='"/etc/sluice/tls/key.pem"',
    )

    @field_validator("key")
    @classmethod
    def _certificate_and_key(cls, key: str, info: ValidationInfo) -> str:
        if "certificate" in info.data and bool(key) != bool(info.data["certificate"]):
            raise ValueError("tls.certificate and tls.key belong together: set both or neither")
        return key


class ResolversSection(Section):
    """The DNS, for the checks of a mail's sender: SPF, DKIM and DMARC."""

    resolvers: tuple[IpAddress, ...] = setting(
        (),
        "DNS servers to ask; empty: nothing is asked, and nothing checked.",
        reason="a gateway asks nobody anything unless it is told whom",
        example='["192.0.2.53", "2001:db8::53"]',
    )
    seconds: int = setting(
        5,
        "Longest time for all questions about one mail; past it nothing is concluded.",
        unit="seconds",
        reason="the sender waits meanwhile; answers come within a tenth of a second",
        at_least=1,
        at_most=60,
    )


class PathsSection(Section):
    """Where the gateway keeps its files."""

    state: AbsolutePath = setting(
        "/var/lib/sluice",
        "Directory of spool, journal, quarantine and certificates; survives a restart.",
        reason="the place for variable state in the Filesystem Hierarchy Standard",
    )
    run: AbsolutePath = setting(
        "/run/sluice",
        "Directory of sockets and process files; may vanish at a restart.",
        reason="the place for run-time files in the Filesystem Hierarchy Standard",
    )


class AntivirusSocketSection(Section):
    """The antivirus daemon."""

    socket: AbsolutePath = setting(
        "/run/clamav/clamd.ctl",
        "The UNIX socket of clamd.",
        reason="where Debian's package clamav-daemon puts it",
    )


class FeedsSection(Section):
    """Local reputation feeds."""

    feeds: AbsolutePath = setting(
        "/var/lib/sluice/feeds",
        "Directory with feed files of hashes and hosts, in the formats of abuse.ch.",
        reason="beside the other state; a timer or an administrator fills it",
    )


class EmulatorSection(Section):
    """The process that runs suspicious files in guests."""

    enabled: bool = setting(
        True,
        "Whether this machine emulates at all.",
        reason="policy decides what is emulated; a machine too small for it is switched off here",
    )
    guest_root: AbsolutePath = setting(
        "/var/lib/sluice/guestroot",
        "Directory with the root file system of the gVisor guests.",
        reason="made by setup from the same Debian release as runsc",
    )
    microvm_guest: AbsolutePath = setting(
        "/var/lib/sluice/microvm",
        "Directory with the virtual machine for Windows programs and documents; need not be there.",
        reason="`./build.sh microvm` makes it; it takes minutes and 1.3 GB",
    )
    concurrency: int = setting(
        2,
        "Guests that run at the same time.",
        unit="guests",
        reason="one guest keeps about one core busy; two hide each other's start",
        at_least=1,
        at_most=256,
    )
    queue: int = setting(
        64,
        "Samples that may wait for a guest; what comes then is unscanned, kind overloaded.",
        unit="samples",
        reason="at a second each, two guests work through 64 within the time that a sender waits",
        at_least=1,
        at_most=10_000,
    )
    cpus: CpuList = setting(
        "",
        "CPUs that guests run on, such as '3' or '2-3'; empty: chosen from the machine.",
        reason="`gatewayctl cores` shows the choice",
        example='"2-3"',
    )


class ReleaseSection(Section):
    """Where a kept mail goes when it is released. New mail goes to the server its sender meant."""

    relay: OptionalAddress = setting(
        "",
        "A mail server that takes released mails whose own server cannot be reached any more; "
        "empty: they stay where they are.",
        reason="the server that a mail was on its way to is still there, as a rule",
        example='"192.0.2.25"',
    )


class DeadlineSection(Section):
    """How long a client waits for the answer to its mail."""

    through_seconds: int = setting(
        240,
        "Longest time between the end of a mail and its answer; past it the answer is 451.",
        unit="seconds",
        reason="well below the 10 minutes of RFC 5321 section 4.5.3.2.6 and below the 5 minutes "
        "after which common clients give up",
        at_least=1,
        at_most=540,
    )


class MachineLimitsSection(Section):
    """What the machine gives to mail at most."""

    connections: int = setting(
        500,
        "Mail connections that one worker serves at the same time; more are answered 421.",
        unit="connections",
        reason="a mail of 1 MiB in memory for each stays below 512 MiB; after 421 senders retry",
        at_least=1,
        at_most=100_000,
    )
    memory_body_bytes: int = setting(
        1_048_576,
        "Mails larger than this are kept in a file, never whole in memory.",
        unit="bytes",
        reason="most mails are smaller; a larger one does not notice the disk",
        at_least=4096,
        at_most=67_108_864,
    )
    inspector_memory_bytes: int = setting(
        536_870_912,
        "Memory that a guest which parses one mail or file may use beyond what it starts with; a "
        "parser that wants more fails, and the file is unscanned.",
        unit="bytes",
        reason="a mail of 50 MiB needs about 150 MiB to be taken apart; up to ten guests of one "
        "worker live at a time",
        at_least=134_217_728,
        at_most=68_719_476_736,
    )


class LogSection(Section):
    """The log."""

    level: LogLevel = setting(
        LogLevel.INFO,
        "The least important lines that are written.",
        reason="one line for each mail and each change of state; debug adds each stage",
    )


class GatewayConfig(Document):
    """The machine: NIC pair, ports, processes, paths. What is done with mail is policy.toml."""

    on_failure: OnFailure = setting(
        OnFailure.HOLD,
        "What happens to new connections while the gateway cannot inspect: held back, so that "
        "senders retry, or let through uninspected. Rules, interceptor, hardware bypass and "
        "watchdog all obey this one setting.",
        reason="with hold nothing is lost and nothing passes unseen",
    )
    workers: int = setting(
        0,
        "Processes that carry mail; 0: one for each core meant for inspection.",
        unit="processes",
        reason="`gatewayctl cores` shows what 0 means on this machine",
        at_least=0,
        at_most=1024,
    )
    nic: NicSection = NicSection()
    smtp: SmtpPortsSection = SmtpPortsSection()
    tls: TlsSection = TlsSection()
    envelope: ResolversSection = ResolversSection()
    paths: PathsSection = PathsSection()
    antivirus: AntivirusSocketSection = AntivirusSocketSection()
    reputation: FeedsSection = FeedsSection()
    emulator: EmulatorSection = EmulatorSection()
    release: ReleaseSection = ReleaseSection()
    remote: RemoteSection = RemoteSection()
    deadline: DeadlineSection = DeadlineSection()
    limits: MachineLimitsSection = MachineLimitsSection()
    log: LogSection = LogSection()
