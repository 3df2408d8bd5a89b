"""Who works on which CPU: interrupts, steering, workers, emulation. Pure: a probe in, a plan out.

Roles are given to whole physical cores, never to single SMT siblings: what a hostile guest of the
emulation does to its core is then not felt, or listened to, by a worker. A worker has the first
thread of its core, the inspector beside it the second, where there is one.

    physical cores   interrupts   steering         emulation         workers
    1                the core     the same         the same          1
    2, 3             the first    the same         shares the last   one on each core
    4 to 15          the first    the same         a quarter         the rest
    16 and more      one in 16    one of its own   a quarter         the rest

Interrupts of a mail gateway are few (a first packet and then large segments), so below 16 cores
one core takes them and the interceptor as well, which answers 135,000 packets a second on one.
With fewer than four cores a core without a worker would cost more than sharing does. The cores of
the NICs' own NUMA node come first, so what is far from the NICs is what emulation gets.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from drivers import actions as act
from drivers.actions import Step
from drivers.config import MAX_WORKERS
from drivers.cpus import PROC, CoreProbe, Cpu, cpu_mask, format_cpu_list
from drivers.topology import SYSFS

SHARING_BELOW: Final = 4
STEERING_ALONE_FROM: Final = 16
CORES_PER_INTERRUPT_CORE: Final = 16
MAX_INTERRUPT_CORES: Final = 8
EMULATION_SHARE: Final = 4
"""One core in so many. A guest is either idle or takes a whole core for seconds."""


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """The CPU of worker `k`, and of the inspector beside it."""

    cpu: int
    inspector: int


@dataclass(frozen=True, slots=True)
class CorePlan:
    """The division of the CPUs. The tuples of CPU numbers may overlap on small machines."""

    interrupts: tuple[int, ...]
    steering: int
    workers: tuple[WorkerPlace, ...]
    emulation: tuple[int, ...]
    total: int

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """What to print: role, CPUs, what runs there."""
        inspectors = format_cpu_list(place.inspector for place in self.workers)
        return (
            ("interrupts", format_cpu_list(self.interrupts), "the NICs' interrupts and softirqs"),
            ("steering", str(self.steering), "the interceptor"),
            (
                "workers",
                format_cpu_list(place.cpu for place in self.workers),
                f"{len(self.workers)} workers, one per core; inspectors on {inspectors}",
            ),
            ("emulation", format_cpu_list(self.emulation), "guests"),
        )

    def __str__(self) -> str:
        lines = [f"{role:<11} {cpus:<16} {what}" for role, cpus, what in self.rows()]
        return "\n".join([f"{'role':<11} {'CPUs':<16} of {self.total}", *lines])


def plan_cores(probe: CoreProbe, workers: int | None = None) -> CorePlan:
    """Divide the probed CPUs. `workers` asks for another number of workers than one per core
    that is left for them: fewer leaves cores idle, more puts several on one core."""
    cores = _cores(probe)
    count = len(cores)
    interrupts = _interrupt_count(count)
    own_steering = count >= STEERING_ALONE_FROM
    emulation = count // EMULATION_SHARE if count >= SHARING_BELOW else 1
    if count < SHARING_BELOW:
        inspecting = cores
    else:
        inspecting = cores[interrupts + own_steering : count - emulation]
    steering = cores[interrupts] if own_steering else cores[0]
    return CorePlan(
        interrupts=_threads(cores[:interrupts]),
        steering=steering[0],
        workers=_places(inspecting, workers),
        emulation=_threads(cores[count - emulation :]),
        total=len(probe.cpus),
    )


def core_steps(plan: CorePlan, probe: CoreProbe) -> list[Step]:
    """Send the NICs' interrupts, and the packets of a NIC with fewer queues than there are
    interrupt CPUs, where the plan says. Kernels refuse some (managed interrupts): that is no
    error, they stay where they are."""
    targets = plan.interrupts
    irqs = [
        (PROC / "irq" / str(irq.number) / "smp_affinity_list", str(cpu), irq.affinity)
        for irq, cpu in zip(probe.irqs, _cycle(targets, len(probe.irqs)), strict=True)
    ]
    queues = [
        (SYSFS / "class" / "net" / queue.nic / "queues" / queue.name / "rps_cpus", mask, queue.rps)
        for queue in probe.rx_queues
        if (mask := cpu_mask(targets)) and _spreads(probe, queue.nic, len(targets))
    ]
    named = (("interrupts", irqs), ("packet spreading", queues))
    return [
        Step(
            name,
            tuple(act.WriteFile(str(path), new, optional=True) for path, new, _ in writes),
            tuple(act.WriteFile(str(path), old, optional=True) for path, _, old in writes),
        )
        for name, writes in named
        if writes
    ]


def _cores(probe: CoreProbe) -> list[list[int]]:
    """Physical cores as lists of their threads: the NICs' node first, then by number."""
    threads: dict[int, list[Cpu]] = defaultdict(list)
    for cpu in sorted(probe.cpus, key=lambda cpu: cpu.number):
        threads[cpu.core].append(cpu)
    ordered = sorted(
        threads.values(),
        key=lambda core: (
            probe.nic_node is not None and core[0].node != probe.nic_node,
            core[0].number,
        ),
    )
    return [[cpu.number for cpu in core] for core in ordered]


def _interrupt_count(cores: int) -> int:
    return min(max(cores // CORES_PER_INTERRUPT_CORE, 1), MAX_INTERRUPT_CORES)


def _places(cores: list[list[int]], wanted: int | None) -> tuple[WorkerPlace, ...]:
    count = min(wanted or len(cores), MAX_WORKERS)
    return tuple(
        WorkerPlace(core[0], core[-1])
        for core in (cores[number % len(cores)] for number in range(count))
    )


def _threads(cores: list[list[int]]) -> tuple[int, ...]:
    return tuple(sorted(cpu for core in cores for cpu in core))


def _cycle(targets: tuple[int, ...], count: int) -> list[int]:
    return [targets[number % len(targets)] for number in range(count)]


def _spreads(probe: CoreProbe, nic: str, targets: int) -> bool:
    return sum(queue.nic == nic for queue in probe.rx_queues) < targets
