"""The packet path end to end: both ends keep their addresses, and who is asked, when."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from drivers import OnFailure, Side
from tests.net.drivers_support import QUIET_SECONDS, start_gateway, start_server, talk
from tools.lab import Lab

pytestmark = pytest.mark.root

FAMILIES = pytest.mark.parametrize("family", [4, 6])


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, ExitStack]]:
    """Mail servers, by lab: started once, since they keep no state."""
    known: dict[str, ExitStack] = {}
    yield known
    for stack in known.values():
        stack.close()


@pytest.fixture
def lab(lab: Lab, servers: dict[str, ExitStack]) -> Lab:
    """Both ends can be asked on port 25: connections are made in both directions."""
    return served(lab, servers)


def served(lab: Lab, servers: dict[str, ExitStack]) -> Lab:
    if lab.layout.name not in servers:
        servers[lab.layout.name] = ExitStack()
        for namespace in (lab.layout.server.namespace, lab.layout.sender.namespace):
            servers[lab.layout.name].enter_context(start_server(lab, namespace))
    return lab


@contextmanager
def extra_address(lab: Lab, address: str) -> Iterator[None]:
    """One more address at the sender, for as long as the block."""
    place = ["dev", "eth0", *(["nodad"] if ":" in address else [])]
    lab.exec_in(lab.layout.sender.namespace, ["ip", "addr", "add", address, *place])
    try:
        yield
    finally:
        lab.exec_in(lab.layout.sender.namespace, ["ip", "addr", "del", address, "dev", "eth0"])


def server_address(lab: Lab, family: int) -> str:
    return lab.layout.server.ip if family == 4 else lab.layout.server.ip6


def sender_address(lab: Lab, family: int) -> str:
    return lab.layout.sender.ip if family == 4 else lab.layout.sender.ip6


@FAMILIES
def test_a_connection_is_inspected_and_both_ends_keep_their_addresses(
    lab: Lab, family: int
) -> None:
    pair = replace(lab.layout.pair_config(), workers=2)
    with start_gateway(lab, pair) as gateway:
        got = talk(lab, server_address(lab, family))
        assert got.inspected
        assert got.complete
        assert got.peer == sender_address(lab, family)
        (question,) = gateway.questions()
        assert question["side"] == "client"
        assert question["syn"] == {
            "family": family,
            "src": sender_address(lab, family),
            "dst": server_address(lab, family),
            "sport": got.port,
            "dport": 25,
        }


@FAMILIES
def test_a_worker_may_keep_the_clients_port_as_well(lab: Lab, family: int) -> None:
    with (
        start_gateway(lab, lab.layout.pair_config(), keep_port=True),
    ):
        for _ in range(3):
            got = talk(lab, server_address(lab, family))
            assert got.inspected
            assert got.complete
            assert got.peer_port == got.port


@FAMILIES
def test_a_bridge_without_an_address_of_its_own(
    bridge_lab: Lab, servers: dict[str, ExitStack], family: int
) -> None:
    lab = served(bridge_lab, servers)
    pair = replace(lab.layout.pair_config(), addresses=())
    with start_gateway(lab, pair):
        got = talk(lab, server_address(lab, family))
        assert got.inspected
        assert got.complete
        assert got.peer == sender_address(lab, family)


@FAMILIES
def test_a_handshake_by_cookie_reaches_its_worker(lab: Lab, family: int) -> None:
    """Under a flood the kernel keeps no state for a first packet: when the client acknowledges,
    there is no socket yet, and only the connection's mark says whose it is."""
    setting = ["sh", "-c", "echo {} > /proc/sys/net/ipv4/tcp_syncookies"]
    with start_gateway(lab, lab.layout.pair_config()) as gateway:
        lab.exec_in(lab.layout.gateway, [*setting[:2], setting[2].format(2)])
        try:
            got = talk(lab, server_address(lab, family))
        finally:
            lab.exec_in(lab.layout.gateway, [*setting[:2], setting[2].format(1)])
        assert got.inspected
        assert got.complete
        assert gateway.counter("intercepted") == 2
        assert gateway.counter("asked") == 1


