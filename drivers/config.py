"""What the administrator may choose about the NIC pair: plain values, checked when built.

Pure: reads nothing from the machine. Whether the named NICs exist and are free is asked by
`drivers.plan`, which sees a probe of the machine.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from dataclasses import dataclass

from drivers.errors import DriverError

IFNAME = re.compile(r"[A-Za-z0-9_.-]{1,15}\Z")
"""Interface names we accept: the kernel's limit is 15 bytes (IFNAMSIZ 16 with its NUL). The
alphabet is narrower than the kernel's, because names are written into rule text."""

MAX_WORKERS = 256
"""More than any machine we plan for has inspection cores; bounds ports, queues and rules."""

DEFAULT_LISTENER_BASE = 12500
"""First listener port. Below the ephemeral range (32768), and not 10024/10025, which other
mail filters use."""

DEFAULT_MARK_BASE = 0x5C000000
"""High half of every packet mark we set; the low half is laid out in `drivers.marks`."""


class Mode(enum.StrEnum):
    """How the two NICs are joined."""

    BRIDGE = "bridge"
    ROUTED = "routed"


class OnFailure(enum.StrEnum):
    """What happens to new connections while nobody can inspect them."""

    HOLD = "hold"
    BYPASS = "bypass"


class VlanPolicy(enum.StrEnum):
    """What happens to tagged frames that carry an intercepted port: we cannot look into them."""

    PASS = "pass"
    DROP = "drop"


class Side(enum.StrEnum):
    """The NIC on which a connection's first packet came in."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Route:
    """One more network that lies behind the pair: `destination` through the router `gateway`."""

    destination: str
    gateway: str

    def __post_init__(self) -> None:
        network = _network(self.destination)
        if network.version != _address(self.gateway).version:
            raise DriverError(f"The route to {self.destination} has a gateway of another family.")


@dataclass(frozen=True, slots=True)
class PairConfig:
    """The NIC pair and its interception, as asked for.

    `addresses` are the bridge's own (bridge mode); `client_addresses` and `server_addresses` are
    the NICs' (routed mode; a NIC that has none here keeps what it already has). All are written
    `192.0.2.1/24`. `gateways` names at most one default router per family. `ports` are the TCP
    ports intercepted, `intercept_from` the sides from which connections are taken. Worker `k`
    listens on `listener_base + k`, on IPv4 and on IPv6; queue `k` is `queue_base + k`.

    Raises `DriverError` for values that contradict each other.
    """

    client_nic: str
    server_nic: str
    mode: Mode = Mode.BRIDGE
    bridge_name: str = "sluice0"
    addresses: tuple[str, ...] = ()
    client_addresses: tuple[str, ...] = ()
    server_addresses: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    ports: tuple[int, ...] = (25,)
    intercept_from: tuple[Side, ...] = (Side.CLIENT, Side.SERVER)
    workers: int = 1
    queue_base: int = 0
    listener_base: int = DEFAULT_LISTENER_BASE
    mark_base: int = DEFAULT_MARK_BASE
    on_failure: OnFailure = OnFailure.HOLD
    vlan: VlanPolicy = VlanPolicy.PASS

    def __post_init__(self) -> None:
        self._check_names()
        self._check_addresses()
        self._check_numbers()

    def _check_names(self) -> None:
        for name in (self.client_nic, self.server_nic, self.bridge_name):
            if not IFNAME.match(name):
                raise DriverError(f"{name!r} is not a network interface name.")
        if self.client_nic == self.server_nic:
            raise DriverError(
                f"The client side and the server side are both {self.client_nic}; "
                "the pair needs two different NICs."
            )
        if self.mode is Mode.BRIDGE and self.bridge_name in (self.client_nic, self.server_nic):
            raise DriverError(f"The bridge cannot have the name of its own NIC {self.bridge_name}.")

    def _check_addresses(self) -> None:
        for text in (*self.addresses, *self.client_addresses, *self.server_addresses):
            _interface(text)
        versions = [_address(gateway).version for gateway in self.gateways]
        if len(set(versions)) != len(versions):
            raise DriverError("There can be only one gateway per address family.")
        if self.mode is Mode.BRIDGE and (self.client_addresses or self.server_addresses):
            raise DriverError("A bridge has addresses of its own; its NICs cannot have any.")
        if self.mode is Mode.ROUTED and self.addresses:
            raise DriverError("A routed pair has addresses on its NICs, not on a bridge.")

    def _check_numbers(self) -> None:
        if not 1 <= self.workers <= MAX_WORKERS:
            raise DriverError(f"The number of workers must be 1 to {MAX_WORKERS}.")
        if not self.ports or not all(1 <= port <= 65535 for port in self.ports):
            raise DriverError("Intercepted ports must be 1 to 65535, and at least one.")
        if not self.intercept_from:
            raise DriverError("Connections must be intercepted from at least one side.")
        last_port = self.listener_base + MAX_WORKERS - 1
        if not 1024 <= self.listener_base <= last_port <= 65535:
            raise DriverError(f"The listener ports must lie in 1024 to {65536 - MAX_WORKERS}.")
        if any(self.listener_base <= port <= last_port for port in self.ports):
            raise DriverError("An intercepted port lies among the workers' listener ports.")
        if not 0 <= self.queue_base <= 65535 - MAX_WORKERS:
            raise DriverError(f"The first queue must be 0 to {65535 - MAX_WORKERS}.")
        if self.mark_base & 0xFFFF or not 0x10000 <= self.mark_base <= 0xFFFF0000:
            raise DriverError("The mark base must be a non-zero 32-bit value with low half zero.")


def _interface(text: str) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
    try:
        return ipaddress.ip_interface(text)
    except ValueError:
        raise DriverError(f"{text!r} is not an address such as 192.0.2.1/24.") from None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise DriverError(f"{text!r} is not a network such as 192.0.2.0/24.") from None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise DriverError(f"{text!r} is not an address such as 192.0.2.1.") from None
