"""Spells the bridge part of a `RuleSet`: which frames leave the bridge, and what becomes of tags.

Frames of intercepted ports, and TCP fragments, get the bridge's own address and `pkttype host`, so
that they climb to IP instead of being switched. Everything else crosses untouched.
"""

from __future__ import annotations

from drivers.config import Side, VlanPolicy
from drivers.nft_words import BRIDGED_FRAGMENTS, declare, fill, names, one_of
from drivers.rules import CounterName, RuleSet

BRIDGE_COUNTERS = (
    CounterName.LIFTED,
    CounterName.LIFTED_FRAGMENTS,
    CounterName.TAGGED_PASSED,
    CounterName.TAGGED_DROPPED,
    CounterName.TAGGED_NESTED,
)

_CHAINS = {
    "climb": None,
    "tagged_smtp": None,
    "tagged": None,
    "lift": "prerouting priority -300",
}

TAGS = "{ 8021q, 8021ad }"
"""VLAN tags. The kernel takes the outermost off into metadata: `ether type` still sees it, `meta
protocol` sees what is behind it."""


def render(rules: RuleSet) -> list[str]:
    """The lines for the table `bridge sluice`."""
    return [
        *declare("bridge", BRIDGE_COUNTERS, _CHAINS),
        *fill("bridge", "climb", _climb(rules)),
        *fill("bridge", "tagged_smtp", _tagged_smtp(rules)),
        *fill("bridge", "tagged", _tagged(rules)),
        *fill("bridge", "lift", _lift(rules)),
    ]


def _lift(rules: RuleSet) -> list[str]:
    """Which frames leave the bridge.

    A tag with VLAN 0 says only a priority (802.1Q section 9.6): such a frame counts as untagged.
    Two of them, one in the other, have no honest use, but a Linux receiver takes both off and reads
    on; nft cannot look behind the second, so they are dropped. The VLAN number is matched by its
    place: `vlan id` behind `ether type` means the second tag to nft.
    """
    ports = one_of(rules.ports)
    fragment = f"counter name {CounterName.LIFTED_FRAGMENTS} goto climb"
    return [
        f"iifname != {names((rules.client_nic, rules.server_nic))} accept",
        f"ether type {TAGS} @ll,112,16 & 0x0fff != 0 goto tagged",
        f"meta protocol {TAGS} @nh,0,16 & 0x0fff == 0"
        f" counter name {CounterName.TAGGED_NESTED} drop",
        f"meta protocol {TAGS} goto tagged",
        f"meta l4proto tcp th dport {ports} goto climb",
        f"meta l4proto tcp th sport {ports} goto climb",
        f"ip protocol tcp ip frag-off & 0x3fff != 0 {fragment}",
        f"exthdr frag exists frag nexthdr != {BRIDGED_FRAGMENTS} {fragment}",
    ]


def _climb(rules: RuleSet) -> list[str]:
    nics = {Side.CLIENT: rules.client_nic, Side.SERVER: rules.server_nic}
    sides = [
        f'iifname "{nic}" meta mark set {rules.marks.side(side):#x}' for side, nic in nics.items()
    ]
    up = f"meta pkttype set host ether daddr set {rules.bridge_mac}"
    return [*sides, f"counter name {CounterName.LIFTED} {up} accept"]


def _tagged(rules: RuleSet) -> list[str]:
    """One tag is transparent to nft's matches; under two we cannot see the ports at all."""
    ports = one_of(rules.ports)
    nested = f"counter name {CounterName.TAGGED_NESTED} {_tagged_verdict(rules)}"
    return [
        f"meta l4proto tcp th dport {ports} goto tagged_smtp",
        f"meta l4proto tcp th sport {ports} goto tagged_smtp",
        "ip protocol tcp ip frag-off & 0x3fff != 0 goto tagged_smtp",
        f"exthdr frag exists frag nexthdr != {BRIDGED_FRAGMENTS} goto tagged_smtp",
        f"meta protocol {TAGS} {nested}",
        "accept",
    ]


def _tagged_smtp(rules: RuleSet) -> list[str]:
    dropped = rules.vlan is VlanPolicy.DROP
    counter = CounterName.TAGGED_DROPPED if dropped else CounterName.TAGGED_PASSED
    return [f"counter name {counter} {_tagged_verdict(rules)}"]


def _tagged_verdict(rules: RuleSet) -> str:
    return "drop" if rules.vlan is VlanPolicy.DROP else "accept"
