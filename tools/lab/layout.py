"""The lab's names and addresses: who is where, in bridge mode and in routed mode. Pure.

    sender (eth0) ─── client0 [gw] server0 ─── (eth0) server

All addresses are documentation ranges (RFC 5737, RFC 3849): nothing of the lab can ever be meant
for a real host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.config import Mode, PairConfig
from drivers.errors import DriverError

LAB_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}\Z")
CLIENT_NIC = "client0"
SERVER_NIC = "server0"
END_NIC = "eth0"


@dataclass(frozen=True, slots=True)
class End:
    """One outer end: its namespace, its addresses with prefix, and its routers (routed mode)."""

    namespace: str
    v4: str
    v6: str
    gateway_v4: str | None
    gateway_v6: str | None

    @property
    def ip(self) -> str:
        """The IPv4 address without its prefix length."""
        return self.v4.partition("/")[0]

    @property
    def ip6(self) -> str:
        """The IPv6 address without its prefix length."""
        return self.v6.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything about a lab that follows from its name and mode."""

    name: str
    mode: Mode
    sender: End
    gateway: str
    server: End
    bridge_addresses: tuple[str, ...]
    client_addresses: tuple[str, ...]
    server_addresses: tuple[str, ...]

    @property
    def namespaces(self) -> tuple[str, str, str]:
        return self.sender.namespace, self.gateway, self.server.namespace

    def pair_config(self) -> PairConfig:
        """The pair of this lab with all defaults; use `dataclasses.replace` for others."""
        return PairConfig(
            client_nic=CLIENT_NIC,
            server_nic=SERVER_NIC,
            mode=self.mode,
            addresses=self.bridge_addresses,
            client_addresses=self.client_addresses,
            server_addresses=self.server_addresses,
        )


def layout(name: str, mode: Mode) -> Layout:
    """The lab called `name`; raises `DriverError` for a name that cannot be a namespace's."""
    if not LAB_NAME.match(name):
        raise DriverError(f"{name!r} is no lab name: lower-case letters, digits, '-', at most 20.")
    prefix = f"sluice-{name}"
    if mode is Mode.BRIDGE:
        return Layout(
            name,
            mode,
            End(f"{prefix}-sender", "192.0.2.10/24", "2001:db8::10/64", None, None),
            f"{prefix}-gw",
            End(f"{prefix}-server", "192.0.2.20/24", "2001:db8::20/64", None, None),
            ("192.0.2.1/24", "2001:db8::1/64"),
            (),
            (),
        )
    return Layout(
        name,
        mode,
        End(f"{prefix}-sender", "192.0.2.10/24", "2001:db8:1::10/64", "192.0.2.1", "2001:db8:1::1"),
        f"{prefix}-gw",
        End(
            f"{prefix}-server",
            "198.51.100.20/24",
            "2001:db8:2::20/64",
            "198.51.100.1",
            "2001:db8:2::1",
        ),
        (),
        ("192.0.2.1/24", "2001:db8:1::1/64"),
        ("198.51.100.1/24", "2001:db8:2::1/64"),
    )
