"""Spells a `RuleSet` for `nft -f`. The text can be loaded again and again.

Tables, chains and counters are declared (no change when they exist), chains are emptied and
filled; nft carries the whole text out as one transaction. So the same text sets the rules up,
and, written for other workers or another `on_failure`, changes them with no packet seeing half
a rule set and with no counter set back.
"""

from __future__ import annotations

from collections.abc import Iterable

from drivers.config import Mode, OnFailure, Side, VlanPolicy
from drivers.marks import ASK_BIT, FAMILY_MASK, LOCAL_BIT, WORD_MASK
from drivers.rules import TABLE, CounterName, RuleSet, Spelling

BRIDGE_COUNTERS = (
    CounterName.LIFTED,
    CounterName.LIFTED_FRAGMENTS,
    CounterName.TAGGED_PASSED,
    CounterName.TAGGED_DROPPED,
    CounterName.TAGGED_NESTED,
)
INET_COUNTERS = tuple(name for name in CounterName if name not in BRIDGE_COUNTERS)

SYN = "tcp flags & (fin | syn | rst | ack) == syn"
"""A connection's first packet, whatever else its flags say (RFC 9293 section 3.10.7)."""

BRIDGED_FRAGMENTS = "{ udp, ipv6-icmp, esp }"
"""Fragmented IPv6 whose first header is one of these cannot hide TCP; it is switched as usual.
Anything else in a fragment may (extension headers can fill the whole first fragment, RFC 7112)."""


TAGS = "{ 8021q, 8021ad }"
"""VLAN tags. The kernel takes the outermost off into metadata: `ether type` still sees it, `meta
protocol` sees what is behind it."""


def render(rules: RuleSet) -> str:
    """The complete text for `nft -f -`."""
    lines = _declare("inet", INET_COUNTERS, _INET_CHAINS)
    lines += _fill("inet", "owned", _owned(rules))
    lines += _fill("inet", "bypass", _go_by(rules.marks.bypassed, CounterName.BYPASSED))
    lines += _fill("inet", "pass", _go_by(rules.marks.passed, CounterName.PASSED))
    lines += _fill("inet", "unknown", _unknown(rules))
    lines += _fill("inet", "zone_in", _zone_in(rules))
    lines += _fill("inet", "zone_out", _zone_out(rules))
    lines += _fill("inet", "mail", _mail(rules))
    lines += _fill("inet", "sort", _sort(rules))
    lines += _fill("inet", "ask", _ask(rules))
    lines += _fill("inet", "deliver", _deliver(rules))
    if rules.mode is Mode.BRIDGE:
        lines += _declare("bridge", BRIDGE_COUNTERS, _BRIDGE_CHAINS)
        lines += _fill("bridge", "climb", _climb(rules))
        lines += _fill("bridge", "tagged_smtp", _tagged_smtp(rules))
        lines += _fill("bridge", "tagged", _tagged(rules))
        lines += _fill("bridge", "lift", _lift(rules))
    return "\n".join(lines) + "\n"


_INET_CHAINS = {
    "owned": None,
    "bypass": None,
    "pass": None,
    "unknown": None,
    "mail": None,
    "zone_in": "prerouting priority -300",
    "zone_out": "output priority -300",
    "sort": "prerouting priority -151",
    "ask": "prerouting priority -150",
    "deliver": "prerouting priority -149",
}
_BRIDGE_CHAINS = {
    "climb": None,
    "tagged_smtp": None,
    "tagged": None,
    "lift": "prerouting priority -300",
}

ONWARD_ZONE = 0x5C
"""Conntrack zone of the workers' onward connections. They have the same addresses as the client's
connection, and may have the same ports: in one zone they would be one connection."""


def _declare(
    family: str, counters: Iterable[CounterName], chains: dict[str, str | None]
) -> list[str]:
    lines = [f"add table {family} {TABLE}"]
    lines += [f"add counter {family} {TABLE} {name}" for name in counters]
    for chain, hook in chains.items():
        base = f" {{ type filter hook {hook}; policy accept; }}" if hook else ""
        lines.append(f"add chain {family} {TABLE} {chain}{base}")
    lines += [f"flush chain {family} {TABLE} {chain}" for chain in chains]
    return lines


