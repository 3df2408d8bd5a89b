"""From a probe to steps: what is refused, in which order things are done, what undoes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from drivers import DriverError, Mode, Offloads, PairConfig, Plan, Probe, Route, Spelling, make_plan
from drivers.actions import (
    AddBridge,
    DropIptables,
    LoadNft,
    SetFeature,
    SetMaster,
    SetRoute,
    SetUp,
    Step,
    WriteFile,
)
from tests.unit.drivers.machines import FREE, SYSCTLS, machine

BRIDGE = PairConfig("eth1", "eth2")
ROUTED = PairConfig(
    "eth1",
    "eth2",
    mode=Mode.ROUTED,
    client_addresses=("198.51.100.1/24",),
    server_addresses=("203.0.113.1/24",),
)

REFUSED: list[tuple[PairConfig, dict[str, Any], str]] = [
    (BRIDGE, {"net_admin": False}, "needs root"),
    (BRIDGE, {"tools": frozenset()}, "install the Debian package nftables"),
    (BRIDGE, {"missing": frozenset({"nft_tproxy"})}, "lacks transparent proxying"),
    (BRIDGE, {"missing": frozenset({"nft_bridge"})}, "lacks bridge rules"),
    (BRIDGE, {"spelling": None}, "neither by nft_queue nor by xt_NFQUEUE"),
    (
        BRIDGE,
        {"spelling": None, "tools": frozenset({"nft"})},
        "install the Debian package iptables",
    ),
    (BRIDGE, {"nft_tables": frozenset({"inet sluice"})}, "there already"),
    (replace(BRIDGE, client_nic="eth7"), {}, "There is no NIC eth7; this machine has: eth0, eth1"),
    (replace(BRIDGE, server_nic="eth0"), {}, "the default route leaves through it"),
    (BRIDGE, {"addresses": {"eth2": ("2001:db8::1/64",)}}, "it has the address 2001:db8::1/64"),
    (BRIDGE, {"nics": (replace(FREE, master="br7"),)}, "it belongs to br7"),
    (BRIDGE, {"nics": (replace(FREE, ethernet=False),)}, "not an Ethernet NIC"),
    (replace(BRIDGE, bridge_name="eth0"), {}, "An interface eth0 is there already"),
    (replace(ROUTED, client_addresses=()), {}, "has no address, which a routed pair needs"),
    (ROUTED, {"addresses": {"eth1": ("192.0.2.9/24",)}}, "it has the address 192.0.2.9/24"),
]


@pytest.mark.parametrize(("config", "changes", "sentence"), REFUSED)
def test_what_does_not_fit_the_machine(
    config: PairConfig, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DriverError) as caught:
        make_plan(config, machine(**changes))
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_routed_nic_may_keep_the_address_the_system_gave_it() -> None:
    probe = machine(addresses={"eth1": ("198.51.100.9/24",)})
    plan = make_plan(replace(ROUTED, client_addresses=()), probe)
    assert "addresses of eth1" not in names(plan)
    assert "addresses of eth2" in names(plan)


def test_a_routed_pair_needs_no_bridge_rules() -> None:
    plan = make_plan(ROUTED, machine(missing=frozenset({"nft_bridge"})))
    (load,) = [action for step in plan.steps for action in step.do if isinstance(action, LoadNft)]
    assert "bridge" not in load.text


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def step(plan: Plan, name: str) -> Step:
    return next(step for step in plan.steps if step.name == name)


def test_the_rules_are_there_before_the_first_frame_can_cross() -> None:
    for spelling in Spelling:
        order = names(make_plan(BRIDGE, machine(spelling=spelling)))
        assert order[-2:] == ["join eth1", "join eth2"]
        assert order.index("rules") < order.index("bridge") < order.index("join eth1")
        assert ("IPv6 queue rule" in order) == (spelling is Spelling.IPTABLES)


def test_the_bridge_has_the_address_that_the_rules_name() -> None:
    plan = make_plan(BRIDGE, machine())
    assert step(plan, "bridge").do[0] == AddBridge("sluice0", FREE.mac)
    assert plan.rules.bridge_mac == FREE.mac


def test_a_nic_that_was_down_goes_down_again_and_one_that_was_up_is_left_up() -> None:
    plan = make_plan(BRIDGE, machine())
    assert step(plan, "join eth2").undo == (SetUp("eth2", False), SetMaster("eth2", None))
    assert step(plan, "join eth1").undo == (SetMaster("eth1", None),)


def writes(step: Step, kind: str) -> list[tuple[str, str]]:
    actions = step.do if kind == "do" else step.undo
    return [
        (action.path.removeprefix("/proc/sys/net/"), action.value)
        for action in actions
        if isinstance(action, WriteFile)
    ]


def test_no_other_interface_loses_its_source_check() -> None:
    """`all` was 1: eth0 had 2 of its own and keeps it; `default` gets the 1 that `all` gave."""
    found = step(make_plan(BRIDGE, machine()), "IPv4 source check")
    assert writes(found, "do") == [
        ("ipv4/conf/default/rp_filter", "1"),
        ("ipv4/conf/all/rp_filter", "0"),
    ]
    assert writes(found, "undo") == [
        ("ipv4/conf/all/rp_filter", "1"),
        ("ipv4/conf/default/rp_filter", "0"),
    ]


def test_ipv6_forwarding_does_not_make_the_management_interface_deaf() -> None:
    found = step(make_plan(BRIDGE, machine()), "IPv6 forwarding")
    assert writes(found, "do") == [
        ("ipv6/conf/eth0/accept_ra", "2"),
        ("ipv6/conf/all/forwarding", "1"),
        ("ipv6/conf/default/forwarding", "0"),
        ("ipv6/conf/eth0/forwarding", "0"),
    ]
    assert writes(found, "undo")[0] == ("ipv6/conf/all/forwarding", "0")
    assert writes(found, "undo")[-1] == ("ipv6/conf/eth0/accept_ra", "1")


def test_what_is_already_right_is_not_touched() -> None:
    right = {
        key: "1" if key.endswith("forwarding") else "0"
        for key in SYSCTLS
        if not key.endswith("accept_ra")
    }
    order = names(make_plan(ROUTED, machine(sysctls=right)))
    assert not {"bridge without iptables", "IPv4 source check", "IPv6 forwarding"} & set(order)


def test_without_ipv6_there_are_no_ipv6_steps() -> None:
    ipv4 = {key: value for key, value in SYSCTLS.items() if "ipv6" not in key}
    plan = make_plan(BRIDGE, machine(sysctls=ipv4))
    text = str(replace(plan, steps=tuple(s for s in plan.steps if s.name != "rules")))
    assert "ipv6" not in text
    assert "::/0" not in text
    assert "IPv6" not in text


def routes(config: PairConfig, probe: Probe) -> list[tuple[str, str, str | None]]:
    found = step(make_plan(config, probe), "routes of the pair")
    return [(a.destination, a.nic, a.gateway) for a in found.do if isinstance(a, SetRoute)]


def test_a_bridge_without_a_gateway_finds_everyone_on_the_wire() -> None:
    assert routes(BRIDGE, machine()) == [
        ("0.0.0.0/0", "sluice0", None),
        ("::/0", "sluice0", None),
    ]


def test_gateways_and_further_routes() -> None:
    config = replace(
        ROUTED, gateways=("198.51.100.254",), routes=(Route("192.0.2.0/24", "203.0.113.7"),)
    )
    assert routes(config, machine()) == [
        ("198.51.100.0/24", "eth1", None),
        ("203.0.113.0/24", "eth2", None),
        ("192.0.2.0/24", "eth2", "203.0.113.7"),
        ("0.0.0.0/0", "eth1", "198.51.100.254"),
    ]


def test_lro_is_switched_off_and_on_again() -> None:
    probe = machine(offloads={"eth1": Offloads(lro=True, gro=True, tx_checksum=True)})
    found = step(make_plan(BRIDGE, probe), "offloads of eth1")
    assert [a.on for a in (*found.do, *found.undo) if isinstance(a, SetFeature)] == [False, True]
    assert "LRO" in probe.offloads["eth1"].note
    assert "GRO is on" in Offloads(False, True, None).note


def test_the_mangle_table_of_others_is_kept() -> None:
    for tables, drop in ((frozenset({"ip mangle"}), False), (frozenset[str](), True)):
        plan = make_plan(BRIDGE, machine(spelling=Spelling.IPTABLES, nft_tables=tables))
        (undo,) = step(plan, "IPv4 queue rule").undo
        assert isinstance(undo, DropIptables)
        assert undo.drop_table is drop


def test_every_step_has_an_undo_survives_the_state_file_and_prints() -> None:
    for config in (BRIDGE, ROUTED):
        plan = make_plan(config, machine(spelling=Spelling.IPTABLES))
        assert all(step.undo for step in plan.steps)
        assert len(set(names(plan))) == len(plan.steps)
        wire = msgspec.json.encode(plan.steps)
        assert msgspec.json.decode(wire, type=tuple[Step, ...]) == plan.steps
        for number, name in enumerate(names(plan), 1):
            assert f"{number:2}. {name}\n" in str(plan)


def test_steps_of_others_come_last_when_the_nics_are_up() -> None:
    more = Step("interrupts", (WriteFile("/a", "1"),), (WriteFile("/a", "0"),))
    assert make_plan(BRIDGE, machine(), [more]).steps[-1] == more


def test_a_routed_nic_that_keeps_its_addresses_carries_the_routes_of_its_network() -> None:
    """A router is looked for on the side where it is, also when the NIC had its address before."""
    config = replace(
        ROUTED,
        client_addresses=(),
        server_addresses=(),
        routes=(Route("10.0.0.0/8", "203.0.113.254"),),
    )
    addresses = {"eth1": ("198.51.100.1/24",), "eth2": ("203.0.113.1/24",)}
    plan = make_plan(config, machine(addresses=addresses))
    routes = [a for step in plan.steps for a in step.do if isinstance(a, SetRoute) and not a.local]
    assert [(route.destination, route.nic, route.gateway) for route in routes] == [
        ("198.51.100.0/24", "eth1", None),
        ("203.0.113.0/24", "eth2", None),
        ("10.0.0.0/8", "eth2", "203.0.113.254"),
    ]
