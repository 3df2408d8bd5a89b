"""Who works where, on machines of 1 to 64 CPUs, from fixture trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers import CorePlan, DriverError, core_steps, pin, plan_cores, probe_cores
from drivers.actions import WriteFile
from drivers.cpus import cpu_mask, format_cpu_list, parse_cpu_list
from tests.unit.drivers.machines import cpu_tree, nic_tree, on_bus, write


def planned(root: Path, cores: int, threads: int = 1, nodes: int = 1) -> CorePlan:
    cpu_tree(root, cores, threads, nodes)
    allowed = frozenset(range(cores * threads))
    return plan_cores(probe_cores((), sysfs=root, allowed=allowed))


MACHINES: dict[tuple[int, int], tuple[str, int, str, str]] = {
    # (cores, threads): interrupts, steering, workers, emulation
    (1, 1): ("0", 0, "0", "0"),
    (1, 2): ("0-1", 0, "0", "0-1"),
    (2, 1): ("0", 0, "0-1", "1"),
    (4, 1): ("0", 0, "1-2", "3"),
    (4, 2): ("0,4", 0, "1-2", "3,7"),
    (8, 1): ("0", 0, "1-5", "6-7"),
    (32, 2): ("0-1,32-33", 2, "3-23", "24-31,56-63"),
    (64, 1): ("0-3", 4, "5-47", "48-63"),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_division(tmp_path: Path, machine: tuple[int, int]) -> None:
    plan = planned(tmp_path, *machine)
    workers = format_cpu_list(place.cpu for place in plan.workers)
    found = (
        format_cpu_list(plan.interrupts),
        plan.steering,
        workers,
        format_cpu_list(plan.emulation),
    )
    assert found == MACHINES[machine]


@pytest.mark.parametrize("cores", [4, 5, 7, 8, 15, 16, 17, 48, 64, 128])
@pytest.mark.parametrize("threads", [1, 2])
def test_from_four_cores_on_no_physical_core_is_shared_with_a_guest(
    tmp_path: Path, cores: int, threads: int
) -> None:
    plan = planned(tmp_path, cores, threads)
    guests = {cpu % cores for cpu in plan.emulation}
    others = {cpu % cores for place in plan.workers for cpu in (place.cpu, place.inspector)}
    others |= {cpu % cores for cpu in (*plan.interrupts, plan.steering)}
    assert not guests & others
    assert plan.workers
    assert len({place.cpu for place in plan.workers}) == len(plan.workers)


def test_an_inspector_has_the_second_thread_of_its_workers_core(tmp_path: Path) -> None:
    assert [(p.cpu, p.inspector) for p in planned(tmp_path, 4, 2).workers] == [(1, 5), (2, 6)]


def test_the_cores_near_the_nics_come_first(tmp_path: Path) -> None:
    cpu_tree(tmp_path, 8, nodes=2)
    nic_tree(tmp_path, "eth1")
    on_bus(tmp_path, "eth1", "pci", "pci0000:80/0000:81:00.0", "ice", numa="1")
    plan = plan_cores(probe_cores(("eth1",), sysfs=tmp_path, allowed=frozenset(range(8))))
    assert plan.interrupts == (4,)
    assert plan.emulation == (2, 3)


def test_cpus_that_are_not_allowed_are_not_used_and_workers_can_be_asked_for(
    tmp_path: Path,
) -> None:
    cpu_tree(tmp_path, 8)
    probe = probe_cores((), sysfs=tmp_path, allowed=frozenset({2, 3}))
    assert {place.cpu for place in plan_cores(probe).workers} == {2, 3}
    assert [place.cpu for place in plan_cores(probe, workers=3).workers] == [2, 3, 2]
    bare = probe_cores((), sysfs=tmp_path / "none", allowed=frozenset({0, 1}))
    assert plan_cores(bare).total == 2


def test_interrupts_and_spreading_are_written_and_written_back(tmp_path: Path) -> None:
    """Interrupt 42 has no affinity to read yet: its NIC was not brought up."""
    cpu_tree(tmp_path / "sys", 32)
    base = nic_tree(tmp_path / "sys", "eth1")
    device = on_bus(tmp_path / "sys", "eth1", "virtio", "0000:00:03.0/virtio2", "virtio_net")
    write(device.parent, {"msi_irqs/41": "", "msi_irqs/40": "", "msi_irqs/42": ""})
    write(base, {"queues/rx-0/rps_cpus": "00000000"})
    write(tmp_path / "proc", {f"irq/{n}/smp_affinity_list": "0-31" for n in (40, 41)})
    probe = probe_cores(
        ("eth1",),
        sysfs=tmp_path / "sys",
        proc=tmp_path / "proc",
        allowed=frozenset(range(32)),
    )
    interrupts, spreading = core_steps(plan_cores(probe), probe)
    written = [(a.path, a.value) for a in interrupts.do if isinstance(a, WriteFile)]
    assert written == [
        ("/proc/irq/40/smp_affinity_list", "0"),
        ("/proc/irq/41/smp_affinity_list", "1"),
        ("/proc/irq/42/smp_affinity_list", "0"),
    ]
    assert {a.value for a in interrupts.undo if isinstance(a, WriteFile)} == {"0-31"}
    (spread,) = spreading.do
    assert isinstance(spread, WriteFile)
    assert (spread.path, spread.value) == (
        "/sys/class/net/eth1/queues/rx-0/rps_cpus",
        "00000003",
    )


def test_the_table_is_readable(tmp_path: Path) -> None:
    assert str(planned(tmp_path, 8)).splitlines() == [
        "role        CPUs             of 8",
        "interrupts  0                the NICs' interrupts and softirqs",
        "steering    0                the interceptor",
        "workers     1-5              5 workers, one per core; inspectors on 1-5",
        "emulation   6-7              guests",
    ]


def test_lists_and_masks() -> None:
    assert parse_cpu_list("0-2,8,10-11\n") == (0, 1, 2, 8, 10, 11)
    assert parse_cpu_list("") == ()
    assert format_cpu_list((11, 10, 8, 2, 1, 0)) == "0-2,8,10-11"
    assert cpu_mask((0, 33)) == "00000002,00000001"


def test_pinning_to_a_cpu_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(DriverError, match="Cannot bind process 0 to CPU 1000"):
        pin(0, 1000)
