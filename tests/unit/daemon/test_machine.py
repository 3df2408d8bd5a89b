"""What gateway.toml says of the NIC pair reaches the drivers, all of it."""

from __future__ import annotations

import pytest

from drivers import Mode, OnFailure, PairConfig, Route, VlanPolicy
from gateway.daemon.machine import MachineError, pair_config
from gateway.policy import load_gateway_config

ROUTED = """
on_failure = "bypass"
[nic]
client = "eth1"
server = "eth2"
mode = "routed"
client_addresses = ["192.0.2.1/24", "2001:db8:1::1/64"]
server_addresses = ["198.51.100.1/24"]
gateways = ["198.51.100.254", "2001:db8:1::fe"]
routes = ["10.0.0.0/8 via 192.0.2.254", "2001:db8:9::/48 via 2001:db8:1::9"]
vlan = "drop"
[smtp]
ports = [25, 2525]
submission_ports = [587]
"""


def test_a_routed_pair_with_everything() -> None:
    assert pair_config(load_gateway_config(ROUTED), workers=3) == PairConfig(
        client_nic="eth1",
        server_nic="eth2",
        mode=Mode.ROUTED,
        client_addresses=("192.0.2.1/24", "2001:db8:1::1/64"),
        server_addresses=("198.51.100.1/24",),
        gateways=("198.51.100.254", "2001:db8:1::fe"),
        routes=(
            Route("10.0.0.0/8", "192.0.2.254"),
            Route("2001:db8:9::/48", "2001:db8:1::9"),
        ),
        ports=(25, 2525, 587),
        workers=3,
        on_failure=OnFailure.BYPASS,
        vlan=VlanPolicy.DROP,
    )


def test_a_bridge_with_its_addresses() -> None:
    text = '[nic]\nclient = "a"\nserver = "b"\naddresses = ["192.0.2.9/24"]\n'
    pair = pair_config(load_gateway_config(text), workers=1)
    assert (pair.mode, pair.addresses) == (Mode.BRIDGE, ("192.0.2.9/24",))
    assert not pair.routes and not pair.client_addresses


def test_no_pair_is_one_sentence() -> None:
    with pytest.raises(MachineError, match=r"set nic\.client and nic\.server"):
        pair_config(load_gateway_config('[nic]\nclient = "a"\n'), workers=1)