@FAMILIES
def test_connections_from_the_server_side_are_intercepted_too(lab: Lab, family: int) -> None:
    plan = lab.layout
    with (
        start_gateway(lab, plan.pair_config()) as gateway,
    ):
        got = talk(lab, sender_address(lab, family), namespace=plan.server.namespace)
        assert got.inspected
        assert got.peer == server_address(lab, family)
        assert [question["side"] for question in gateway.questions()] == ["server"]


def test_a_side_that_is_not_intercepted_is_switched_on_untouched(lab: Lab) -> None:
    plan = lab.layout
    pair = replace(plan.pair_config(), intercept_from=(Side.CLIENT,))
    with start_gateway(lab, pair) as gateway:
        got = talk(lab, plan.sender.ip, namespace=plan.server.namespace)
        assert got.complete
        assert not got.inspected
        assert got.peer_port == got.port
        assert gateway.questions() == []


def test_other_ports_and_further_intercepted_ports(lab: Lab) -> None:
    pair = replace(lab.layout.pair_config(), ports=(25, 587))
    with (
        start_server(lab, port=587),
        start_server(lab, port=2525),
        start_gateway(lab, pair) as gateway,
    ):
        assert talk(lab, lab.layout.server.ip, port=587).inspected
        plain = talk(lab, lab.layout.server.ip, port=2525)
        assert plain.complete
        assert not plain.inspected
        assert len(gateway.questions()) == 1


def test_a_listener_port_is_not_reachable_from_outside(lab: Lab) -> None:
    """A service of the real server on the same number is untouched."""
    pair = lab.layout.pair_config()
    with start_server(lab, port=pair.listener_base), start_gateway(lab, pair):
        got = talk(lab, lab.layout.server.ip, port=pair.listener_base)
        assert got.complete
        assert not got.inspected


@FAMILIES
def test_a_passed_connection_goes_by_and_is_asked_about_once(lab: Lab, family: int) -> None:
    """The address .77 is on the interceptor's list of passed sources."""
    subnet = sender_address(lab, family).rpartition("." if family == 4 else ":")[0]
    source = f"{subnet}.77" if family == 4 else f"{subnet}:77"
    address = f"{source}/{24 if family == 4 else 64}"
    with (
        extra_address(lab, address),
        start_gateway(lab, lab.layout.pair_config()) as gateway,
    ):
        got = talk(lab, server_address(lab, family), source=source)
        assert got.complete
        assert not got.inspected
        assert (got.peer, got.peer_port) == (source, got.port)
        assert len(gateway.questions()) == 1
        assert gateway.counter("passed") > 3


@FAMILIES
def test_hold_with_nobody_on_the_queue_drops_new_connections(lab: Lab, family: int) -> None:
    with start_gateway(lab, lab.layout.pair_config(), bind=False):
        got = talk(lab, server_address(lab, family), timeout=QUIET_SECONDS)
        assert got.error == "TimeoutError"


@FAMILIES
def test_bypass_with_nobody_on_the_queue_routes_on_untouched(lab: Lab, family: int) -> None:
    pair = replace(lab.layout.pair_config(), on_failure=OnFailure.BYPASS, workers=2)
    with start_gateway(lab, pair, bind=False) as gateway:
        got = talk(lab, server_address(lab, family))
        assert got.complete
        assert not got.inspected
        assert (got.peer, got.peer_port) == (sender_address(lab, family), got.port)
        assert gateway.counter("bypassed") > 3


@FAMILIES
def test_closing_the_queue_under_bypass_lets_the_next_connection_by(lab: Lab, family: int) -> None:
    pair = replace(lab.layout.pair_config(), on_failure=OnFailure.BYPASS)
    with start_gateway(lab, pair) as gateway:
        assert talk(lab, server_address(lab, family)).inspected
        gateway.ask("unbind")
        assert not talk(lab, server_address(lab, family)).inspected
        gateway.ask("bind")
        assert talk(lab, server_address(lab, family)).inspected


