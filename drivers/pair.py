"""The NIC pair as steps of a plan: a bridge, or two routed NICs, and its routes.

Pure: computes steps and their undo from a configuration and a probe. Every undo says the value
that was there before, so that reverting restores exactly that.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from drivers import actions as act
from drivers.actions import AnyAction, Step
from drivers.config import Mode, PairConfig
from drivers.marks import FAMILY_MASK, LOCAL_BIT, SOCKET_BIT, Marks
from drivers.sysctls import write_sysctl
from drivers.topology import Nic

LOCAL_TABLE: Final = 5250
PAIR_TABLE: Final = 5251
"""Our routing tables: one that delivers to this machine, one with the pair's own routes. Beyond
the 255 that distributions name in rt_tables."""

LOCAL_PRIORITY: Final = 5250
SOCKET_PRIORITY: Final = 5251
IIF_PRIORITY: Final = 5252
"""Before the main table (32766), after the kernel's own local table (0)."""

DEFAULTS: Final = ("0.0.0.0/0", "::/0")
FAMILIES: Final[tuple[Literal[4, 6], ...]] = (4, 6)


BRIDGE_SETTINGS: Final = (
    ("net/ipv4/conf/{}/rp_filter", "0"),
    ("net/ipv4/conf/{}/forwarding", "1"),
    ("net/ipv4/conf/{}/send_redirects", "0"),
    ("net/ipv4/conf/{}/arp_ignore", "1"),
    ("net/ipv6/conf/{}/forwarding", "1"),
    ("net/ipv6/conf/{}/accept_ra", "0"),
    ("net/ipv6/conf/{}/accept_dad", "0"),
)
"""The bridge goes away with its settings, so these need no undo. Router advertisements that cross
the pair are not for us; the management address is not told to the pair (arp_ignore)."""


def interface_steps(config: PairConfig, client: Nic, server: Nic, *, ipv6: bool) -> list[Step]:
    """The interfaces that carry addresses and routes, up and addressed: the bridge (its NICs
    join it only at the very end), or the two NICs.

    The bridge's address is the client NIC's, and given to it by us, so that the kernel never
    changes it under the rules that name it.
    """
    if config.mode is Mode.ROUTED:
        return _routed_steps(config, client, server)
    bridge = config.bridge_name
    settings = [
        write_sysctl(key.format(bridge), value)
        for key, value in BRIDGE_SETTINGS
        if ipv6 or "ipv6" not in key
    ]
    add = (act.AddBridge(bridge, client.mac), *settings, act.SetUp(bridge, True))
    return [
        Step("bridge", add, (act.DeleteLink(bridge),)),
        *_address_steps(bridge, config.addresses),
    ]


def join_steps(config: PairConfig, client: Nic, server: Nic) -> list[Step]:
    """Put the NICs into the bridge: from here on frames cross. Nothing to do in routed mode."""
    if config.mode is Mode.ROUTED:
        return []
    return [
        Step(
            f"join {nic.name}",
            (act.SetMaster(nic.name, config.bridge_name), *_up(nic)),
            (*_up_undo(nic), act.SetMaster(nic.name, None)),
        )
        for nic in (client, server)
    ]


def _routed_steps(config: PairConfig, client: Nic, server: Nic) -> list[Step]:
    steps: list[Step] = []
    sides = ((client, config.client_addresses), (server, config.server_addresses))
    for nic, addresses in sides:
        if not nic.up:
            steps.append(Step(f"{nic.name} up", _up(nic), _up_undo(nic)))
        steps += _address_steps(nic.name, addresses)
    return steps


def _address_steps(nic: str, addresses: tuple[str, ...]) -> list[Step]:
    if not addresses:
        return []
    return [
        Step(
            f"addresses of {nic}",
            tuple(act.SetAddress(nic, address, True) for address in addresses),
            tuple(act.SetAddress(nic, address, False) for address in reversed(addresses)),
        )
    ]


def _up(nic: Nic) -> tuple[AnyAction, ...]:
    return () if nic.up else (act.SetUp(nic.name, True),)


