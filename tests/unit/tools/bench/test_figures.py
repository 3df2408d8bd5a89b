"""The benchmark's arithmetic: ratios, added latency, aims, and what stands in the report."""

from __future__ import annotations

import json

import pytest

from tools.bench import mails, report
from tools.bench.figures import Look, Result, Run, aims, compare, percentile
from tools.bench.load import VIRUS, _maker


def _run(system: str, kind: str = "text", *, cpu: float = 4.0, p50: float = 5.0) -> Run:
    clamd = 0.0 if system == "straight" else 1.0
    return Run(
        system=system,
        kind=kind,
        repeat=False,
        mails=100,
        refused=0,
        mails_per_second=100.0,
        cpu=cpu,
        clamd_cpu=clamd,
        p50=p50,
        p99=2 * p50,
        generator_cpu=0.5,
        roles={"worker": cpu} if system == "gateway" else {},
    )


def _result(*runs: Run, memory: list[Look] | None = None) -> Result:
    return Result({"cpu": "two"}, {"python": "3"}, 2, 8, None, list(runs), memory or [])


def _look(done: int, whole: float) -> Look:
    return Look(done, {"worker": whole}, whole, 5)


def test_a_ratio_counts_clamd_and_says_what_it_is_without() -> None:
    (one,) = compare([_run("amavis", cpu=24.0), _run("gateway", cpu=4.0)])
    assert one.cpu_ratio == pytest.approx(25 / 5) and one.own_ratio == pytest.approx(24 / 4)


def test_latency_is_what_is_added_to_straight() -> None:
    runs = [_run("straight", p50=0.5), _run("gateway", p50=5.0)]
    (one,) = compare(runs)
    assert one.added_p50 == pytest.approx(4.5) and one.added_p99 == pytest.approx(9.0)
    assert one.cpu_ratio is None


@pytest.mark.parametrize(("cpu", "reached"), [(4.0, True), (12.0, False)])
def test_an_aim_is_reached_or_missed_by_the_figures(cpu: float, reached: bool) -> None:
    result = _result(_run("amavis", cpu=24.0), _run("gateway", cpu=cpu))
    (aim,) = [aim for aim in aims(result) if "times amavis" in aim.promise]
    assert aim.reached is reached
    assert ("MISSED" in report.table(result)) is not reached


@pytest.mark.parametrize(("last", "reached"), [(201.0, True), (260.0, False)])
def test_memory_that_grows_is_missed(last: float, reached: bool) -> None:
    looks = [_look(0, 150.0), _look(5000, 200.0), _look(20000, last)]
    judged = [aim for aim in aims(_result(memory=looks)) if "memory" in aim.promise.lower()]
    assert [aim.reached for aim in judged] == [reached]


def test_the_table_fits_a_terminal() -> None:
    runs = [_run(system, kind) for kind in mails.Kind for system in ("straight", "amavis")]
    runs += [_run("gateway", kind) for kind in mails.Kind]
    lines = report.table(_result(*runs, memory=[_look(0, 1.0)])).splitlines()
    assert max(map(len, lines)) <= report.WIDTH


def test_the_data_hold_everything_the_table_says() -> None:
    whole = json.loads(report.data(_result(_run("amavis"), _run("gateway"))))
    assert {"runs", "comparisons", "aims", "machine", "versions"} <= whole.keys()
    assert whole["runs"][1]["roles"] == {"worker": 4.0}


def test_the_report_says_plainly_what_falls_short() -> None:
    missed = report.markdown(_result(_run("amavis", cpu=5.0), _run("gateway", cpu=4.0)))
    assert "- text: 3 times amavis's mails per CPU second" in missed
    reached = report.markdown(_result(_run("amavis", cpu=50.0), _run("gateway", cpu=4.0)))
    assert "Nothing that was measured here." in reached


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentile([], 0.5) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0, 2.0], 0.99) == 2.0


@pytest.mark.parametrize("kind", [*mails.Kind])
def test_a_mail_is_made_by_its_number_alone(kind: mails.Kind) -> None:
    assert mails.mail(kind, 7) == mails.mail(kind, 7) != mails.mail(kind, 8)


def test_the_virus_is_the_test_file_of_eicar() -> None:
    assert b"eicar.com" in _maker(VIRUS)(0)


def test_a_body_is_stuffed_and_ended() -> None:
    assert mails.on_the_wire(b".a\r\n.b\r\n") == b"..a\r\n..b\r\n.\r\n"
