"""gateway.toml's routed pair in namespaces: addresses and routes come with it and go with it."""

from __future__ import annotations

import pytest

from gateway.daemon.machine import pair_config
from gateway.policy import load_gateway_config
from tests.net.drivers_support import (
    Process,
    Talk,
    differences,
    left_behind,
    settled_snapshot,
    snapshot,
    start_gateway,
    start_server,
    talk,
)
from tools.lab import Lab

pytestmark = pytest.mark.root

BEHIND = {4: "203.0.113.20", 6: "2001:db8:3::20"}
"""A network that is reached only through the mail server, as through any router."""

SETTINGS = """
[nic]
client = "client0"
server = "server0"
mode = "routed"
client_addresses = ["192.0.2.1/24", "2001:db8:1::1/64"]
server_addresses = ["198.51.100.1/24", "2001:db8:2::1/64"]
routes = ["203.0.113.0/24 via 198.51.100.20", "2001:db8:3::/64 via 2001:db8:2::20"]
"""

BEHIND_THE_SERVER = """
ip addr add 203.0.113.20/24 dev lo
ip addr add 2001:db8:3::20/64 dev lo nodad
"""


@pytest.fixture(scope="module")
def lab_with_network_behind(routed_lab: Lab) -> Lab:
    routed_lab.exec_in(routed_lab.layout.server.namespace, ["sh", "-ec", BEHIND_THE_SERVER])
    return routed_lab


def routes(lab: Lab) -> str:
    shown = [
        lab.exec_in(lab.layout.gateway, ["ip", f"-{family}", "route", "show", "table", "all"])
        for family in (4, 6)
    ]
    return "".join(one.stdout for one in shown)


def test_addresses_and_routes_come_and_go_with_the_pair(lab_with_network_behind: Lab) -> None:
    lab = lab_with_network_behind
    before = settled_snapshot(lab, ("client0", "server0"))
    pair = pair_config(load_gateway_config(SETTINGS), workers=1)
    with start_gateway(lab, pair) as gateway:
        assert gateway.hello == {"ready": True}
        added = differences(before, snapshot(lab))
        for address in (*pair.client_addresses, *pair.server_addresses):
            assert any(address in line and ": + " in line for line in added), address
        for route in pair.routes:
            assert f"{route.destination} via {route.gateway} dev server0" in routes(lab)
        _check_what_lies_behind(lab)
    assert left_behind(lab, before) == []


def _check_what_lies_behind(lab: Lab) -> None:
    """Mail for the network behind the server is inspected on its way there; both ends keep their
    addresses."""
    server: Process
    with start_server(lab) as server:
        assert server.hello
        for family, address in BEHIND.items():
            seen: Talk = talk(lab, address)
            sender = lab.layout.sender.ip if family == 4 else lab.layout.sender.ip6
            assert (seen.inspected, seen.complete) == (True, True), seen
            assert seen.peer == sender
