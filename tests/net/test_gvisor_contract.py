"""The gVisor environment keeps the contract, and what it adds to it."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.emulation import (
    Absent,
    Budget,
    Context,
    Detonation,
    Environment,
    Gvisor,
    Sample,
    StopKind,
    cgroup,
    judge,
    load_rules,
    supports,
)
from gateway.model import Verdict
from tests.net.gvisor_fixtures import guest_root, make_gvisor
from tests.unit.emulation.contract_suite import EnvironmentContract

pytestmark = pytest.mark.root

gvisor = pytest.fixture(scope="module")(make_gvisor)


class TestGvisor(EnvironmentContract):
    @pytest.fixture
    def environment(self, gvisor: Gvisor) -> Environment:
        return gvisor


def _run(gvisor: Gvisor, text: bytes, kind: str = "sh", name: str = "s.sh") -> Detonation:
    return gvisor.detonate(Sample(name, kind, text), Context(), Budget(seconds=5.0))


def test_dropped_file_comes_back_as_child(gvisor: Gvisor) -> None:
    result = _run(gvisor, b"#!/bin/sh\ncd /tmp\nprintf abc > one; mv one two\nexit 3\n")
    assert [(child.path, child.size, child.data) for child in result.children] == [
        ("/tmp/two", 3, b"abc")
    ]
    assert result.children[0].sha256 == sha256(b"abc").hexdigest()
    assert result.exit_status == 3
    assert result.stopped_by is None


def test_children_are_bounded_and_the_rest_is_named(gvisor: Gvisor) -> None:
    text = b"#!/bin/sh\nfor i in 1 2 3 4 5; do head -c 1000 /dev/zero > /tmp/f$i; done\n"
    budget = Budget(seconds=5.0, children=4, child_bytes=2500)
    result = gvisor.detonate(Sample("s.sh", "sh", text), Context(), budget)
    assert [child.path for child in result.children] == ["/tmp/f1", "/tmp/f2"]
    assert any("/tmp/f3" in name for name in result.omitted)


def test_pages_of_any_address_are_harmless_and_written_down(gvisor: Gvisor) -> None:
    result = _run(
        gvisor,
        b"#!/bin/sh\ncurl -s http://files.example/a.py?x=1\nwget -qO- http://203.0.113.7:80/run\n"
        b"curl -s -d name=value http://files.example/api.json\nexit 0\n",
    )
    asked = [(b.target, b.arguments) for b in result.behaviours if b.action == "request"]
    assert asked == [
        ("http://files.example/a.py?x=1", ("GET",)),
        ("http://203.0.113.7/run", ("GET",)),
        ("http://files.example/api.json", ("POST", "name=value")),
    ]
    assert result.output == b"pass\n#!/bin/sh\nexit 0\n{}\n"


def test_guests_run_on_the_cores_set_aside_for_them(tmp_path: Path) -> None:
    """Every process of a guest, gVisor's own included."""
    aside = max(os.sched_getaffinity(0))
    environment = Gvisor(guest_root(), tmp_path, frozenset({aside}))
    if isinstance(state := environment.probe(), Absent):
        pytest.skip(state.reason)
    sample = Sample("s.sh", "sh", b"#!/bin/sh\nsleep 1 & sleep 1\nwait\n")
    running = threading.Thread(
        target=environment.detonate, args=(sample, Context(), Budget(seconds=5.0))
    )
    running.start()
    seen: set[frozenset[int]] = set()
    while running.is_alive():
        for name, group in cgroup.leftovers().items():
            if name.startswith(f"guest-{os.getpid()}-"):
                seen |= {cores for pid in group.processes() if (cores := _cores(pid))}
        time.sleep(0.05)
    assert seen == {frozenset({aside})}


def _cores(pid: int) -> frozenset[int]:
    """What a process of the guest may run on; empty for one that is gone, or that still becomes
    runsc and takes its cores in doing so."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        return frozenset() if name in _STARTERS else frozenset(os.sched_getaffinity(pid))
    except OSError:
        return frozenset()


_STARTERS = frozenset({"python", "python3", "sh", "taskset", "setpriv"})


def test_name_in_a_connection_is_the_one_asked_for(gvisor: Gvisor) -> None:
    result = _run(gvisor, b"#!/bin/sh\ncurl -s http://files.example/x\nexit 0\n")
    targets = {(b.action, b.target) for b in result.behaviours if b.kind == "network"}
    assert ("resolve", "files.example") in targets
    assert ("connect", "files.example:80") in targets


def test_seen_before_the_budget_is_kept_and_judged(gvisor: Gvisor) -> None:
    text = b"#!/bin/sh\nmkdir -p ~/.ssh; echo key >> ~/.ssh/authorized_keys\nsleep 60\n"
    budget = Budget(seconds=1.0)
    result = gvisor.detonate(Sample("s.sh", "sh", text), Context(), budget)
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.TIMED_OUT
    assert judge(result, load_rules()).verdict is Verdict.MALICIOUS
    assert "/home/user/.ssh/authorized_keys" in [child.path for child in result.children]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("python", b"import no_such_module\n", "no_such_module"),
        ("sh", b"#!/bin/sh\nset -e\nno_such_program\n", "no_such_program"),
        ("python", b"print 'old'\n", "not valid"),
        ("elf", b"\x7fELF\x02\x01\x01", "no complete ELF"),
        ("sh", b"#!/usr/bin/fish\n", "fish"),
    ],
)
def test_what_could_not_run_is_unscanned(
    gvisor: Gvisor, kind: str, text: bytes, words: str
) -> None:
    result = _run(gvisor, text, kind)
    assert result.stopped_by is not None
    assert words in result.stopped_by.detail
    assert judge(result, load_rules()).verdict is Verdict.UNSCANNED


def test_hostile_names_of_samples_are_harmless(gvisor: Gvisor) -> None:
    for name in ("../../etc/cron.d/x", "-c", "a\nb; rm -rf ~.sh", "..", ""):
        result = _run(gvisor, b"#!/bin/sh\necho ran\n", name=name)
        assert result.output == b"ran\n"


def test_detonations_at_once_do_not_mix(gvisor: Gvisor) -> None:
    def one(number: int) -> Detonation:
        return _run(gvisor, f"#!/bin/sh\necho {number} > /tmp/n{number}\n".encode())

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, range(8)))
    assert [[child.path for child in result.children] for result in results] == [
        [f"/tmp/n{number}"] for number in range(8)
    ]


def test_cores_are_kept_to(gvisor: Gvisor) -> None:
    bound = Gvisor(gvisor.root, gvisor.work, cpus=frozenset({0}))
    assert not isinstance(bound.probe(), Absent)
    assert (
        bound.detonate(Sample("s.sh", "sh", b"#!/bin/sh\nnproc\n"), Context(), Budget()).stopped_by
        is None
    )


def test_supports_names_environment_or_reason(gvisor: Gvisor, tmp_path: Path) -> None:
    assert supports("sh", (gvisor,)) is gvisor
    assert "pe" in str(supports("pe", (gvisor,)))
    assert "guest root" in str(supports("sh", (Gvisor(tmp_path, tmp_path),)))
