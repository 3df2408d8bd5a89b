"""setup.toml: what an appliance has to be told before it can filter mail. Pure.

It is written by the console's menu, or lies on the configuration partition. Everything that the
gateway is told later stands in gateway.toml and policy.toml.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo, field_validator

from gateway.policy import Document, NicMode, OnFailure, load_document
from gateway.policy.setting import Section, setting
from gateway.policy.values import HostName, InterfaceAddress, IpAddress, OptionalAddress, Route

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,15}\Z")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*\Z")
_CRYPT = re.compile(r"\$(y|6|5|2b|gy)\$[A-Za-z0-9./$=,]+\Z")
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_KEY = re.compile(r"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----")


def _nic(text: str) -> str:
    if not text or _NAME.match(text):
        return text
    if _MAC.match(text.lower()):
        return text.lower()
    raise ValueError(f"'{text}' is neither an interface's name nor its address such as 52:54:00:…")


def _zone(text: str) -> str:
    if not _ZONE.match(text):
        raise ValueError(f"'{text}' is no time zone such as Europe/Vienna")
    return text


def _crypt(text: str) -> str:
    if text and not _CRYPT.match(text):
        raise ValueError("is no password hash; make one with `openssl passwd -6`")
    return text


NicRef = Annotated[str, AfterValidator(_nic)]
"""An interface by its name, or by its hardware address, which does not change with the slot."""
Zone = Annotated[str, AfterValidator(_zone)]
PasswordHash = Annotated[str, AfterValidator(_crypt)]


class PairSection(Section):
    """The NIC pair that mail crosses."""

    client: NicRef = setting(
        "",
        "The interface on the side that mail comes from: its name or hardware address.",
        reason="no interface is taken unasked",
        example='"52:54:00:00:00:01"',
    )
    server: NicRef = setting(
        "",
        "The interface on the side of the mail server.",
        reason="as for pair.client",
        example='"52:54:00:00:00:02"',
    )
    mode: NicMode = setting(
        NicMode.BRIDGE,
        "How the two are joined: as a bridge, or with IP routing between them.",
        reason="a bridge goes between two existing machines without changing any address",
    )
    addresses: tuple[InterfaceAddress, ...] = setting(
        (),
        "The bridge's own addresses (mode bridge).",
        reason="inspection needs none",
        example='["192.0.2.1/24"]',
    )
    client_addresses: tuple[InterfaceAddress, ...] = setting(
        (), "Addresses of pair.client (mode routed).", reason="none are invented"
    )
    server_addresses: tuple[InterfaceAddress, ...] = setting(
        (), "Addresses of pair.server (mode routed).", reason="none are invented"
    )
    gateways: tuple[IpAddress, ...] = setting(
        (),
        "Default routers, at most one for IPv4 and one for IPv6.",
        reason="needed only where clients or servers lie behind a router",
        example='["192.0.2.254"]',
    )
    routes: tuple[Route, ...] = setting(
        (),
        "More networks behind the pair, each as 'network via router'; the next hop's, for one.",
        reason="the default routers reach everything else",
    )

    @field_validator("server")
    @classmethod
    def _two_different_nics(cls, server: str, info: ValidationInfo) -> str:
        if server and server == info.data.get("client"):
            raise ValueError(f"'{server}' is pair.client already; a pair needs two interfaces")
        return server


class ManagementSection(Section):
    """A third interface, by which the appliance is looked after. Mail never crosses it."""

    nic: NicRef = setting(
        "",
        "The interface: its name or hardware address; empty: there is none.",
        reason="the console is enough to look after an appliance",
    )
    dhcp: bool = setting(True, "Ask the network for addresses.", reason="most networks give them")
    addresses: tuple[InterfaceAddress, ...] = setting(
        (),
        "Fixed addresses, IPv4 or IPv6.",
        reason="DHCP gives them",
        example='["198.51.100.5/24"]',
    )
    gateways: tuple[IpAddress, ...] = setting(
        (), "Default routers.", reason="DHCP gives them", example='["198.51.100.1"]'
    )
    dns: tuple[IpAddress, ...] = setting(
        (), "Name servers.", reason="DHCP gives them", example='["198.51.100.1"]'
    )


class ReleaseSection(Section):
    """Where mails go that are released from quarantine."""

    relay: OptionalAddress = setting(
        "",
        "A mail server for released mails whose own server cannot be reached any more.",
        reason="a mail goes to the server that its sender meant: there is no next hop to set",
        example='"192.0.2.25"',
    )


class TimeSection(Section):
    """The clock."""

    zone: Zone = setting("UTC", "The time zone.", reason="logs of several machines compare")
    servers: tuple[HostName, ...] = setting(
        (), "Time servers.", reason="Debian's pool is asked where there is a network"
    )


class TlsSection(Section):
    """The certificate shown to mail clients."""

    certificate: str = setting(
        "",
        "The certificate chain itself (PEM), not a path.",
        reason="without one the gateway makes a self-signed certificate",
    )
    key: str = setting("", "Its private key (PEM).", reason="as for tls.certificate")

    @field_validator("certificate")
    @classmethod
    def _is_certificate(cls, certificate: str) -> str:
        if certificate and _CERTIFICATE not in certificate:
            raise ValueError("is no certificate in PEM")
        return certificate

    @field_validator("key")
    @classmethod
    def _belongs_to_certificate(cls, key: str, info: ValidationInfo) -> str:
        if key and not _KEY.search(key):
            raise ValueError("is no private key in PEM")
        if bool(key) != bool(info.data.get("certificate", key)):
            raise ValueError("tls.certificate and tls.key belong together: give both or neither")
        return key


class Setup(Document):
    """What the appliance is told at first."""

    hostname: HostName = setting("sluice", "The machine's name.", reason="a name is needed")
    password: PasswordHash = setting(
        "",
        "Hash of the password of the account `admin`, as `openssl passwd -6` prints it.",
        reason="without one nobody can log in: the console's menu sets it",
    )
    on_failure: OnFailure = setting(
        OnFailure.HOLD,
        "What happens to new connections while the gateway cannot inspect.",
        reason="with hold nothing is lost and nothing passes unseen",
    )
    pair: PairSection = PairSection()
    management: ManagementSection = ManagementSection()
    release: ReleaseSection = ReleaseSection()
    time: TimeSection = TimeSection()
    tls: TlsSection = TlsSection()


def load_setup(text: str, file: str = "setup.toml") -> Setup:
    """The setup that `text` writes down. Raises SettingsError naming every problem."""
    return load_document(Setup, text, file)
