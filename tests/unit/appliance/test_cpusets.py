"""Which CPUs systemd's slices get, beside the plan that pins the gateway."""

from __future__ import annotations

import pytest

from drivers import CorePlan, WorkerPlace
from gateway.appliance.cpusets import cpu_sets

TWO = CorePlan((0,), 0, (WorkerPlace(0, 0), WorkerPlace(1, 1)), (1,), 2)
FOUR = CorePlan((0,), 0, (WorkerPlace(1, 1), WorkerPlace(2, 2)), (3,), 4)
EIGHT_THREADS = CorePlan((0, 4), 0, (WorkerPlace(1, 5), WorkerPlace(2, 6)), (3, 7), 8)


@pytest.mark.parametrize(
    ("plan", "system", "antivirus"),
    [(TWO, "0-1", "0-1"), (FOUR, "0,3", "1-3"), (EIGHT_THREADS, "0,3-4,7", "1-3,5-7")],
)
def test_the_system_stays_off_the_workers_cores(
    plan: CorePlan, system: str, antivirus: str
) -> None:
    sets = cpu_sets(plan)
    assert sets["system.slice"] == sets["user.slice"] == system
    assert sets["clamd.service"] == antivirus