def _fill(family: str, chain: str, rules: Iterable[str]) -> list[str]:
    return [f"add rule {family} {TABLE} {chain} {rule}" for rule in rules]


def _zone_in(rules: RuleSet) -> list[str]:
    """Answers of the real server to a worker, before conntrack (-200) sees them."""
    return [
        f"iifname {_names(rules.ingress)} meta l4proto tcp tcp sport {_set(rules.ports)}"
        f" socket transparent 1 ct zone set {ONWARD_ZONE}"
    ]


def _zone_out(rules: RuleSet) -> list[str]:
    return [
        f"meta mark {rules.marks.socket:#x} meta l4proto tcp tcp dport {_set(rules.ports)}"
        f" ct zone set {ONWARD_ZONE}"
    ]


def _sort(rules: RuleSet) -> list[str]:
    """Which packets are looked at, after fragments have been put together (-400).

    An IPv6 fragment that is still one here is a first fragment without its complete headers: the
    kernel hands such on as they are. Receivers must discard it (RFC 8200 section 4.5), and nobody
    can say what it hides, so it ends here.

    Two rules with one match each, never `dport != … sport != …` in one: nft 1.0.6 merges
    neighbouring fields into one comparison, which then means `not both`.
    """
    ports = _set(rules.ports)
    return [
        f"iifname != {_names(rules.ingress)} accept",
        f"exthdr frag exists frag nexthdr != {BRIDGED_FRAGMENTS}"
        f" counter name {CounterName.INVALID} drop",
        "meta l4proto != tcp accept",
        f"tcp dport {ports} goto mail",
        f"tcp sport {ports} goto mail",
    ]


def _mail(rules: RuleSet) -> list[str]:
    """Owned by a socket, a first packet, or neither: said by the mark. Order matters.

    A packet to an intercepted port that has a transparent socket belongs to a worker (its
    connections carry that port as their own). A packet *from* one may also hit a listener by
    accident, when the client's port is a listener's number; a listener is bound to no address,
    so there only sockets that are bound to one count. (That test does not know sockets in
    TIME_WAIT, hence it is kept to this one rare case.)
    """
    ports = _set(rules.ports)
    listeners = f"{rules.listener_base}-{rules.last_listener_port}"
    return [
        "fib daddr type local accept",
        f"tcp dport {ports} socket transparent 1 goto owned",
        f"tcp dport != {listeners} socket transparent 1 goto owned",
        "socket transparent 1 socket wildcard 0 goto owned",
        f"ct state invalid counter name {CounterName.INVALID} drop",
        *_sides(rules),
        f"{_asked_from(rules)} tcp dport {ports} {SYN} meta mark set meta mark | {ASK_BIT:#x}"
        f" counter name {CounterName.ASKED}",
    ]


def _sides(rules: RuleSet) -> list[str]:
    """On a bridge the side is gone at IP level: the bridge table has already written it down."""
    if rules.mode is Mode.BRIDGE:
        return []
    nics = {Side.CLIENT: rules.client_nic, Side.SERVER: rules.server_nic}
    return [
        f'iifname "{nic}" meta mark set {rules.marks.side(side):#x}' for side, nic in nics.items()
    ]


def _asked_from(rules: RuleSet) -> str:
    return f"meta mark {_set(hex(rules.marks.side(side)) for side in rules.sides)}"


def _ask(rules: RuleSet) -> list[str]:
    if rules.spelling is Spelling.IPTABLES:
        return []
    asking = _set(hex(rules.marks.asking(side)) for side in rules.sides)
    many = rules.queues > 1
    numbers = f"{rules.queue_base}-{rules.last_queue}" if many else f"{rules.queue_base}"
    flags = (["fanout"] if many else []) + (
        ["bypass"] if rules.on_failure is OnFailure.BYPASS else []
    )
    return [f"meta mark {asking} queue num {numbers} {','.join(flags)}".rstrip()]


def _owned(rules: RuleSet) -> list[str]:
    return [f"meta mark set {rules.marks.owned:#x} counter name {CounterName.OWNED} accept"]


def _go_by(mark: int, counter: CounterName) -> list[str]:
    """Routed on; the connection remembers it. The packet's own mark is taken off again, so that
    it takes the same routes as any other packet."""
    return [f"ct mark set {mark:#x} meta mark set 0 counter name {counter} accept"]


