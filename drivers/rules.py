"""The packet rules of the pair in one neutral form: what is intercepted, and what happens then.

`RuleSet` says everything, in the words of the design; `drivers.rules_nft`, `rules_bridge` and
`rules_iptables` spell it for the tools. Only one rule has two spellings, the one that
sends a first packet to the interceptor: kernels without `nft_queue` know it through iptables-nft.

Every packet of an intercepted port takes the same path (the bridge step only in bridge mode):

    bridge   lift     a frame with an intercepted port, or a TCP fragment, climbs to IP
    -151     sort     owned by a worker's socket? a connection's first packet? from which side?
    -150     ask      a first packet, and only that, asks the interceptor
    -149     deliver  to the worker the verdict names; passed; or what `on_failure` says

Pure: builds and compares values, runs nothing.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from drivers.config import MAX_WORKERS, Mode, OnFailure, PairConfig, Side, VlanPolicy
from drivers.marks import Marks

TABLE = "sluice"
"""Name of our two nft tables, `inet sluice` and (bridge mode) `bridge sluice`."""


class Spelling(enum.StrEnum):
    """How the queue rule is written; chosen by probing the kernel."""

    NFT = "nft"
    IPTABLES = "iptables-nft"


class CounterName(enum.StrEnum):
    """The named counters of the rules, in the order `status` shows them."""

    LIFTED = "lifted"
    LIFTED_FRAGMENTS = "lifted_fragments"
    TAGGED_PASSED = "tagged_passed"
    TAGGED_DROPPED = "tagged_dropped"
    TAGGED_NESTED = "tagged_nested"
    ASKED = "asked"
    INTERCEPTED = "intercepted"
    OWNED = "owned"
    PASSED = "passed"
    BYPASSED = "bypassed"
    HELD = "held"
    NO_LISTENER = "no_listener"
    UNOWNED = "unowned"
    INVALID = "invalid"


COUNTER_MEANING: dict[CounterName, str] = {
    CounterName.LIFTED: "frames of intercepted ports lifted from the bridge to IP",
    CounterName.LIFTED_FRAGMENTS: "TCP fragments lifted from the bridge to be put together",
    CounterName.TAGGED_PASSED: "VLAN-tagged frames of intercepted ports passed uninspected",
    CounterName.TAGGED_DROPPED: "VLAN-tagged frames of intercepted ports dropped",
    CounterName.TAGGED_NESTED: "frames with more than one VLAN tag, not looked into",
    CounterName.ASKED: "first packets sent to the interceptor",
    CounterName.INTERCEPTED: "packets handed to a worker's listening socket",
    CounterName.OWNED: "packets of connections that a worker holds",
    CounterName.PASSED: "packets of connections the interceptor let pass",
    CounterName.BYPASSED: "packets that went by uninspected because nobody could inspect",
    CounterName.HELD: "first packets dropped because nobody answered",
    CounterName.NO_LISTENER: "packets for a worker that does not listen",
    CounterName.UNOWNED: "packets of connections nobody knows, answered with a reset",
    CounterName.INVALID: "wrong checksums, broken fragments, packets of no connection, dropped",
}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything the rules depend on.

    `ingress` are the interface names packets have at IP level: the bridge, or the two NICs.
    `bridge_mac` is the bridge's own address, None in routed mode. `workers` are the numbers of
    the workers that have listeners; `queues` is how many queues first packets are spread over.
    """

    mode: Mode
    client_nic: str
    server_nic: str
    ingress: tuple[str, ...]
    bridge_mac: str | None
    ports: tuple[int, ...]
    sides: tuple[Side, ...]
    workers: tuple[int, ...]
    queues: int
    queue_base: int
    listener_base: int
    marks: Marks
    on_failure: OnFailure
    vlan: VlanPolicy
    spelling: Spelling

    def listener_port(self, k: int) -> int:
        """The port on which worker `k` listens, on IPv4 and on IPv6."""
        return self.listener_base + k

    @property
    def last_listener_port(self) -> int:
        """The end of the whole range kept for listeners, used or not."""
        return self.listener_base + MAX_WORKERS - 1

    @property
    def last_queue(self) -> int:
        return self.queue_base + self.queues - 1

    def changed(
        self, *, workers: tuple[int, ...] | None = None, on_failure: OnFailure | None = None
    ) -> RuleSet:
        """The same rules for other workers or another answer to failure."""
        chosen = self.workers if workers is None else workers
        return replace(
            self,
            workers=chosen,
            queues=max(chosen) + 1 if chosen else 1,
            on_failure=self.on_failure if on_failure is None else on_failure,
        )


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule set as the tools read it; `ip` and `ip6` are empty when nft spells the queue rule."""

    nft: str
    ip: str
    ip6: str


def rule_set(config: PairConfig, bridge_mac: str | None, spelling: Spelling) -> RuleSet:
    """The rules that `config` asks for; `bridge_mac` is needed in bridge mode only."""
    bridged = config.mode is Mode.BRIDGE
    return RuleSet(
        mode=config.mode,
        client_nic=config.client_nic,
        server_nic=config.server_nic,
        ingress=(config.bridge_name,) if bridged else (config.client_nic, config.server_nic),
        bridge_mac=bridge_mac if bridged else None,
        ports=tuple(sorted(set(config.ports))),
        sides=config.intercept_from,
        workers=tuple(range(config.workers)),
        queues=config.workers,
        queue_base=config.queue_base,
        listener_base=config.listener_base,
        marks=Marks(config.mark_base),
        on_failure=config.on_failure,
        vlan=config.vlan,
        spelling=spelling,
    )
