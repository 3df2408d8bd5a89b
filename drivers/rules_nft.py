"""Spells a `RuleSet` for `nft -f`. The text can be loaded again and again.

Tables, chains and counters are declared (no change when they exist), chains are emptied and
filled; nft carries the whole text out as one transaction. So the same text sets the rules up,
and, written for other workers or another `on_failure`, changes them with no packet seeing half
a rule set and with no counter set back.
"""

from __future__ import annotations

from drivers import rules_bridge
from drivers.config import Mode, OnFailure, Side
from drivers.marks import ASK_BIT, FAMILY_MASK, LOCAL_BIT, WORD_MASK
from drivers.nft_words import BRIDGED_FRAGMENTS, declare, fill, names, one_of
from drivers.rules import CounterName, RuleSet, Spelling
from drivers.rules_bridge import BRIDGE_COUNTERS

INET_COUNTERS = tuple(name for name in CounterName if name not in BRIDGE_COUNTERS)

SYN = "tcp flags & (fin | syn | rst | ack) == syn"
"""A connection's first packet, whatever else its flags say (RFC 9293 section 3.10.7)."""


def render(rules: RuleSet) -> str:
    """The complete text for `nft -f -`."""
    lines = declare("inet", INET_COUNTERS, _INET_CHAINS)
    lines += fill("inet", "owned", _owned(rules))
    lines += fill("inet", "bypass", _go_by(rules.marks.bypassed, CounterName.BYPASSED))
    lines += fill("inet", "pass", _go_by(rules.marks.passed, CounterName.PASSED))
    lines += fill("inet", "unknown", _unknown(rules))
    lines += fill("inet", "zone_in", _zone_in(rules))
    lines += fill("inet", "zone_out", _zone_out(rules))
    lines += fill("inet", "mail", _mail(rules))
    lines += fill("inet", "sort", _sort(rules))
    lines += fill("inet", "ask", _ask(rules))
    lines += fill("inet", "deliver", _deliver(rules))
    if rules.mode is Mode.BRIDGE:
        lines += rules_bridge.render(rules)
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

ONWARD_ZONE = 0x5C
"""Conntrack zone of the workers' onward connections. They have the same addresses as the client's
connection, and may have the same ports: in one zone they would be one connection."""


def _zone_in(rules: RuleSet) -> list[str]:
    """Answers of the real server to a worker, before conntrack (-200) sees them."""
    return [
        f"iifname {names(rules.ingress)} meta l4proto tcp tcp sport {one_of(rules.ports)}"
        f" socket transparent 1 ct zone set {ONWARD_ZONE}"
    ]


def _zone_out(rules: RuleSet) -> list[str]:
    return [
        f"meta mark {rules.marks.socket:#x} meta l4proto tcp tcp dport {one_of(rules.ports)}"
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
    ports = one_of(rules.ports)
    return [
        f"iifname != {names(rules.ingress)} accept",
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
    ports = one_of(rules.ports)
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
    return f"meta mark {one_of(hex(rules.marks.side(side)) for side in rules.sides)}"


def _ask(rules: RuleSet) -> list[str]:
    if rules.spelling is Spelling.IPTABLES:
        return []
    asking = one_of(hex(rules.marks.asking(side)) for side in rules.sides)
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
    undecided = one_of(hex(marks.side(side)) for side in Side)
    return [
        'iifname "lo" accept',
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
