"""After stop, failure or kill -9 nothing stays behind, and what cannot be done changes nothing."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec
import pytest

from drivers import PairConfig
from tests.net.drivers_support import (
    SYSCTLS,
    Process,
    differences,
    left_behind,
    repair,
    settled_snapshot,
    snapshot,
    start_crasher,
    start_gateway,
    start_server,
    state_path,
    talk,
)
from tools.lab import Lab, Mode

pytestmark = pytest.mark.root

ALL_NICS = ("client0", "server0", "mgmt0")
LIVED_IN = """
ip link add mgmt0 type veth peer name mgmt1
ip link add mgmt2 type veth peer name mgmt3
ip link add elsewhere0 type bridge
ip link set mgmt1 master elsewhere0
ip addr add 203.0.113.9/30 dev mgmt2
echo 0 > /proc/sys/net/ipv6/conf/mgmt0/accept_dad
for key in all default client0; do echo 1 > /proc/sys/net/ipv4/conf/$key/rp_filter; done
echo 2 > /proc/sys/net/ipv4/conf/mgmt0/rp_filter
echo 1 > /proc/sys/net/ipv6/conf/mgmt0/accept_ra
echo 0 > /proc/sys/net/ipv6/conf/server0/accept_ra
ip addr add 203.0.113.5/24 dev mgmt0
ip addr add 2001:db8:f::5/64 dev mgmt0 nodad
ip link set mgmt0 up
ip link set mgmt1 up
ip route add default via 203.0.113.1 dev mgmt0
ip rule add fwmark 7 lookup 99 priority 500
nft add table inet other
nft 'add chain inet other c { type filter hook input priority 0; }'
iptables-nft -t mangle -A PREROUTING -p udp --dport 53 -j MARK --set-mark 9
"""
"""A gateway that somebody else has already settled in: a management interface, settings that are
not the kernel's, rules of others, one of them in the table that iptables shares."""


@pytest.fixture(scope="module")
def _lived_in(request: pytest.FixtureRequest) -> Iterator[dict[str, dict[str, list[str]]]]:
    """Makes each lab lived in once; what it looked like then, by lab."""
    yield {}


