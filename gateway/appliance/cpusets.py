"""CPU sets of systemd's slices, from the plan by which the gateway pins its processes.

The gateway's own processes are pinned one by one (drivers/cores.py). This keeps everything else
off the workers' cores: the system and whoever is logged in stay with the interrupts and the
emulation, the antivirus beside the workers. On two or three cores, where all of it is shared, the
sets come out as nearly the whole machine.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping

from drivers import CorePlan, DriverError
from drivers.cpus import format_cpu_list
from gateway.daemon.machine import MachineError, plan_machine
from gateway.policy import GatewayConfig

_SECONDS = 30.0


def cpu_sets(plan: CorePlan) -> dict[str, str]:
    """Unit name to its AllowedCPUs=. Pure."""
    workers = {place.cpu for place in plan.workers} | {place.inspector for place in plan.workers}
    housekeeping = format_cpu_list({*plan.interrupts, *plan.emulation})
    return {
        "system.slice": housekeeping,
        "user.slice": housekeeping,
        "clamd.service": format_cpu_list(workers | set(plan.emulation)),
    }


def divide_cpus(config: GatewayConfig, say: Callable[[str], None]) -> None:
    """Bring the sets in force until the next start. What cannot be done is said, and harmless."""
    try:
        sets = cpu_sets(plan_machine(config)[1])
    except (DriverError, MachineError) as error:
        say(f"the CPUs are not divided: {error}")
        return
    _apply(sets, say)


def _apply(sets: Mapping[str, str], say: Callable[[str], None]) -> None:
    for unit, cpus in sets.items():
        words = ["systemctl", "set-property", "--runtime", unit, f"AllowedCPUs={cpus}"]
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            say(f"{unit} is not kept to CPUs {cpus}: {error}")
