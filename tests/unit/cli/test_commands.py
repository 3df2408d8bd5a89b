"""The commands: their output, and that each error is one sentence with a code of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from gateway import VERSION
from gateway.cli.app import cli
from gateway.cli.exits import MEANING, Exit
from gateway.daemon.status import (
    ControlError,
    CounterStatus,
    NicPairStatus,
    ProcessStatus,
    Status,
)
from gateway.policy import Policy
from gateway.stages import PLAN
from gateway.store import Event, SqliteJournal, open_database
from tests.unit.cli.reports import ID, report

STATUS = Status(
    version="0.1.0",
    uptime=7500.0,
    on_failure="hold",
    failure="",
    policy="28b9665bcb4e",
    policy_file="policy.toml",
    pair=NicPairStatus("eth0", "eth1", "bridge", [25, 587], "pass", "nft"),
    processes=[ProcessStatus("worker@0", 4711, "healthy", [0, 1], 7499.0, 2, 3)],
    packets=[CounterStatus("asked", 12345, "first packets that Python saw")],
    steering=[],
    mails=[CounterStatus("mails", 17)],
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A gateway.toml whose directories are the test's own."""
    path = tmp_path / "gateway.toml"
    path.write_text(f'[paths]\nstate = "{tmp_path}"\nrun = "{tmp_path}"\n')
    return path


def run(*arguments: str | Path, config: Path | None = None) -> Result:
    options = ["--config", str(config)] if config else []
    return CliRunner().invoke(cli, [*options, *map(str, arguments)])


def assert_fails(result: Result, code: Exit, sentence: str) -> None:
    assert result.exit_code == int(code), result.output
    assert result.stdout == ""
    assert result.stderr.startswith("gatewayctl: ")
    assert sentence in result.stderr


@contextmanager
def supervisor(directory: Path, answer: bytes) -> Iterator[list[bytes]]:
    """Somebody at the control socket who gives `answer`; yields what was asked."""
    asked: list[bytes] = []
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(directory / "control.sock"))
    listener.listen()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            asked.append(connection.recv(4096))
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield asked
    finally:
        thread.join()
        listener.close()


def test_status_shows_the_gateway_in_words(config: Path, tmp_path: Path) -> None:
    with supervisor(tmp_path, msgspec.json.encode(STATUS) + b"\n") as asked:
        result = run("status", config=config)
    assert asked == [b'{"op":"status"}\n']
    assert result.exit_code == 0
    for words in (
        "Sluice 0.1.0, up 2 h 5 min",
        "eth0 ⇄ eth1 (bridge; mail in VLAN tags passes uninspected)",
        "hold: while nobody can inspect, senders are held back and try again\n",
        "worker@0",
        "0-1",
        "12,345",
        "first packets that Python saw",
    ):
        assert words in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "Connections" not in result.stdout, "an empty table has no heading"


def test_status_says_what_is_wrong_now(config: Path, tmp_path: Path) -> None:
    wrong = msgspec.structs.replace(
        STATUS, on_failure="bypass", failure="new connections pass UNINSPECTED"
    )
    with supervisor(tmp_path, msgspec.json.encode(wrong) + b"\n"):
        words = " ".join(run("status", config=config).stdout.split())
    assert "bypass: while nobody can inspect, mail passes UNINSPECTED. NOW: new conn" in words


def test_status_as_data_is_what_the_supervisor_said(config: Path, tmp_path: Path) -> None:
    with supervisor(tmp_path, msgspec.json.encode(STATUS) + b"\n"):
        result = run("status", "--json", config=config)
    assert msgspec.json.decode(result.stdout, type=Status) == STATUS


