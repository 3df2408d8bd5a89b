"""From a configuration and a probe to an ordered list of steps, each with its undo. Pure.

All objections are raised here, before anything is touched: a configuration that does not fit the
machine gives one `DriverError`, whose sentence says what is wrong.

Order: first the settings, then the rules, then the interfaces and routes, and the NICs join the
bridge last. So there is no moment at which a frame crosses without the rules, and, as undo runs
backwards, none while the pair is taken down either.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from drivers import actions as act
from drivers import pair, rules_iptables, rules_nft
from drivers.actions import Feature, Step
from drivers.config import Mode, PairConfig
from drivers.errors import DriverError
from drivers.probing import Probe
from drivers.rules import TABLE, RuleSet, RuleText, Spelling, rule_set
from drivers.sysctls import sysctl_steps
from drivers.topology import Nic

NEEDED_FEATURES: Final = {
    "nft_tproxy": "transparent proxying (nft_tproxy)",
    "nft_socket": "socket matching (nft_socket)",
    "nft_fib": "route matching (nft_fib_inet)",
    "nft_ct": "connection tracking with zones (nft_ct)",
    "nft_reject": "rejecting (nft_reject_inet)",
    "nft_bridge": "bridge rules (nf_tables_bridge)",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is done to the machine, in order. `rules` is the rule set the plan loads."""

    config: PairConfig
    rules: RuleSet
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines: list[str] = []
        for number, step in enumerate(self.steps, 1):
            lines.append(f"{number:2}. {step.name}")
            lines += [f"      {action}" for action in step.do]
            lines += [f"      undo: {action}" for action in step.undo]
        return "\n".join(lines)


def make_plan(config: PairConfig, probe: Probe, more: Sequence[Step] = ()) -> Plan:
    """The steps that set `config` up on the probed machine; raises `DriverError`. `more` are
    steps that come last, when the NICs are up: many have their interrupts only then (such as those
    of `drivers.cores.core_steps`)."""
    spelling = _check_machine(config, probe)
    client, server = (_free_nic(name, config, probe) for name in _nic_names(config))
    rules = rule_set(config, client.mac, spelling)
    ipv6 = "net/ipv6/conf/all/forwarding" in probe.sysctls
    steps = [
        *sysctl_steps(config, probe),
        *_offload_steps(config, probe),
        *rule_steps(rules, probe),
        *pair.interface_steps(config, client, server, ipv6=ipv6),
        *pair.routing_steps(config, probe.addresses, ipv6=ipv6),
        *pair.join_steps(config, client, server),
        *more,
    ]
    return Plan(config, rules, tuple(steps))


def render(rules: RuleSet, *, first: bool) -> RuleText:
    """The rule set as the tools read it; `first` also hooks the iptables chain in."""
    if rules.spelling is Spelling.NFT:
        return RuleText(rules_nft.render(rules), "", "")
    queue = rules_iptables.render_queue(rules, first=first)
    return RuleText(rules_nft.render(rules), queue, queue)


def rule_steps(rules: RuleSet, probe: Probe) -> list[Step]:
    """Load the rules; undo deletes our tables, and of iptables' table exactly our part."""
    text = render(rules, first=True)
    families: tuple[Literal["inet", "bridge"], ...] = (
        ("bridge", "inet") if rules.mode is Mode.BRIDGE else ("inet",)
    )
    steps = [
        Step(
            "rules",
            (act.LoadNft(text.nft),),
            tuple(act.DropNftTable(family, TABLE) for family in families),
        )
    ]
    spelled: tuple[tuple[Literal[4, 6], str, str], ...] = (
        (4, "ip mangle", text.ip),
        (6, "ip6 mangle", text.ip6),
    )
    for family, table, queue in spelled:
        if queue:
            drop = act.DropIptables(
                family, rules_iptables.CHAIN, rules_iptables.JUMP, table not in probe.nft_tables
            )
            steps.append(
                Step(f"IPv{family} queue rule", (act.LoadIptables(family, queue),), (drop,))
            )
    return steps


def _offload_steps(config: PairConfig, probe: Probe) -> list[Step]:
    return [
        Step(
            f"offloads of {nic}",
            (act.SetFeature(nic, Feature.LRO, False),),
            (act.SetFeature(nic, Feature.LRO, True),),
        )
        for nic in _nic_names(config)
        if nic in probe.offloads and probe.offloads[nic].lro
    ]


def _check_machine(config: PairConfig, probe: Probe) -> Spelling:
    if not probe.net_admin:
        raise DriverError("Setting up the NIC pair needs root (CAP_NET_ADMIN).")
    if "nft" not in probe.tools:
        raise DriverError("The program nft is missing; install the Debian package nftables.")
    for feature, words in NEEDED_FEATURES.items():
        bridge_only = feature == "nft_bridge"
        if feature in probe.missing and not (bridge_only and config.mode is Mode.ROUTED):
            raise DriverError(f"This kernel lacks {words}, which interception needs.")
    if probe.spelling is None:
        if "iptables-nft" not in probe.tools:
            raise DriverError(
                "This kernel lacks nft_queue; install the Debian package iptables to use "
                "xt_NFQUEUE instead."
            )
        raise DriverError("This kernel can queue packets neither by nft_queue nor by xt_NFQUEUE.")
    for family in ("inet", "bridge"):
        if f"{family} {TABLE}" in probe.nft_tables:
            raise DriverError(f"An nft table {family} {TABLE} is there already; remove it first.")
    if config.mode is Mode.BRIDGE and probe.nic(config.bridge_name):
        raise DriverError(f"An interface {config.bridge_name} is there already.")
    return probe.spelling


def _nic_names(config: PairConfig) -> tuple[str, str]:
    return config.client_nic, config.server_nic


def _free_nic(name: str, config: PairConfig, probe: Probe) -> Nic:
    """The NIC, if it may be taken: not in use for anything else."""
    nic = probe.nic(name)
    if nic is None:
        present = ", ".join(nic.name for nic in probe.nics if nic.ethernet) or "none"
        raise DriverError(f"There is no NIC {name}; this machine has: {present}.")
    if not nic.ethernet or nic.bridge:
        raise DriverError(f"{name} is not an Ethernet NIC.")
    if nic.master:
        raise DriverError(f"The NIC {name} is in use: it belongs to {nic.master}.")
    if name in probe.default_routes:
        raise DriverError(f"The NIC {name} is in use: the default route leaves through it.")
    addresses = probe.addresses.get(name, ())
    if addresses and not _keeps_addresses(name, config):
        raise DriverError(f"The NIC {name} is in use: it has the address {addresses[0]}.")
    if config.mode is Mode.ROUTED and not addresses and not _asked_addresses(name, config):
        raise DriverError(f"The NIC {name} has no address, which a routed pair needs.")
    return nic


def _keeps_addresses(name: str, config: PairConfig) -> bool:
    """A routed NIC may come with the addresses the system gave it, if it is given no others."""
    return config.mode is Mode.ROUTED and not _asked_addresses(name, config)


def _asked_addresses(name: str, config: PairConfig) -> tuple[str, ...]:
    asked = config.client_addresses if name == config.client_nic else config.server_addresses
    return tuple(str(ipaddress.ip_interface(address)) for address in asked)
