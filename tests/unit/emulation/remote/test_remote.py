"""The environment `remote` against a stand-in sandbox: contract, a sample's way, errors."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.emulation import (
    Absent,
    Budget,
    Context,
    Detonation,
    Environment,
    Present,
    Sample,
    StopKind,
    judge,
)
from gateway.emulation.environments import environments
from gateway.emulation.remote import Remote, RemoteSettings, trips
from gateway.model import Verdict
from gateway.sandbox.blocking import BlockingGuests
from tests.unit.emulation.contract_suite import EnvironmentContract
from tests.unit.emulation.judging import RULES
from tests.unit.emulation.remote.standin import (
    DROPPED,
    TASK,
    TOKEN,
    Reply,
    StandIn,
    call,
    hangs,
    report,
    said,
)

PROGRAM = Sample("setup\r\n.exe", "pe", b"MZ a program")


@pytest.fixture
def standin() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


@pytest.fixture
def settings(standin: StandIn, tmp_path: Path) -> RemoteSettings:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    types = frozenset({"pe", "msi"})
    return RemoteSettings(standin.address, types, token, seconds=20.0, poll=0.05, tags="win10")


@pytest.fixture
def remote(settings: RemoteSettings, guests: BlockingGuests) -> Remote:
    return Remote(settings, guests)


class TestRemote(EnvironmentContract):
    @pytest.fixture
    def environment(self, remote: Remote) -> Environment:
        return remote


class TestRemoteWithoutSandbox(EnvironmentContract):
    @pytest.fixture
    def environment(self, settings: RemoteSettings, guests: BlockingGuests) -> Environment:
        return Remote(replace(settings, address="http://127.0.0.1:1"), guests)


def _run(remote: Remote, seconds: float = 20.0) -> Detonation:
    return remote.detonate(PROGRAM, Context(), Budget(seconds=seconds))


def test_probe_says_what_is_there(remote: Remote, standin: StandIn) -> None:
    state = remote.probe()
    assert isinstance(state, Present)
    assert "2.4-CAPE" in state.version
    assert "3 machines" in state.detail
    remote.probe()
    assert standin.paths == ["cuckoo/status/"]


def test_a_sandbox_that_shows_no_status_is_there(remote: Remote, standin: StandIn) -> None:
    words = "Cuckoo Status API is disabled"
    standin.answers["cuckoo/status"] = lambda: said(200, error=True, error_value=words)
    assert isinstance(remote.probe(), Present)


def test_the_way_of_a_sample(remote: Remote, standin: StandIn) -> None:
    result = _run(remote)
    assert result.stopped_by is None
    assert judge(result, RULES).verdict is Verdict.CLEAN
    assert standin.paths[1:] == [
        "tasks/create/file/",
        *[f"tasks/status/{TASK}/"] * 3,
        f"tasks/get/report/{TASK}/json/",
    ]
    form = standin.seen[1][2]
    assert b'filename="setup__.exe"' in form
    assert PROGRAM.data in form
    assert b'name="tags"\r\n\r\nwin10\r\n' in form
    assert b'name="platform"\r\n\r\nwindows\r\n' in form


def test_what_it_did_is_judged_by_our_rules(remote: Remote, standin: StandIn) -> None:
    key = "HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\upd"
    temp = "C:\\Users\\anna\\AppData\\Local\\Temp\\upd.exe"
    standin.report = report(
        call("NtWriteFile", 1, HandleName=f"\\??\\{temp}"),
        call("RegSetValueExW", 2, FullName=key, Buffer=temp),
        call("CreateProcessInternalW", 3, ApplicationName="C:\\Windows\\System32\\cmd.exe",
             CommandLine="cmd /c vssadmin delete shadows /all /quiet"),
        call("WriteProcessMemory", 4, ProcessHandle="0x000001a4", ProcessId="4410"),
        call("InternetOpenUrlW", 5, URL="http://203.0.113.9:8080/gate.php"),
        call("NtDelayExecution", 6, Milliseconds="600000"),
    )  # fmt: skip
    result = _run(remote)
    told = {(each.kind.value, each.action, each.target): each for each in result.behaviours}
    assert told["file", "write", temp].time == 0.0
    assert told["registry", "write", key].arguments == (temp,)
    assert told["process", "execute", "C:\\Windows\\System32\\cmd.exe"].time == 2.0
    assert told["memory", "write-foreign", "process 4410"].actor.pid == 3120
    assert ("network", "connect", "203.0.113.9:8080") in told
    assert ("process", "sleep", "600 s") in told
    judgement = judge(result, RULES)
    assert judgement.verdict is Verdict.MALICIOUS
    assert "writes-foreign-memory" in [hit.rule.id for hit in judgement.hits]


def test_processes_network_and_opinion_are_told(remote: Remote, standin: StandIn) -> None:
    child = {"name": "a.exe", "pid": 9, "children": [], "environ": {"CommandLine": "a.exe -x"}}
    top = {"name": "sample.exe", "pid": 3120, "children": [child], "environ": {}}
    standin.report = report(
        behavior={"processes": [], "processtree": [top]},
        network={
            "dns": [{"request": "evil.example"}, {"request": "ctldl.windowsupdate.com"}],
            "http": [
                {"host": "evil.example", "port": 80, "uri": "/a", "method": "GET"},
            ],
        },
        signatures=[{"name": "injection", "description": "Injects code", "severity": 3}],
        ttps=[{"signature": "injection", "ttps": ["T1055"], "mbcs": []}],
        detections=[{"family": "Example", "details": []}],
        malscore=9.5,
    )  # fmt: skip
    lines = [each.text for each in _run(remote).behaviours]
    assert lines == [
        "process execute a.exe a.exe -x by sample.exe",
        "network resolve evil.example by setup__.exe",
        "network connect evil.example:80 GET /a by setup__.exe",
        "script call sandbox signature injection Injects code severity 3 T1055 by setup__.exe",
        "script call malware family Example by setup__.exe",
        "script call sandbox score 9.5 by setup__.exe",
    ]


@pytest.mark.parametrize(
    ("sections", "verdict"),
    [
        ({"malscore": 10.0}, Verdict.CLEAN),
        ({"detections": "Example"}, Verdict.SUSPICIOUS),
        ({"signatures": [{"name": "a", "severity": 3}]}, Verdict.SUSPICIOUS),
        ({"signatures": [{"name": n, "severity": 2} for n in "abcdef"]}, Verdict.CLEAN),
        ({"signatures": [{"name": n, "severity": 3} for n in "abcd"]}, Verdict.MALICIOUS),
        (
            {"signatures": [{"name": "a", "severity": 3}], "detections": [{"family": "E"}]},
            Verdict.MALICIOUS,
        ),
    ],
)
def test_no_single_opinion_of_the_sandbox_is_a_verdict(
    remote: Remote, standin: StandIn, sections: dict[str, object], verdict: Verdict
) -> None:
    standin.report = report(**sections)
    assert judge(_run(remote), RULES).verdict is verdict


def test_dropped_files_come_back_as_children(remote: Remote, standin: StandIn) -> None:
    digest = next(iter(standin.files))
    gone = "ab" * 32
    path = "C:\\Users\\anna\\AppData\\Roaming\\a.exe"
    standin.report = report(
        dropped=[
            {"name": ["a.exe"], "guest_paths": [path], "sha256": digest, "size": len(DROPPED)},
            {"name": "b.txt", "guest_paths": "C:\\b.txt", "sha256": gone, "size": 3},
        ]
    )
    result = _run(remote)
    assert [(child.path, child.data) for child in result.children] == [(path, DROPPED)]
    assert result.omitted == ("C:\\b.txt",)


def test_a_file_that_is_another_one_is_not_believed(remote: Remote, standin: StandIn) -> None:
    digest = next(iter(standin.files))
    standin.files[digest] = b"something else"
    standin.report = report(dropped=[{"name": "a", "sha256": digest, "size": 1}])
    assert _run(remote).children == ()


def test_children_stay_within_the_budget(remote: Remote, standin: StandIn) -> None:
    digest = next(iter(standin.files))
    standin.report = report(dropped=[{"name": "a", "sha256": digest, "size": 1}])
    budget = Budget(seconds=20.0, child_bytes=4)
    assert remote.detonate(PROGRAM, Context(), budget).children == ()


def _throttled() -> Callable[[], Reply]:
    answers = iter([said(429, detail="Request was throttled. Expected available in 0 seconds.")])
    return lambda: next(answers, said(200, error=[], data={"task_ids": [TASK]}))


def test_a_throttled_question_is_asked_again(remote: Remote, standin: StandIn) -> None:
    standin.answers["tasks/create"] = _throttled()
    assert _run(remote).stopped_by is None
    assert standin.paths.count("tasks/create/file/") == 2


@pytest.mark.parametrize(
    ("path", "answer", "kind", "words"),
    [
        ("tasks/create", lambda: said(429, detail="x"), StopKind.ABSENT, "429"),
        ("tasks/create", lambda: said(401, detail="Invalid token."), StopKind.ABSENT, "token"),
        ("tasks/create", lambda: said(403, detail="no"), StopKind.ABSENT, "token"),
        ("tasks/create", lambda: (500, b"<h1>Error</h1>"), StopKind.ABSENT, "500"),
        ("tasks/create", lambda: (200, b"<html>"), StopKind.INCOMPLETE, "none"),
        (
            "tasks/create",
            lambda: said(200, error=True, error_value="Machine 'x' does not exist"),
            StopKind.INCOMPLETE,
            "does not exist",
        ),
        ("tasks/create", lambda: said(200, error=[], data={}), StopKind.INCOMPLETE, "no task"),
        (
            "tasks/status",
            lambda: said(404, error=True, error_value="Task not found"),
            StopKind.INCOMPLETE,
            "not found",
        ),
        (
            "tasks/status",
            lambda: said(200, error=False, data="failed_analysis"),
            StopKind.INCOMPLETE,
            "failed_analysis",
        ),
        ("tasks/status", lambda: said(200, error=False, data=4), StopKind.INCOMPLETE, "unknown"),
        ("tasks/status", lambda: said(200, error=False, data="running"), StopKind.TIMED_OUT, "17"),
        ("tasks/status", hangs, StopKind.TIMED_OUT, "no report"),
        (
            "tasks/get/report",
            lambda: said(200, error=True, error_value="No reports created"),
            StopKind.INCOMPLETE,
            "No reports created",
        ),
        ("tasks/get/report", lambda: (200, b'{"behavior": {"pro'), StopKind.INCOMPLETE, "JSON"),
        ("tasks/get/report", lambda: (200, b"[" * 100_000), StopKind.INCOMPLETE, "JSON"),
        (
            "tasks/get/report",
            lambda: (200, b'{"behavior": {"processes": 7}}'),
            StopKind.INCOMPLETE,
            "behavior",
        ),
    ],
)
def test_whatever_goes_wrong_is_said_and_never_clean(
    remote: Remote,
    standin: StandIn,
    path: str,
    answer: Callable[[], Reply],
    kind: StopKind,
    words: str,
) -> None:
    standin.answers[path] = answer
    result = _run(remote, seconds=1.5)
    assert result.stopped_by is not None
    assert (result.stopped_by.kind, words in result.stopped_by.detail) == (kind, True), result
    assert judge(result, RULES).verdict is Verdict.UNSCANNED


def test_a_wrong_token_makes_it_absent(standin: StandIn, remote: Remote) -> None:
    standin.token = "another"
    state = remote.probe()
    assert isinstance(state, Absent)
    assert "token" in state.reason


def test_a_token_file_that_is_not_there_makes_it_absent(
    settings: RemoteSettings, guests: BlockingGuests
) -> None:
    state = Remote(replace(settings, token_file=Path("/nonexistent/token")), guests).probe()
    assert isinstance(state, Absent)
    assert "token" in state.reason


def test_a_report_that_breaks_off(remote: Remote, standin: StandIn) -> None:
    standin.broken_off = True
    result = _run(remote)
    assert result.stopped_by is not None
    assert (result.stopped_by.kind, "breaks off" in result.stopped_by.detail) == (
        StopKind.INCOMPLETE,
        True,
    )


def test_a_huge_report(remote: Remote, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trips, "REPORT_MAX", 1 << 20)
    standin.answers["tasks/get/report"] = lambda: (200, b" " * (3 << 20))
    result = _run(remote)
    assert result.stopped_by is not None
    assert "larger than 1 MiB" in result.stopped_by.detail


def test_a_long_report_is_read_within_its_limits(remote: Remote, standin: StandIn) -> None:
    calls = [call("NtWriteFile", HandleName=f"C:\\{number}.txt") for number in range(20_000)]
    standin.report = report(*calls)
    result = _run(remote)
    assert result.stopped_by is None
    assert len(result.behaviours) == 3000


def test_a_sample_that_comes_again_is_not_sent_again(remote: Remote, standin: StandIn) -> None:
    standin.states = ["running"]
    first = _run(remote, seconds=1.0)
    assert first.stopped_by is not None
    assert first.stopped_by.kind is StopKind.TIMED_OUT
    standin.states = ["reported"]
    assert _run(remote).stopped_by is None
    assert standin.paths.count("tasks/create/file/") == 1


def test_nothing_is_sent_anywhere_unless_it_is_told_to() -> None:
    remote = environments()[0]
    assert (remote.name, remote.types) == ("remote", frozenset())
    assert isinstance(remote.probe(), Absent)


def test_it_is_asked_first_for_the_types_that_it_is_given(settings: RemoteSettings) -> None:
    assert environments(remote=settings)[0].types == settings.types


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_the_courier_speaks_without_rights(
    settings: RemoteSettings, guests: BlockingGuests, standin: StandIn
) -> None:
    nobody = pwd.getpwnam("nobody")
    account = (nobody.pw_uid, nobody.pw_gid)
    remote = Remote(replace(settings, account=account), guests)
    assert _run(remote).stopped_by is None
    assert set(standin.callers) == {nobody.pw_uid}