def _deliver(rules: RuleSet) -> list[str]:
    """What follows from the verdict, or from the connection's memory of it. Order matters.

    A worker's connection keeps its mark in conntrack, so that later packets without a socket
    (the last acknowledgement of a handshake under SYN cookies, a reset after the end) go to the
    same listener and never to the real server. Replies never restore a worker: the real server
    does not know such a connection.
    """
    marks = rules.marks
    undecided = _set(hex(marks.side(side)) for side in Side)
    return [
        f"meta mark & {FAMILY_MASK:#x} != {marks.base:#x} accept",
        f"meta mark {marks.owned:#x} accept",
        f"meta mark {undecided} ct mark {{ {marks.passed:#x}, {marks.bypassed:#x} }}"
        f" meta mark set ct mark",
        f"meta mark {undecided} ct direction original"
        f" ct mark & {FAMILY_MASK | LOCAL_BIT:#x} == {marks.base | LOCAL_BIT:#x}"
        f" meta mark set ct mark",
        *(rule for k in rules.workers for rule in _to_worker(rules, k)),
        f"meta mark & {LOCAL_BIT:#x} == {LOCAL_BIT:#x} counter name {CounterName.NO_LISTENER}"
        f" {_failure(rules)}",
        f"meta mark & {WORD_MASK:#x} == {marks.passed & WORD_MASK:#x} goto pass",
        f"meta mark & {WORD_MASK:#x} == {marks.bypassed & WORD_MASK:#x} goto bypass",
        f"meta mark & {ASK_BIT:#x} == {ASK_BIT:#x} {_unanswered(rules)}",
        "goto unknown",
    ]


def _to_worker(rules: RuleSet, k: int) -> list[str]:
    """Where nobody listens, `tproxy` ends its rule and the packet goes on to the guard below."""
    mark = rules.marks.worker(k)
    port = rules.listener_port(k)
    return [
        f"meta mark {mark:#x} meta nfproto {nfproto} meta l4proto tcp tproxy {family} to :{port}"
        f" ct mark set meta mark counter name {CounterName.INTERCEPTED} accept"
        for family, nfproto in (("ip", "ipv4"), ("ip6", "ipv6"))
    ]


def _failure(rules: RuleSet) -> str:
    return "goto bypass" if rules.on_failure is OnFailure.BYPASS else "drop"


def _unanswered(rules: RuleSet) -> str:
    if rules.on_failure is OnFailure.BYPASS:
        return "goto bypass"
    return f"counter name {CounterName.HELD} drop"


def _unknown(rules: RuleSet) -> list[str]:
    """Neither a first packet nor of a known connection.

    A first packet here goes to some other port, only *from* an intercepted number, or comes from
    a side that is not intercepted: no mail connection of ours. Anything else runs since before
    we did: it is let go by under bypass, and ended under hold, by a reset rather than in silence,
    so that the client comes back at once and is then inspected.
    """
    unowned = f"counter name {CounterName.UNOWNED}"
    end = "goto bypass" if rules.on_failure is OnFailure.BYPASS else "reject with tcp reset"
    return [f"{SYN} goto pass", f"{unowned} meta mark set 0 {end}"]


def _lift(rules: RuleSet) -> list[str]:
    """Which frames leave the bridge.

    A tag with VLAN 0 says only a priority (802.1Q section 9.6): such a frame counts as untagged.
    Two of them, one in the other, have no honest use, but a Linux receiver takes both off and reads
    on; nft cannot look behind the second, so they are dropped. The VLAN number is matched by its
    place: `vlan id` behind `ether type` means the second tag to nft.
    """
    ports = _set(rules.ports)
    fragment = f"counter name {CounterName.LIFTED_FRAGMENTS} goto climb"
    return [
        f"iifname != {_names((rules.client_nic, rules.server_nic))} accept",
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
    ports = _set(rules.ports)
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


def _set(values: Iterable[object]) -> str:
    return "{ " + ", ".join(str(value) for value in values) + " }"


def _names(names: Iterable[str]) -> str:
    return "{ " + ", ".join(f'"{name}"' for name in names) + " }"
