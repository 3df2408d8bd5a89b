"""The small modules: interpreters, incomplete runs, cgroups on a fixture tree, OCI, runsc flags."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from gateway.emulation import Budget, Sample, StopKind, cgroup, oci
from gateway.emulation.incomplete import missing_programs, why_incomplete
from gateway.emulation.interpreters import Start, Unsupported, guest_name, start
from gateway.emulation.runsc import RunscError, find, traced_calls


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("bin/sh", "bin/bash", "bin/dash", "usr/bin/python3", "usr/bin/perl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "text", "program"),
    [
        ("sh", b"echo", "/bin/sh"),
        ("sh", b"#!/bin/bash\n", "/bin/bash"),
        ("sh", b"#! /usr/bin/env -S bash -e\n", "/bin/bash"),
        ("sh", b"#!/bin/zsh\n", "/bin/bash"),
        ("python", b"#!/usr/bin/python3.12\n", "/usr/bin/python3"),
        ("python", b"#!/usr/bin/env python\n", "/usr/bin/python3"),
        ("perl", b"#!/usr/local/bin/perl -w\n", "/usr/bin/perl"),
    ],
)
def test_interpreter(root: Path, kind: str, text: bytes, program: str) -> None:
    chosen = start(Sample("x", kind, text), ("-v",), root)
    assert isinstance(chosen, Start)
    assert chosen.command == (program, "/home/user/Downloads/x", "-v")


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("sh", b"#!/usr/bin/fish\n", "fish"),
        ("javascript", b"x", "no /usr/bin/node"),
        ("pe", b"MZ", "type 'pe'"),
        ("elf", b"\x7fELF", "no complete"),
        ("elf", b"\x7fELF\x01\x01\x01" + bytes(9) + b"\2\0\3\0", "i386"),
        ("elf", b"\x7fELF\x02\x01\x01" + bytes(9) + b"\1\0\x3e\0", "object"),
    ],
)
def test_unsupported_says_why(root: Path, kind: str, text: bytes, words: str) -> None:
    chosen = start(Sample("x", kind, text), (), root)
    assert isinstance(chosen, Unsupported)
    assert words in chosen.reason


def test_elf_of_this_machine_starts(root: Path) -> None:
    machine = {"x86_64": b"\x3e", "aarch64": b"\xb7"}.get(platform.machine())
    if machine is None:
        pytest.skip(f"no ELF number known here for {platform.machine()}")
    chosen = start(
        Sample("x", "elf", b"\x7fELF\x02\x01\x01" + bytes(9) + b"\3\0" + machine + b"\0"), (), root
    )
    assert isinstance(chosen, Start)


@pytest.mark.parametrize(
    ("untrusted", "safe"),
    [
        ("../../x.sh", "x.sh"),
        ("C:\\a\\b.sh", "b.sh"),
        ("-rf", "rf"),
        ("..", "sample.sh"),
        ("", "sample.sh"),
        ("a\n$(id).sh", "a__(id).sh"),
        ("é" * 300, "_" * 120),
    ],
)
def test_guest_name(untrusted: str, safe: str) -> None:
    assert guest_name(untrusted, "sh") == safe


@pytest.mark.parametrize(
    ("kind", "status", "signal", "output", "words"),
    [
        ("python", 1, "", b"ModuleNotFoundError: No module named 'numpy'", "numpy"),
        ("perl", 2, "", b"Can't locate LWP/Simple.pm in @INC (you", "LWP/Simple"),
        (
            "elf",
            127,
            "",
            b"x: error while loading shared libraries: libfoo.so.1: cannot",
            "libfoo.so.1",
        ),
        ("python", 1, "", b"SyntaxError: invalid syntax", "not valid"),
        ("sh", 127, "", b"s.sh: 3: rustc: not found", "rustc"),
        ("javascript", 1, "", b"Error: Cannot find module 'axios'\nRequire stack:", "axios"),
        ("javascript", 1, "", b"ReferenceError: ActiveXObject is not defined", "another host"),
        ("elf", 139, "ended by signal 11", b"", "signal 11"),
    ],
)
def test_incomplete(kind: str, status: int, signal: str, output: bytes, words: str) -> None:
    stopped = why_incomplete(kind, status, signal, output)
    assert stopped is not None
    assert stopped.kind is StopKind.INCOMPLETE
    assert words in stopped.detail


def test_complete() -> None:
    assert why_incomplete("sh", 0, "", b"s.sh: 3: rustc: not found") is None
    assert why_incomplete("sh", 1, "", b"failed") is None
    assert missing_programs(b"/x/s.sh: line 3: rustc: command not found\n") == ("rustc",)


def _v2(tmp_path: Path) -> Path:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("memory pids\n")
    parent = tmp_path / cgroup.GROUP
    parent.mkdir()
    (parent / "cgroup.subtree_control").write_text("memory pids\n")
    return parent


def test_cgroup_parents_of_both_versions(tmp_path: Path) -> None:
    assert cgroup.create("g", 1, 1, tmp_path) is None
    (tmp_path / "memory").mkdir()
    (tmp_path / "pids").mkdir()
    assert cgroup.leftovers(tmp_path) == {}
    (tmp_path / "memory" / cgroup.GROUP / "guest-1").mkdir(parents=True)
    (tmp_path / "pids" / cgroup.GROUP / "guest-1").mkdir(parents=True)
    assert len(cgroup.leftovers(tmp_path)["guest-1"].directories) == 2


def test_cgroup_without_limits_is_refused_and_removed(tmp_path: Path) -> None:
    parent = _v2(tmp_path)
    assert cgroup.create("guest-1", 1 << 20, 5, tmp_path) is None
    assert not (parent / "guest-1").exists()


def test_cgroup_parent_goes_when_no_guest_is_in_it(tmp_path: Path) -> None:
    for controller in ("memory", "pids"):
        (tmp_path / controller / cgroup.GROUP / "guest-1").mkdir(parents=True)
    cgroup.tidy(tmp_path)
    assert cgroup.leftovers(tmp_path).keys() == {"guest-1"}
    for controller in ("memory", "pids"):
        (tmp_path / controller / cgroup.GROUP / "guest-1").rmdir()
    cgroup.tidy(tmp_path)
    assert not list(tmp_path.glob(f"*/{cgroup.GROUP}"))


def test_cgroup_counters(tmp_path: Path) -> None:
    group = cgroup.Group((tmp_path,))
    assert not group.memory_ran_out()
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    (tmp_path / "pids.events").write_text("max 3\n")
    (tmp_path / "cgroup.procs").write_text("7\n9\n")
    assert group.memory_ran_out()
    assert group.tasks_ran_out()
    assert group.processes() == {7, 9}


def test_oci_gives_the_sample_nothing_of_the_host(tmp_path: Path) -> None:
    text = oci.config(
        tmp_path / "root", tmp_path / "downloads", ("/bin/sh", "/x"), Budget(), grouped=True
    )
    config = json.loads(text)
    sources = {mount["source"] for mount in config["mounts"] if mount["type"] == "bind"}
    assert sources == {str(tmp_path / "downloads")}
    assert config["process"]["noNewPrivileges"] is True
    assert "CAP_SYS_ADMIN" not in str(config)
    assert {"type": "network"} in config["linux"]["namespaces"]
    assert config["process"]["args"][-2:] == ["/bin/sh", "/x"]


def test_runsc_flags_decide_the_call(tmp_path: Path) -> None:
    program = tmp_path / "runsc"
    program.write_text(
        "#!/bin/sh\n[ $1 = flags ] && printf '  -overlay\\n  -strace\\n  -platform string\\n"
        "\\tspecifies which platform to use: ptrace (default), kvm.\\n'"
        " || echo 'runsc version 0.9'\n"
    )
    program.chmod(0o755)
    found = find(program)
    assert (found.version, found.platforms) == ("0.9", ("ptrace",))
    options = found.options(tmp_path, tmp_path / "t", "ptrace", ("execve",))
    assert "--overlay" in options
    assert "--network=none" in options
    with pytest.raises(RunscError, match="does not start"):
        find(tmp_path / "missing")


def test_calls_by_architecture() -> None:
    assert "vfork" in traced_calls("x86_64")
    assert "vfork" not in traced_calls("aarch64")
    assert "openat" in traced_calls("aarch64")


def test_budget_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="positive"):
        Budget(seconds=0)
