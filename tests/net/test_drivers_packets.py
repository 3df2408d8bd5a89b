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


@pytest.fixture(scope="module")
def ghosts() -> Iterator[dict[str, Ghost]]:
    """One scapy process, one server and one trap per lab, started when first used."""
    with ExitStack() as stack:
        found: dict[str, Ghost] = {}
        stack.callback(found.clear)
        GHOST_STACKS.append(stack)
        yield found


GHOST_STACKS: list[ExitStack] = []


@pytest.fixture
def ghost(lab: Lab, ghosts: dict[str, Ghost]) -> Ghost:
    name = lab.layout.name
    if name not in ghosts:
        stack = GHOST_STACKS[-1]
        stack.enter_context(start_server(lab))
        lab.exec_in(lab.layout.server.namespace, ["nft", "-f", "-"], text=TRAP)
        scapy = Process(lab, lab.layout.sender.namespace, [], module="tests.net.drivers_packets")
        ghosts[name] = Ghost(lab, stack.enter_context(scapy))
    return ghosts[name]


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


def test_odd_packets_are_inspected_like_any_other(ghost: Ghost, family: int) -> None:
    names = ["plain", "syn_with_data"]
    names += ["fragmented_syn", "fragmented_backwards"] if family == 4 else []
    ghost.trapped("slipped")
    with gateway_for(ghost) as gateway:
        played = {name: ghost.play(name, family) for name in names}
        assert played == dict.fromkeys(names, INSPECTED)
        assert ghost.trapped("slipped") == 0
        assert len(gateway.questions()) == len(names)
        check_path(ghost.lab)


HELD = {"syn": "none", "greeting": ""}


def test_ipv6_fragments_and_extension_headers_never_slip_past(ghost: Ghost, family: int) -> None:
    """They are inspected, or held back (a known gap, as is the routed pair: see CHANGELOG)."""
    if family != 6 or ghost.lab.layout.mode is not Mode.BRIDGE:
        pytest.skip("bridge and IPv6 only; the routed pair is a known gap")
    names = ["fragmented_syn", "fragmented_backwards", "extension_headers"]
    ghost.trapped("slipped")
    with gateway_for(ghost):
        for name in [*names, "hidden_in_later_fragment"]:
            assert ghost.play(name, family) in (INSPECTED, HELD)
        assert ghost.trapped("slipped") == 0
        check_path(ghost.lab)


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


@pytest.fixture
def bridge_ghost(ghost: Ghost) -> Ghost:
    if ghost.lab.layout.mode is not Mode.BRIDGE:
        pytest.skip("a routed pair passes no tagged frames")
    return ghost
