"""Packets that clients do not normally send neither stall the path nor slip past inspection."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import msgspec
import pytest

from drivers import OnFailure, VlanPolicy
from tests.net.drivers_packets import PORTS, Wire
from tests.net.drivers_support import Gateway, Process, start_gateway, start_server, talk
from tools.lab import Lab, Mode

pytestmark = pytest.mark.root

GHOST = {4: "192.0.2.99", 6: "2001:db8::99"}
ROUTED_GHOST = {4: "192.0.2.99", 6: "2001:db8:1::99"}

TRAP = f"""
table netdev trap {{
    counter slipped {{ }}
    counter tagged {{ }}
    chain c {{
        type filter hook ingress device "eth0" priority 0; policy accept;
        ether type {{ 8021q, 8021ad }} counter name tagged accept
        meta l4proto tcp th sport {PORTS.start}-{PORTS.stop - 1} counter name slipped
        ip frag-off & 0x3fff != 0 counter name slipped
        exthdr frag exists counter name slipped
    }}
}}
"""
"""At the server: whatever the ghost sent and the gateway did not take out of the way."""


@dataclass(slots=True)
class Ghost:
    """The scapy process, whose addresses no kernel owns, and the trap at the server."""

    lab: Lab
    process: Process
    ports: Iterator[int] = field(default_factory=lambda: itertools.cycle(PORTS))

    def play(self, scenario: str, family: int) -> dict[str, str]:
        """One scenario from a port of its own."""
        mode, plan = self.lab.layout.mode, self.lab.layout
        ghosts = GHOST if mode is Mode.BRIDGE else ROUTED_GHOST
        wire = Wire(
            src=ghosts[family],
            dst=plan.server.ip if family == 4 else plan.server.ip6,
            mac=self._next_hop(),
            port=next(self.ports),
        )
        answer = self.process.ask(f"{scenario} {msgspec.json.encode(wire).decode()}")
        return msgspec.convert(answer, dict[str, str])

    def _next_hop(self) -> str:
        if self.lab.layout.mode is Mode.BRIDGE:
            return mac(self.lab, self.lab.layout.server.namespace, "eth0")
        return mac(self.lab, self.lab.layout.gateway, "client0")

    def trapped(self, counter: str) -> int:
        """Packets counted at the server since the last call."""
        argv = ["nft", "-j", "reset", "counter", "netdev", "trap", counter]
        listing = json.loads(
            self.lab.exec_in(self.lab.layout.server.namespace, argv).stdout.splitlines()[0]
        )
        return int(listing["nftables"][-1]["counter"]["packets"])


def mac(lab: Lab, namespace: str, nic: str) -> str:
    return lab.exec_in(namespace, ["cat", f"/sys/class/net/{nic}/address"]).stdout.strip()


@dataclass(slots=True)
class Ghosts:
    """One scapy process, one server and one trap per lab, started when first used."""

    stack: ExitStack
    known: dict[str, Ghost] = field(default_factory=dict)

    def of(self, lab: Lab) -> Ghost:
        name = lab.layout.name
        if name not in self.known:
            self.stack.enter_context(start_server(lab))
            lab.exec_in(lab.layout.server.namespace, ["nft", "-f", "-"], text=TRAP)
            scapy = Process(
                lab, lab.layout.sender.namespace, [], module="tests.net.drivers_packets"
            )
            self.known[name] = Ghost(lab, self.stack.enter_context(scapy))
        return self.known[name]


@pytest.fixture(scope="module")
def ghosts() -> Iterator[Ghosts]:
    with ExitStack() as stack:
        yield Ghosts(stack)


@pytest.fixture
def ghost(lab: Lab, ghosts: Ghosts) -> Ghost:
    """The test runs in both modes."""
    return ghosts.of(lab)


@pytest.fixture
def bridge_ghost(bridge_lab: Lab, ghosts: Ghosts) -> Ghost:
    """For tags: a routed pair passes no tagged frames."""
    return ghosts.of(bridge_lab)


@pytest.fixture(params=[4, 6])
def family(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def gateway_for(
    ghost: Ghost,
    *,
    vlan: VlanPolicy = VlanPolicy.PASS,
    on_failure: OnFailure = OnFailure.HOLD,
) -> Gateway:
    """A gateway that knows where the ghost is, since nobody answers for it."""
    lab = ghost.lab
    pair = replace(lab.layout.pair_config(), vlan=vlan, on_failure=on_failure)
    gateway = start_gateway(lab, pair)
    assert gateway.hello == {"ready": True}
    bridged = pair.mode is Mode.BRIDGE
    know_ghosts(lab, lab.layout.gateway, pair.bridge_name if bridged else pair.client_nic)
    if bridged:
        know_ghosts(lab, lab.layout.server.namespace, "eth0")
    return gateway


def know_ghosts(lab: Lab, namespace: str, nic: str) -> None:
    hardware = mac(lab, lab.layout.sender.namespace, "eth0")
    for address in (GHOST if lab.layout.mode is Mode.BRIDGE else ROUTED_GHOST).values():
        neighbour = ["ip", "neigh", "replace", address, "lladdr", hardware, "dev", nic]
        lab.exec_in(namespace, neighbour)


INSPECTED = {"syn": "SA", "greeting": "inspected "}


def check_path(lab: Lab) -> None:
    """Afterwards an ordinary client is served as ever."""
    assert talk(lab, lab.layout.server.ip).inspected
    assert talk(lab, lab.layout.server.ip6).inspected


WELL_FORMED = ("plain", "syn_with_data", "syn_with_odd_flags")
FRAGMENTED = ("fragmented_syn", "fragmented_backwards")
CUT = ("cut_header", "cut_header_backwards")
BEHIND = ("behind_hop_by_hop", "behind_routing", "behind_destination", "behind_all")
ACCEPTED = {4: (*WELL_FORMED, *FRAGMENTED, *CUT), 6: (*WELL_FORMED, *FRAGMENTED, *BEHIND)}
"""What a real server would accept. IPv4 puts even a cut header together again."""

REFUSED_SIX = (*CUT, "hidden_in_later_fragment")
"""IPv6 receivers must discard a first fragment without its complete headers (RFC 8200 4.5)."""

HELD = {"syn": "none", "greeting": ""}


def test_odd_packets_are_inspected_like_any_other(ghost: Ghost, family: int) -> None:
    names = ACCEPTED[family]
    ghost.trapped("slipped")
    with gateway_for(ghost) as gateway:
        played = {name: ghost.play(name, family) for name in names}
        assert played == dict.fromkeys(names, INSPECTED)
        assert ghost.trapped("slipped") == 0
        assert len(gateway.questions()) == len(names)
        check_path(ghost.lab)


def test_a_cut_header_chain_is_refused_and_no_piece_of_it_reaches_the_server(ghost: Ghost) -> None:
    ghost.trapped("slipped")
    with gateway_for(ghost) as gateway:
        for name in REFUSED_SIX:
            assert ghost.play(name, 6) == HELD
        assert ghost.trapped("slipped") == 0
        assert gateway.counter("invalid") == len(REFUSED_SIX)
        assert gateway.questions() == []
        check_path(ghost.lab)


def test_data_in_fragments_reaches_the_server_through_the_worker(ghost: Ghost, family: int) -> None:
    ghost.trapped("slipped")
    with gateway_for(ghost):
        played = ghost.play("fragmented_data", family)
        assert played["greeting"].startswith("inspected peer ")
        assert played["echo"] == "fragmented-data-of-a-mail"
        assert ghost.trapped("slipped") == 0


def test_what_begins_nothing_is_neither_answered_nor_passed(ghost: Ghost, family: int) -> None:
    ghost.trapped("slipped")
    with gateway_for(ghost) as gateway:
        played = ghost.play("impossible_flags", family)
        assert not any("S" in flags for flags in played.values())
        assert played["A"] == "R"  # nobody's connection: ended
        assert ghost.play("later_fragment_alone", family) == {"alone": "none", **INSPECTED}
        assert ghost.trapped("slipped") == 0
        assert len(gateway.questions()) == 1
        check_path(ghost.lab)


def test_wrong_checksums_are_dropped(ghost: Ghost, family: int) -> None:
    ghost.trapped("slipped")
    with gateway_for(ghost) as gateway:
        assert ghost.play("wrong_checksum", family) == {"wrong": "none", **INSPECTED}
        assert ghost.play("wrong_checksum_of_data", family) == {"corrupt": "False", **INSPECTED}
        assert gateway.counter("invalid") == 1
        assert ghost.trapped("slipped") == 0
        check_path(ghost.lab)


def test_a_reset_at_any_step_stays_here_and_does_no_harm(ghost: Ghost, family: int) -> None:
    ghost.trapped("slipped")
    with gateway_for(ghost):
        for step in ("syn", "syn-ack", "ack", "greeting", "twice"):
            assert ghost.play(f"reset_after_{step}", family) == {"done": step}
        check_path(ghost.lab)
        assert ghost.trapped("slipped") == 0


@pytest.mark.parametrize("policy", list(VlanPolicy))
def test_tagged_frames_follow_the_policy_and_are_counted(
    bridge_ghost: Ghost, family: int, policy: VlanPolicy
) -> None:
    ghost = bridge_ghost
    ghost.trapped("tagged")
    with gateway_for(ghost, vlan=policy) as gateway:
        for scenario in ("tagged", "tagged_ad", "tagged_twice", "priority_and_tag"):
            assert ghost.play(scenario, family) == {"answer": "none"}
        passed = policy is VlanPolicy.PASS
        assert ghost.trapped("tagged") == (4 if passed else 0)
        counters = gateway.counters()
        assert counters["tagged_passed"] == (2 if passed else 0)
        assert counters["tagged_dropped"] == (0 if passed else 2)
        assert counters["tagged_nested"] == 2
        assert gateway.questions() == []


def test_a_priority_tag_is_no_way_around_inspection(bridge_ghost: Ghost, family: int) -> None:
    ghost = bridge_ghost
    ghost.trapped("slipped")
    ghost.trapped("tagged")
    with gateway_for(ghost, vlan=VlanPolicy.PASS) as gateway:
        assert ghost.play("priority_tagged", family) == {"answer": "SA"}
        assert ghost.play("priority_tagged_twice", family) == {"answer": "none"}
        assert len(gateway.questions()) == 1
        assert gateway.counter("tagged_nested") == 1
        assert ghost.trapped("slipped") == 0
        assert ghost.trapped("tagged") == 0
