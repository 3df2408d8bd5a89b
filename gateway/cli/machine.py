"""The machine as the drivers see it: CPUs and network interfaces. Looks, changes nothing."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

import drivers
from drivers import DriverError, Nic, Probe
from gateway.cli.control import runs
from gateway.cli.exits import CliError, Exit
from gateway.cli.screen import styled
from gateway.cli.words import TAGGED_MAIL
from gateway.daemon.machine import MachineError, pair_config, plan_machine
from gateway.policy import GatewayConfig


def core_plan(config: GatewayConfig) -> str:
    """Who works on which CPU. Raises CliError."""
    try:
        return str(plan_machine(config)[1])
    except DriverError as error:
        raise CliError(Exit.MACHINE, str(error)) from None


def nic_plan(config: GatewayConfig) -> str:
    """Each step that a start would take, and how it is undone. Raises CliError."""
    try:
        workers = len(plan_machine(config)[1].workers)
        return str(drivers.make_plan(pair_config(config, workers), drivers.probe()))
    except (DriverError, MachineError) as error:
        if runs(config):
            raise CliError(Exit.MACHINE, f"{_joined(config)}: there is nothing to plan") from None
        raise CliError(Exit.MACHINE, str(error)) from None


def show_nics(config: GatewayConfig, console: Console) -> None:
    """Print every interface, and whether the NIC pair can be set up."""
    probe = drivers.probe()
    console.print(_table(config, probe))
    console.print()
    console.print(styled(_readiness(config, probe)))


def _readiness(config: GatewayConfig, probe: Probe) -> str:
    """One sentence: what stands in the way of a start, if anything."""
    try:
        drivers.make_plan(pair_config(config, workers=1), probe)
    except (DriverError, MachineError) as error:
        if runs(config):
            return f"{_joined(config)}."
        return f"The pair cannot be set up now: {error}"
    tagged = TAGGED_MAIL[config.nic.vlan.value]
    return (
        f"{config.nic.client} and {config.nic.server} can be joined ({config.nic.mode}). "
        f"Mail in VLAN tags {tagged} (nic.vlan)."
    )


def _joined(config: GatewayConfig) -> str:
    return f"{config.nic.client} and {config.nic.server} are joined: the gateway runs on them"


def _table(config: GatewayConfig, probe: Probe) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("name", "side", "state", "speed", "driver", "queues", "MTU"):
        table.add_column(name, justify="right" if name in ("speed", "queues", "MTU") else "left")
    table.add_column("addresses", overflow="fold")
    for nic in probe.nics:
        table.add_row(
            styled(nic.name),
            _side(config, nic),
            _state(nic),
            _speed(nic),
            styled(nic.driver or ("bridge" if nic.bridge else "")),
            str(nic.rx_queues),
            str(nic.mtu),
            styled("\n".join(probe.addresses.get(nic.name, ())), lines=True),
        )
    return table


def _side(config: GatewayConfig, nic: Nic) -> str:
    if nic.name == config.nic.client:
        return "client"
    return "server" if nic.name == config.nic.server else ""


def _speed(nic: Nic) -> str:
    if not nic.speed:
        return ""
    return f"{nic.speed / 1000:g} Gbit/s" if nic.speed >= 1000 else f"{nic.speed} Mbit/s"


def _state(nic: Nic) -> str:
    if not nic.up:
        return "down"
    return "up" if nic.carrier else "no carrier"