@pytest.fixture
def before(lab: Lab, _lived_in: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
    """How the gateway looked before any plan."""
    return lived_in(lab, _lived_in)


def lived_in(lab: Lab, known: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
    name = lab.layout.name
    if name not in known:
        lab.exec_in(lab.layout.gateway, ["sh", "-ec", LIVED_IN])
        if lab.layout.mode is Mode.ROUTED:  # so that one mode sees a NIC that is down at first
            lab.exec_in(lab.layout.gateway, ["ip", "link", "set", "server0", "down"])
        nics = ("client0", "mgmt0") if lab.layout.mode is Mode.ROUTED else ALL_NICS
        known[name] = settled_snapshot(lab, nics)
    return known[name]


Change = Callable[[PairConfig], PairConfig]


def test_stopping_leaves_everything_as_it_was(lab: Lab, before: dict[str, list[str]]) -> None:
    with start_gateway(lab, lab.layout.pair_config()) as gateway:
        assert gateway.hello == {"ready": True}
        assert differences(before, snapshot(lab)) != []
    assert left_behind(lab, before) == []
    assert not list(state_path(lab).parent.iterdir())


def test_other_interfaces_behave_as_before_while_the_pair_is_up(
    lab: Lab, before: dict[str, list[str]]
) -> None:
    """What `all` gave them they now have of their own; the management interface still takes
    router advertisements, though IPv6 is forwarded."""
    with start_gateway(lab, lab.layout.pair_config()):
        lines = lab.exec_in(
            lab.layout.gateway, ["sh", "-c", SYSCTLS], check=False
        ).stdout.splitlines()
        now = dict(line.split(":", 1) for line in lines)
        assert now["ipv4/conf/all/rp_filter"] == "0"
        assert now["ipv4/conf/mgmt0/rp_filter"] == "2"
        assert now["ipv4/conf/lo/rp_filter"] == "1"
        assert now["ipv6/conf/all/forwarding"] == "1"
        assert now["ipv6/conf/mgmt0/forwarding"] == "0"
        assert now["ipv6/conf/mgmt0/accept_ra"] == "2"
        assert now["ipv4/conf/mgmt0/forwarding"] == "0"
    assert left_behind(lab, before) == []


@pytest.mark.parametrize("place", ["before", "inside"])
def test_kill_9_at_each_step_is_repaired_completely(
    lab: Lab, before: dict[str, list[str]], place: str
) -> None:
    """Before its first action, or when only that is done. And repairing twice does nothing."""
    with start_crasher(lab, lab.layout.pair_config()) as crasher:
        names = msgspec.convert(crasher.ask("steps"), list[str])
        assert len(names) > 8
        for name in names:
            assert crasher.ask(f"{place} {name}") == signal.SIGKILL
            undone = msgspec.convert(crasher.ask("repair"), list[str])
            assert undone[0] == name
            assert left_behind(lab, before) == [], name
            assert crasher.ask("repair") == []


def test_a_start_refuses_to_build_on_what_a_crash_left(
    lab: Lab, before: dict[str, list[str]]
) -> None:
    with start_crasher(lab, lab.layout.pair_config()) as crasher:
        assert crasher.ask("before rules") == signal.SIGKILL
        refused = start_gateway(lab, lab.layout.pair_config())
        refused.stop()
        assert "repair it first" in str(refused.hello["error"])
        crasher.ask("repair")
    assert left_behind(lab, before) == []


def test_kill_9_while_it_runs_is_repaired_and_it_starts_again(
    lab: Lab, before: dict[str, list[str]]
) -> None:
    pair = lab.layout.pair_config()
    gateway = start_gateway(lab, pair)
    gateway.process.kill()
    Process.stop(gateway)
    assert repair(lab) != "()"
    assert left_behind(lab, before) == []
    with start_server(lab), start_gateway(lab, pair):
        assert talk(lab, lab.layout.server.ip).inspected
    assert left_behind(lab, before) == []


def test_a_pair_that_runs_is_not_repaired_and_not_started_twice(lab: Lab) -> None:
    with start_gateway(lab, lab.layout.pair_config()):
        second = start_gateway(lab, lab.layout.pair_config())
        assert "already" in str(second.hello["error"])
        second.stop()
        code = (
            "import sys, pathlib, drivers\n"
            "try: drivers.repair(pathlib.Path(sys.argv[1]))\n"
            "except drivers.DriverError as error: print(error)"
        )
        argv = [sys.executable, "-c", code, str(state_path(lab))]
        assert "already runs" in lab.exec_in(lab.layout.gateway, argv).stdout


BAD: dict[str, tuple[Change, str]] = {
    "unknown NIC": (lambda pair: replace(pair, client_nic="nosuch0"), "There is no NIC nosuch0"),
    "default route": (lambda pair: replace(pair, client_nic="mgmt0"), "the default route leaves"),
    "address": (lambda pair: replace(pair, client_nic="mgmt2"), "it has the address 203.0.113.9"),
    "master": (lambda pair: replace(pair, client_nic="mgmt1"), "it belongs to elsewhere0"),
    "not Ethernet": (lambda pair: replace(pair, server_nic="lo"), "lo is not an Ethernet NIC"),
    "bridge name taken": (
        lambda pair: replace(pair, bridge_name="elsewhere0"),
        "An interface elsewhere0 is there already",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_and_changes_nothing(
    bridge_lab: Lab, _lived_in: dict[str, dict[str, list[str]]], name: str
) -> None:
    before = lived_in(bridge_lab, _lived_in)
    change, sentence = BAD[name]
    refused = start_gateway(bridge_lab, change(bridge_lab.layout.pair_config()))
    refused.stop()
    text = str(refused.hello["error"])
    assert sentence in text
    assert text.endswith(".")
    assert "\n" not in text
    assert left_behind(bridge_lab, before) == []


def test_a_step_that_fails_undoes_those_before_it(
    bridge_lab: Lab, _lived_in: dict[str, dict[str, list[str]]]
) -> None:
    """The gateway address is not on the bridge's network, which the kernel finds out late."""
    before = lived_in(bridge_lab, _lived_in)
    pair = replace(bridge_lab.layout.pair_config(), gateways=("198.18.0.1",))
    refused = start_gateway(bridge_lab, pair)
    refused.stop()
    assert "refused" in str(refused.hello["error"])
    assert left_behind(bridge_lab, before) == []
    assert not state_path(bridge_lab).exists()
