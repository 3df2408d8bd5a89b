"""What each system call means. Arguments are as both gVisor versions print them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.emulation.contract import Kind
from gateway.emulation.effects import Effect, absolute, changed_directory, effect, executed
from gateway.emulation.strace import Call


def call(name: str, arguments: str) -> Call:
    return Call(2, name, arguments, 0, "", "")


CASES: tuple[tuple[str, str, tuple[str, str, tuple[str, ...]]], ...] = (
    (
        "openat",
        "AT_FDCWD /tmp, 0x7f01 a, b.txt, O_WRONLY|O_CREAT|O_TRUNC, 0o666",
        ("write", "/tmp/a, b.txt", ("create", "truncate")),
    ),
    ("openat", "0x3 /srv, 0x7f01 x, O_RDONLY|0x0, 0o0", ("read", "/srv/x", ())),
    ("open", "0x7f01 /home/user/x, O_RDWR|O_APPEND, 0o0", ("write", "/home/user/x", ("append",))),
    ("creat", "0x7f01 new, 0o644", ("write", "/here/new", ("create", "truncate"))),
    ("unlink", "0x7f01 x", ("delete", "/here/x", ())),
    ("unlinkat", "AT_FDCWD /tmp, 0x7f01 x, 0x200", ("delete", "/tmp/x", ())),
    ("rename", "0x7f01 a, 0x7f02 b", ("rename", "/here/b", ("/here/a",))),
    (
        "renameat2",
        "AT_FDCWD /tmp, 0x7f5 one, 0xffffff9c, 0x7f6 two, 0x1",
        ("rename", "/here/two", ("/tmp/one",)),
    ),
    ("renameat", "AT_FDCWD /a, 0x1 b, AT_FDCWD /c, 0x2 d", ("rename", "/c/d", ("/a/b",))),
    (
        "symlink",
        "0x7f01 /etc/passwd, 0x7f02 link",
        ("link", "/here/link", ("/etc/passwd",)),
    ),
    ("symlinkat", "0x7f01 goal, AT_FDCWD /tmp, 0x7f02 l", ("link", "/tmp/l", ("goal",))),
    ("memfd_create", "0x5600 , 0x1", ("anonymous-file", "memfd:", ())),
    ("memfd_create", "0x5600 upd, 0x1", ("anonymous-file", "memfd:upd", ())),
    ("chmod", "0x5600 /tmp/x, S_ISUID|0o755", ("make-executable", "/tmp/x", ("4755",))),
    ("fchmodat", "AT_FDCWD /tmp, 0x56 d/e, 0o600", ("change-mode", "/tmp/d/e", ("600",))),
    ("fchmod", "0x3 /tmp/x, 0o700", ("make-executable", "/tmp/x", ("700",))),
    (
        "connect",
        "0x3 socket:[1], 0x7f {Family: AF_INET, Addr: 203.0.113.5, Port: 80}, 0x10",
        ("connect", "203.0.113.5:80", ()),
    ),
    (
        "connect",
        "0x3 socket:[1], 0x7f {Family: AF_INET6, Addr: 2001:db8::1, Port: 443}, 0x1c",
        ("connect", "[2001:db8::1]:443", ()),
    ),
    (
        "sendto",
        "0x3 socket:[1], 0x7f, 0x9, 0x0, 0x7f {Family: AF_INET, Addr: 203.0.113.9, Port: 53}, 0x10",
        ("send", "203.0.113.9:53", ()),
    ),
    (
        "connect",
        "0x3 socket:[1], 0x7f {Family: AF_INET, Addr: , Port: 5432}, 0x10",
        ("connect", "0.0.0.0:5432", ()),
    ),
    ("dup2", "0x3 socket:[7], 0x0 /dev/null", ("redirect", "socket:[7]", ("descriptor 0",))),
    ("kill", "0xffffffffffffffff, SIGKILL", ("kill", "every process", ("SIGKILL",))),
    ("kill", "0x1, SIGTERM", ("kill", "process 1", ("SIGTERM",))),
    ("setuid", "0x0", ("set-identity", "root", ("setuid",))),
    ("clock_nanosleep", "0x0, 0x0, 0x7f {sec=600 nsec=0}, 0x7f", ("sleep", "600 s", ())),
    ("mprotect", "0x7f01, 0x1000, 0x7", ("make-executable", "writable memory", ())),
)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"), CASES, ids=lambda value: str(value)[:40]
)
def test_effect(name: str, arguments: str, expected: tuple[str, str, tuple[str, ...]]) -> None:
    found = effect(call(name, arguments), "/here")
    assert found is not None
    assert (found.action, found.target, found.arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("openat", "AT_FDCWD /, 0x7f /etc/ld.so.cache, O_RDONLY|O_CLOEXEC, 0o0"),
        ("openat", "AT_FDCWD /, 0x7f /dev/null, O_WRONLY, 0o0"),
        ("openat", "AT_FDCWD /, 0x7f /home, O_RDONLY|O_DIRECTORY, 0o0"),
        ("connect", '0x3 socket:[1], 0x7f {Family: AF_UNIX, Addr: "/run/nscd/socket"}, 0x6e'),
        ("clock_nanosleep", "0x0, 0x0, 0x7f {sec=0 nsec=100}, 0x7f"),
        ("mprotect", "0x7f01, 0x1000, 0x5"),
        ("mprotect", "0x7f01, 0x1000, 0x1000007"),
        ("kill", "0x5, 0x0"),
        ("setuid", "0x3e8"),
        ("openat", "garbage"),
        ("getpid", ""),
    ],
)
def test_what_every_program_does_is_no_behaviour(name: str, arguments: str) -> None:
    assert effect(call(name, arguments), "/here") is None


def test_new_name_of_a_process_stands_before_the_call() -> None:
    named = replace(call("prctl", "0xf, 0x55c9, 0x0, 0x0, 0x0"), process="[kworker/0:1]")
    found = effect(named, "/here")
    assert found == Effect(Kind.PROCESS, "rename-self", "[kworker/0:1]")
    other = replace(named, arguments="0x4, 0x0, 0x0, 0x0, 0x0")
    assert effect(other, "/here") is None


def test_executed_program_and_arguments() -> None:
    arguments = '0x55 /bin/sh, 0x56 ["sh", "-c", "a, \\"b\\""], 0x57 ["HOME=/x"]'
    assert executed(call("execve", arguments), "/") == ("/bin/sh", ("sh", "-c", 'a, "b"'))
    relative = '0x55 ./run, 0x56 ["./run"], 0x57 []'
    assert executed(call("execve", relative), "/tmp") == ("/tmp/run", ("./run",))


def test_directories() -> None:
    assert absolute("/a/b", "../c//d/.") == "/a/c/d"
    assert changed_directory(call("chdir", "0x7f sub"), "/a") == "/a/sub"
    assert changed_directory(call("fchdir", "0x3 /b"), "/a") == "/b"
