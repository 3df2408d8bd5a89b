"""The machine's CPUs, and the interrupts and receive queues of its NICs, as /sys and /proc tell.

Both roots are parameters, so a test reads trees it made itself. Reads only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.errors import DriverError
from drivers.topology import SYSFS

PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Cpu:
    """One logical CPU. `core` is the lowest logical CPU of its physical core: CPUs with the same
    `core` are SMT siblings."""

    number: int
    core: int
    node: int


@dataclass(frozen=True, slots=True)
class Irq:
    """One interrupt of a NIC, and the CPUs it may go to, as the kernel writes it (`0-3`)."""

    nic: str
    number: int
    affinity: str


@dataclass(frozen=True, slots=True)
class RxQueue:
    """One receive queue of a NIC; `rps` is its mask of CPUs, as the kernel writes it (`00,03`)."""

    nic: str
    name: str
    rps: str


@dataclass(frozen=True, slots=True)
class CoreProbe:
    """Everything the division of CPUs depends on. `nic_node` is where the pair's NICs are."""

    cpus: tuple[Cpu, ...]
    irqs: tuple[Irq, ...]
    rx_queues: tuple[RxQueue, ...]
    nic_node: int | None


def probe_cores(
    nics: Iterable[str],
    *,
    sysfs: Path = SYSFS,
    proc: Path = PROC,
    allowed: frozenset[int] | None = None,
) -> CoreProbe:
    """The CPUs this process may use (`allowed`; None asks the kernel) and the interrupts of
    `nics`. A machine that says nothing of its topology has one thread per core, on one node."""
    names = tuple(nics)
    usable = frozenset(os.sched_getaffinity(0)) if allowed is None else allowed
    cpus = tuple(cpu for cpu in _read_cpus(sysfs) if cpu.number in usable)
    return CoreProbe(
        cpus=cpus or tuple(Cpu(number, number, 0) for number in sorted(usable)),
        irqs=tuple(irq for nic in names for irq in _read_irqs(nic, sysfs, proc)),
        rx_queues=tuple(queue for nic in names for queue in _read_queues(nic, sysfs)),
        nic_node=_nic_node(names, sysfs),
    )


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """The kernel's list format, `0-3,8`, as numbers; the empty text is the empty list."""
    numbers: list[int] = []
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return tuple(numbers)


def format_cpu_list(numbers: Iterable[int]) -> str:
    """The inverse of `parse_cpu_list`, with runs folded."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def cpu_mask(numbers: Iterable[int]) -> str:
    """The kernel's mask format: hexadecimal, in comma-separated words of 32 bits."""
    value = sum(1 << number for number in set(numbers))
    words = [f"{value & 0xFFFFFFFF:08x}"]
    while value := value >> 32:
        words.insert(0, f"{value & 0xFFFFFFFF:08x}")
    return ",".join(words)


def pin(pid: int, cpu: int) -> None:
    """Bind a process (0: this one) to one CPU; raises `DriverError`."""
    try:
        os.sched_setaffinity(pid, {cpu})
    except OSError as error:
        raise DriverError(f"Cannot bind process {pid} to CPU {cpu} ({error.strerror}).") from error


def _read_cpus(sysfs: Path) -> list[Cpu]:
    base = sysfs / "devices" / "system"
    online = parse_cpu_list(_text(base / "cpu" / "online"))
    nodes = {
        number: int(node.name.removeprefix("node"))
        for node in base.glob("node/node[0-9]*")
        for number in parse_cpu_list(_text(node / "cpulist"))
    }
    cpus: list[Cpu] = []
    for number in online:
        topology = base / "cpu" / f"cpu{number}" / "topology"
        siblings = parse_cpu_list(_text(topology / "thread_siblings_list")) or (number,)
        cpus.append(Cpu(number, min(siblings), nodes.get(number, 0)))
    return cpus


def _read_irqs(nic: str, sysfs: Path, proc: Path) -> list[Irq]:
    """MSI interrupts hang on the PCI device: the NIC's own, or a virtio device's parent. Most
    drivers ask for theirs when the NIC is brought up; until then the kernel has no affinity to
    show, and it will be every CPU."""
    device = (sysfs / "class" / "net" / nic / "device").resolve()
    folder = next(
        (path / "msi_irqs" for path in (device, device.parent) if (path / "msi_irqs").is_dir()),
        None,
    )
    if folder is None:
        return []
    everywhere = _text(sysfs / "devices/system/cpu/online")
    return [
        Irq(nic, number, _text(proc / "irq" / str(number) / "smp_affinity_list") or everywhere)
        for number in sorted(int(path.name) for path in folder.iterdir())
    ]


def _read_queues(nic: str, sysfs: Path) -> list[RxQueue]:
    folder = sysfs / "class" / "net" / nic / "queues"
    files = sorted(folder.glob("rx-*/rps_cpus"))
    return [RxQueue(nic, path.parent.name, _text(path)) for path in files if _text(path)]


def _nic_node(names: tuple[str, ...], sysfs: Path) -> int | None:
    for nic in names:
        text = _text(sysfs / "class" / "net" / nic / "device" / "numa_node")
        if text.isdigit():
            return int(text)
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