def test_status_without_a_gateway(config: Path) -> None:
    assert_fails(run("status", config=config), Exit.NOT_RUNNING, "no gateway runs here")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (msgspec.json.encode(ControlError("not now")) + b"\n", "the gateway refused: not now"),
        (b"{}\n", "of another version"),
        (b'{"version', "broke off"),
    ],
)
def test_status_when_the_answer_is_no_status(
    config: Path, tmp_path: Path, answer: bytes, sentence: str
) -> None:
    with supervisor(tmp_path, answer):
        result = run("status", config=config)
    assert_fails(result, Exit.NOT_RUNNING, sentence)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with one report."""
    path = tmp_path / "journal.db"
    with closing(open_database(path)) as connection:
        SqliteJournal(connection).record(report())
    return path


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("name", ["last", ID, ID[:6]])
def test_trace_finds_by_id_by_its_beginning_and_the_newest(config: Path, name: str) -> None:
    result = run("trace", name, config=config)
    assert result.exit_code == 0
    assert f"Mail {ID}" in result.stdout


@pytest.mark.usefixtures("journal")
def test_trace_as_data_has_the_promised_names(config: Path) -> None:
    data = json.loads(run("trace", "last", "--json", config=config).stdout)
    assert set(data["message"]) >= {"id", "sha256", "size", "from", "to", "subject"}
    assert set(data["plan"]) >= {"version", "policy"}
    assert set(data["subjects"][0]) >= {
        *("id", "parent", "name", "type", "claimed_type", "sha256", "size"),
    }
    assert set(data["rows"][0]) >= {
        *("subject", "stage", "outcome", "kind", "reason", "rule", "ms", "engine", "findings"),
    }
    assert data["verdict"] == "clean"
    assert set(data["changes"][0]) >= {"subject", "removed"}
    assert set(data["dispositions"][0]) >= {"recipient", "action", "body_sha256", "reason"}


def test_trace_shows_what_came_later(config: Path, journal: Path) -> None:
    found = Event(1_790_000_000.0, ID, "emulation", "the gateway", "a.sh is malicious: it was bad")
    with closing(open_database(journal)) as connection:
        kept = SqliteJournal(connection)
        number = kept.note(Event(1.0, ID, "emulation", "the gateway", "a.sh: not finished"))
        kept.replace(number, found)
    words = " ".join(run("trace", "last", config=config).stdout.split())
    assert "emulation a.sh is malicious: it was bad; by the gateway" in words
    assert "not finished" not in words
    (later,) = json.loads(run("trace", "last", "--json", config=config).stdout)["later"]
    assert later == {
        "at": found.at,
        "what": "emulation",
        "by": "the gateway",
        "detail": found.detail,
    }


def test_workflow_of_a_type_tells_where_the_sides_differ(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[emulate.submitted]\ntypes = { sh = "background" }\n')
    shown = " ".join(run("workflow", "--type", "sh", "--policy", str(policy)).stdout.split())
    assert "runs in received mail; in submitted mail background: not waited for" in shown
    policy.write_text('[emulate.submitted]\ndefault = "background"\n')
    shown = " ".join(run("workflow", "--type", "pdf", "--policy", str(policy)).stdout.split())
    assert "runs unless static found nothing" in shown
    assert "; in submitted mail background: not waited for" in shown
    policy.write_text('[emulate.received]\ndefault = "background"\n')
    shown = " ".join(run("workflow", "--type", "sh", "--policy", str(policy)).stdout.split())
    assert "background: not waited for: policy has type 'sh' in received mail" in shown
    assert "it runs in submitted mail" in shown


@pytest.mark.usefixtures("journal")
def test_trace_that_is_not_there(config: Path) -> None:
    assert_fails(run("trace", "ffff", config=config), Exit.NOT_FOUND, "there is no trace 'ffff'")


def test_trace_without_a_journal_and_with_a_damaged_one(config: Path, tmp_path: Path) -> None:
    assert_fails(run("trace", "last", config=config), Exit.STORE, "no mail has come through yet")
    (tmp_path / "journal.db").write_bytes(b"this is no database" * 100)
    assert_fails(run("trace", "last", config=config), Exit.STORE, "cannot open the journal")


@pytest.mark.parametrize("form", ["text", "mermaid", "svg", "json"])
def test_workflow_names_every_stage_in_every_format(form: str) -> None:
    result = run("workflow", "--format", form, "--type", "pdf")
    assert result.exit_code == 0
    for name in PLAN.names:
        assert name in result.stdout


def test_workflow_is_of_the_policy_it_is_given(tmp_path: Path) -> None:
    policy = tmp_path / "rules.toml"
    policy.write_text('[emulate]\ntypes = ["sh"]\n[scope.types]\nvideo = "bypass"\n')
    text = run("workflow", "--policy", policy).stdout
    assert "rules.toml line 2" in " ".join(text.split())
    text = " ".join(run("workflow", "--policy", policy, "--type", "video").stdout.split())
    assert "disabled: policy bypasses type 'video' [rules.toml line 4]" in text


def test_workflow_is_of_the_policy_beside_the_gateways_settings(config: Path) -> None:
    config.with_name("policy.toml").write_text('[emulate]\ntypes = ["sh"]\n')
    assert "policy.toml line 2" in " ".join(run("workflow", config=config).stdout.split())


def test_workflow_of_a_type_nobody_knows() -> None:
    result = run("workflow", "--type", "docxm")
    assert result.exit_code == int(Exit.USAGE)
    assert "did you mean 'docm'?" in result.stderr or "did you mean 'docx'?" in result.stderr


def test_policy_check_reports_every_error_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("[cache]\nenabled = 1\nmax_age = 3\n")
    result = run("policy", "check", path)
    assert_fails(result, Exit.SETTINGS, "2 errors:")
    assert "policy.toml line 2: cache.enabled: must be true or false, not 1" in result.stderr
    assert "did you mean 'max_age_hours'?" in result.stderr


def test_policy_check_of_good_files(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("")
    assert Policy().version in run("policy", "check", path).stdout
    path.write_text("workers = 3\n")
    assert run("policy", "check", "--gateway", path).exit_code == 0
    assert_fails(run("policy", "check", path), Exit.SETTINGS, "workers: there is no such setting")


@pytest.mark.parametrize("command", [("policy", "check"), ("explain",)])
def test_a_file_that_cannot_be_read(command: tuple[str, ...], tmp_path: Path) -> None:
    assert_fails(run(*command, tmp_path / "none"), Exit.FILE, "No such file or directory")


def test_a_settings_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"\xff\xfe")
    assert_fails(run("policy", "check", path), Exit.FILE, "is no UTF-8 text")
    assert_fails(run("status", config=path), Exit.FILE, "is no UTF-8 text")


def test_a_mail_beyond_the_policys_limit_is_not_read(tmp_path: Path) -> None:
    mail, policy = tmp_path / "big.eml", tmp_path / "policy.toml"
    policy.write_text("[limits]\nmessage_bytes = 65536\n")
    mail.write_bytes(b"x" * 65537)
    result = run("explain", mail, "--policy", policy)
    assert_fails(result, Exit.FILE, "larger than a mail may be (65536 bytes)")


def test_cores_and_nic_show_this_machine(config: Path) -> None:
    assert "workers" in run("cores", config=config).stdout
    result = run("nic", config=config)
    assert "lo " in result.stdout
    assert "gateway.toml names no NIC pair" in result.stdout
    assert_fails(run("nic", "--plan", config=config), Exit.MACHINE, "names no NIC pair")


@pytest.mark.parametrize("arguments", [("nic",), ("nic", "--plan")])
def test_nic_of_a_running_gateway_calls_its_pair_no_obstacle(
    config: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    pair = '[nic]\nclient = "no-such-nic0"\nserver = "no-such-nic1"\n'
    config.write_text(config.read_text() + pair)
    with supervisor(tmp_path, msgspec.json.encode(STATUS) + b"\n"):
        result = run(*arguments, config=config)
    words = " ".join(result.output.split())
    assert "no-such-nic0 and no-such-nic1 are joined: the gateway runs on them" in words


def test_the_version_is_the_projects() -> None:
    assert VERSION in run("--version").stdout


def test_a_long_sentence_is_wrapped_for_a_terminal_and_only_there(config: Path) -> None:
    nowhere = config.with_name("a-directory-of-a-long-name") / ("long" * 10 + ".eml")
    command = [sys.executable, "-m", "gateway.cli", "explain", str(nowhere)]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert plain.stderr == f"gatewayctl: cannot read {nowhere}: No such file or directory\n"
    ours, its = os.openpty()
    termios.tcsetwinsize(its, (24, 60))
    subprocess.run(command, stdin=its, stdout=its, stderr=its, check=False)
    lines = os.read(ours, 4096).decode().splitlines()
    os.close(ours)
    os.close(its)
    assert len(lines) > 1
    assert all(len(line) <= 60 for line in lines if str(nowhere) not in line)
    assert " ".join(" ".join(lines).split()) == plain.stderr.strip()


def test_types_are_completed_in_the_shell() -> None:
    completion = ShellComplete(cli, {}, "gatewayctl", "_GATEWAYCTL_COMPLETE")
    found = completion.get_completions(["workflow", "--type"], "doc")
    assert [item.value for item in found] == ["docx", "docm"]


def test_every_exit_code_is_explained() -> None:
    assert set(MEANING) == set(Exit)
    assert len({int(code) for code in Exit}) == len(Exit)


def test_explain_shows_the_whole_plan_and_leaves_nothing(config: Path, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(
        b"From: bob@example.org\r\nTo: ann@example.org\r\nSubject: hello\r\n\r\nJust text.\r\n"
    )
    policy = tmp_path / "rules.toml"
    policy.write_text("[antivirus]\nenabled = false\n")
    before = sorted(tmp_path.iterdir())
    result = run("explain", mail, "--policy", policy, "--to", "ann@example.org", config=config)
    assert result.exit_code == 0, result.output
    assert "Subject  hello" in result.stdout
    assert "switched off: antivirus.enabled is off [rules.toml line 2]" in result.stdout
    assert "For ann@example.org: delivered as it came" in result.stdout
    assert sorted(tmp_path.iterdir()) == before
    data = json.loads(run("explain", mail, "--policy", policy, "--json", config=config).stdout)
    stages = {row["stage"] for row in data["rows"] if row["subject"] == "0.1"}
    assert stages == set(PLAN.names)
