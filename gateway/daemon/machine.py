"""From gateway.toml to what the drivers are asked for: the NIC pair, the cores, the places."""

from __future__ import annotations

from dataclasses import dataclass

import drivers
from drivers import CorePlan, CoreProbe, PairConfig, Route, VlanPolicy
from drivers.actions import Step
from drivers.cpus import parse_cpu_list
from gateway.policy import GatewayConfig, OnFailure


class MachineError(Exception):
    """gateway.toml asks for something this machine is not told how to do; one sentence."""


@dataclass(frozen=True, slots=True)
class Places:
    """Which CPUs each kind of process runs on."""

    steering: list[int]
    workers: tuple[int, ...]
    inspectors: tuple[int, ...]
    emulation: list[int]


def pair_config(config: GatewayConfig, workers: int) -> PairConfig:
    """The NIC pair that `config` describes. Raises MachineError, DriverError."""
    if not config.nic.client or not config.nic.server:
        raise MachineError("gateway.toml names no NIC pair: set nic.client and nic.server")
    return PairConfig(
        client_nic=config.nic.client,
        server_nic=config.nic.server,
        mode=drivers.Mode(config.nic.mode.value),
        addresses=config.nic.addresses,
        client_addresses=config.nic.client_addresses,
        server_addresses=config.nic.server_addresses,
        gateways=config.nic.gateways,
        routes=tuple(_route(text) for text in config.nic.routes),
        ports=(*config.smtp.ports, *config.smtp.submission_ports),
        workers=workers,
        on_failure=driver_failure(config),
        vlan=VlanPolicy(config.nic.vlan.value),
    )


def _route(text: str) -> Route:
    """`network via router`, checked when the file was read, as the drivers take it."""
    destination, gateway = text.split(" via ")
    return Route(destination, gateway)


def driver_failure(config: GatewayConfig) -> drivers.OnFailure:
    """on_failure as the drivers spell it."""
    bypass = config.on_failure is OnFailure.BYPASS
    return drivers.OnFailure.BYPASS if bypass else drivers.OnFailure.HOLD


def places(config: GatewayConfig, plan: CorePlan) -> Places:
    """The CPUs of each kind of process: the plan's, unless gateway.toml names some."""
    named = parse_cpu_list(config.emulator.cpus) if config.emulator.cpus else plan.emulation
    return Places(
        [plan.steering],
        tuple(place.cpu for place in plan.workers),
        tuple(place.inspector for place in plan.workers),
        list(named),
    )


def plan_machine(config: GatewayConfig) -> tuple[Places, CorePlan, list[Step]]:
    """Divide this machine's CPUs for `config`; with the steps that move its interrupts."""
    probe: CoreProbe = drivers.probe_cores((config.nic.client, config.nic.server))
    plan = drivers.plan_cores(probe, config.workers or None)
    return places(config, plan), plan, drivers.core_steps(plan, probe)