def _up_undo(nic: Nic) -> tuple[AnyAction, ...]:
    return () if nic.up else (act.SetUp(nic.name, False),)


def routing_steps(
    config: PairConfig, present: Mapping[str, tuple[str, ...]], *, ipv6: bool
) -> list[Step]:
    """Marked packets to this machine; the workers' and passed packets by the pair's own routes.

    `present` are the addresses that NICs have already: a routed NIC that is given none keeps them.
    """
    marks = Marks(config.mark_base)
    families = FAMILIES if ipv6 else FAMILIES[:1]
    defaults = DEFAULTS if ipv6 else DEFAULTS[:1]
    local = [_route(LOCAL_TABLE, default, "lo", None, local=True) for default in defaults]
    local_rules = [
        _rule(family, LOCAL_PRIORITY, LOCAL_TABLE, marks.base | LOCAL_BIT, FAMILY_MASK | LOCAL_BIT)
        for family in families
    ]
    socket_rules = [
        _rule(family, SOCKET_PRIORITY, PAIR_TABLE, marks.socket, FAMILY_MASK | SOCKET_BIT)
        for family in families
    ]
    ingress = (
        (config.bridge_name,)
        if config.mode is Mode.BRIDGE
        else (config.client_nic, config.server_nic)
    )
    iif_rules = [
        act.SetRule(family, IIF_PRIORITY, PAIR_TABLE, 0, 0, nic, True)
        for nic in ingress
        for family in families
    ]
    return [
        _pairwise("delivery to workers", [*local, *local_rules]),
        _pairwise(
            "routes of the pair",
            [*_pair_routes(config, present, defaults), *socket_rules, *iif_rules],
        ),
    ]


def _pair_routes(
    config: PairConfig, present: Mapping[str, tuple[str, ...]], defaults: tuple[str, ...]
) -> list[act.SetRoute]:
    """The NICs' own networks, the further routes asked for, and a default: the gateway where one
    is given; on a bridge without one, every address is looked for on the wire itself."""
    placed = (
        [(config.bridge_name, config.addresses)]
        if config.mode is Mode.BRIDGE
        else [
            (nic, asked or present.get(nic, ()))
            for nic, asked in (
                (config.client_nic, config.client_addresses),
                (config.server_nic, config.server_addresses),
            )
        ]
    )
    networks = [
        (ipaddress.ip_interface(address).network, nic)
        for nic, addresses in placed
        for address in addresses
    ]
    routes = [
        _route(PAIR_TABLE, str(network), nic, None) for network, nic in dict.fromkeys(networks)
    ]
    wanted = [(route.destination, route.gateway) for route in config.routes]
    wanted += [(DEFAULTS[":" in gateway], gateway) for gateway in config.gateways]
    for destination, gateway in wanted:
        hop = ipaddress.ip_address(gateway)
        nic = next(
            (nic for network, nic in networks if hop.version == network.version and hop in network),
            placed[0][0],
        )
        routes.append(_route(PAIR_TABLE, destination, nic, gateway))
    if config.mode is Mode.BRIDGE:
        have = {destination for destination, _ in wanted}
        routes += [
            _route(PAIR_TABLE, default, config.bridge_name, None)
            for default in defaults
            if default not in have
        ]
    return routes


def _route(
    table: int, destination: str, nic: str, gateway: str | None, *, local: bool = False
) -> act.SetRoute:
    return act.SetRoute(table, destination, nic, gateway, local, True)


def _rule(family: Literal[4, 6], priority: int, table: int, mark: int, mask: int) -> act.SetRule:
    return act.SetRule(family, priority, table, mark, mask, None, True)


def _pairwise(name: str, present: list[act.SetRoute | act.SetRule]) -> Step:
    undo = [_absent(action) for action in reversed(present)]
    return Step(name, tuple(present), tuple(undo))


def _absent(action: act.SetRoute | act.SetRule) -> AnyAction:
    return msgspec.structs.replace(action, present=False)