@pytest.mark.parametrize("on_failure", list(OnFailure))
@FAMILIES
def test_a_worker_without_a_listener_is_no_way_around_inspection(
    lab: Lab, family: int, on_failure: OnFailure
) -> None:
    """nft's tproxy lets a packet go on when nobody listens; the guard rule must catch it."""
    pair = replace(lab.layout.pair_config(), on_failure=on_failure)
    with start_gateway(lab, pair) as gateway:
        gateway.ask("deafen 0")
        got = talk(lab, server_address(lab, family), timeout=QUIET_SECONDS)
        assert gateway.counter("no_listener") > 0
        if on_failure is OnFailure.HOLD:
            assert got.error == "TimeoutError"
        else:
            assert got.complete
            assert not got.inspected


def test_workers_and_on_failure_change_while_it_runs(lab: Lab) -> None:
    """The counters go on counting, and connections made before, during and after work."""
    with start_gateway(lab, lab.layout.pair_config(), bind=False) as gateway:
        gateway.ask("update 1 bypass")
        assert not talk(lab, lab.layout.server.ip).inspected
        gateway.ask("update 1 hold")
        assert talk(lab, lab.layout.server.ip, timeout=QUIET_SECONDS).error == "TimeoutError"
        before = gateway.counters()
        gateway.ask("bind")
        gateway.ask("update 3 hold")
        gateway.ask("update 1 hold")
        assert talk(lab, lab.layout.server.ip).inspected
        after = gateway.counters()
        assert all(after[name] >= count for name, count in before.items())


OLD_CLIENT = """
import socket, sys
s = socket.create_connection((sys.argv[1], 25), 5)
s.recv(100)
print("up", flush=True)
sys.stdin.readline()
s.sendall(b"x")
try:
    print(s.recv(10))
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("on_failure", list(OnFailure))
def test_a_connection_from_before_is_ended_under_hold_and_kept_under_bypass(
    routed_lab: Lab, servers: dict[str, ExitStack], on_failure: OnFailure
) -> None:
    """It runs, uninspected, when the gateway starts on what was a plain router."""
    lab = served(routed_lab, servers)
    plan = lab.layout
    addresses = (*plan.client_addresses, *plan.server_addresses)
    pair = replace(
        plan.pair_config(), client_addresses=(), server_addresses=(), on_failure=on_failure
    )
    with plain_router(lab, addresses):
        client = lab.popen(
            plan.sender.namespace,
            [sys.executable, "-c", OLD_CLIENT, plan.server.ip],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert client.stdout
        assert client.stdout.readline() == b"up\n"
        with start_gateway(lab, pair) as gateway:
            out, _ = client.communicate(b"\n", timeout=10)
            held = on_failure is OnFailure.HOLD
            assert out == (b"ConnectionResetError\n" if held else b"b'x'\n")
            assert gateway.counter("unowned") >= 1


@contextmanager
def plain_router(lab: Lab, addresses: tuple[str, ...]) -> Iterator[None]:
    """The gateway as a machine that routes between its NICs, without us."""
    nics = ("client0", "client0", "server0", "server0")
    pairs = list(zip(addresses, nics, strict=True))
    forward = "for f in ipv4/conf/all ipv6/conf/all; do echo {} >/proc/sys/net/$f/forwarding; done"
    lab.exec_in(lab.layout.gateway, ["sh", "-c", forward.format(1)])
    for address, nic in pairs:
        lab.exec_in(lab.layout.gateway, ["ip", "addr", "add", address, "dev", nic])
    try:
        yield
    finally:
        for address, nic in pairs:
            lab.exec_in(lab.layout.gateway, ["ip", "addr", "del", address, "dev", nic])
        lab.exec_in(lab.layout.gateway, ["sh", "-c", forward.format(0)])
