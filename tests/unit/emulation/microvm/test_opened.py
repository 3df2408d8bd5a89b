"""What a machine said of a document, read as in the confined guest."""

from __future__ import annotations

import io
import json

from gateway.emulation.contract import Actor, Kind, StopKind
from gateway.emulation.microvm import reading
from gateway.emulation.microvm.frames import Frame, pack
from gateway.emulation.scripts import wire
from gateway.model.convertible import LIBREOFFICE

REQUEST = wire.Request("bill.odt", "odf", 10.0)
HOME = "/home/user"


def _json(kind: Frame, /, **values: object) -> bytes:
    return pack(kind, json.dumps(values).encode())


def _read(log: str, *further: bytes, words: str = "") -> list[wire.Message]:
    out = io.BytesIO()
    stream = _json(Frame.STARTED, at=10.0, clock=1000.0) + pack(Frame.TRACE, log.encode())
    end = _json(Frame.ENDED, status=0, why="", words=words)
    reading.run(b"".join((stream, *further, end)), REQUEST, out)
    return list(wire.messages(out.getvalue()))


def _saw(messages: list[wire.Message]) -> list[tuple[str, str, str, str]]:
    saws = [each for each in messages if isinstance(each, wire.Saw)]
    return [(each.program, each.kind, each.action, each.target) for each in saws]


def test_a_shell_is_told_with_the_viewer_that_started_it() -> None:
    log = (
        "700 1000.5 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 801\n"
        '801 1000.6 execve("/bin/sh", ["sh", "-c", "touch /tmp/x"], 0x1 /* 9 vars */) = 0\n'
        '801 1000.7 openat(AT_FDCWD, "/tmp/x", O_WRONLY|O_CREAT, 0666) = 3\n'
    )
    messages = _read(log)
    assert _saw(messages) == [
        (LIBREOFFICE, "process", "execute", "/bin/sh"),
        ("/bin/sh", "file", "write", "/tmp/x"),
    ]
    first = messages[0]
    assert isinstance(first, wire.Saw)
    assert (first.time, first.arguments) == (0.6, ("sh -c touch /tmp/x",))
    made = wire.behaviour(first, 1)
    assert made is not None
    assert made.kind is Kind.PROCESS
    assert made.actor == Actor(801, 1, LIBREOFFICE)


def test_the_viewers_own_work_is_left_out() -> None:
    log = "".join(
        f"700 1000.{number} {call}\n"
        for number, call in enumerate(
            (
                f'openat(AT_FDCWD, "{HOME}/.config/libreoffice/4/x", O_RDWR|O_CREAT, 0600) = 5',
                f'openat(AT_FDCWD, "{HOME}/Downloads/bill.odt", O_RDWR) = 5',
                f'openat(AT_FDCWD, "{HOME}/Downloads/.~lock.bill.odt#", O_RDWR|O_CREAT, 0600) = 5',
                'openat(AT_FDCWD, "/tmp/lu7001.tmp/lu7002.tmp", O_RDWR|O_CREAT, 0600) = 5',
                'openat(AT_FDCWD, "/usr/share/fonts/a.ttf", O_RDONLY) = 5',
                'openat(AT_FDCWD, "/home/user/.nothing", O_RDONLY) = -1 ENOENT (No such file or '
                "directory)",
                'execve("/usr/lib/libreoffice/program/xpdfimport", ["xpdfimport"], 0x1) = 0',
                'execve("/bin/sh", ["sh", "-c", "paperconf 2>/dev/null"], 0x1) = 0',
                'connect(5, {sa_family=AF_UNIX, sun_path="/tmp/.X11-unix/X0"}, 20) = 0',
                "connect(5, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("
                '"127.0.0.1")}, 16) = 0',
            )
        )
    )
    assert _saw(_read(log)) == []


def test_files_that_others_read_write_or_rename_are_told() -> None:
    log = (
        "700 1000.1 clone(child_stack=NULL, flags=SIGCHLD) = 801\n"
        '801 1000.2 execve("/usr/bin/perl", ["perl", "-e", "1"], 0x1) = 0\n'
        f'801 1000.3 chdir("{HOME}/Documents") = 0\n'
        '801 1000.4 rename("Salaries.xlsx", "Salaries.xlsx.locked") = 0\n'
        f'801 1000.5 openat(AT_FDCWD, "{HOME}/.ssh/id_rsa", O_RDONLY|O_CLOEXEC) = 4\n'
        f'801 1000.6 chmod("{HOME}/x", 0755) = 0\n'
        f'801 1000.7 unlinkat(AT_FDCWD, "{HOME}/Downloads/bill.odt", 0) = 0\n'
    )
    assert [each[2:] for each in _saw(_read(log))][1:] == [
        ("rename", f"{HOME}/Documents/Salaries.xlsx.locked"),
        ("read", f"{HOME}/.ssh/id_rsa"),
        ("make-executable", f"{HOME}/x"),
        ("delete", f"{HOME}/Downloads/bill.odt"),
    ]


def test_addresses_get_their_names_and_requests_are_told() -> None:
    log = (
        "700 1000.5 connect(9, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("
        '"198.18.0.1")}, 16) = -1 EINPROGRESS (Operation now in progress)\n'
    )
    resolved = _json(
        Frame.NETWORK, action="resolve", target="img.example", words=["198.18.0.1"], at=10.4
    )
    request = ["GET /a.png HTTP/1.1", "img.example"]
    sent = _json(Frame.NETWORK, action="send", target="img.example:80", words=request, at=10.6)
    messages = _read(log, resolved, sent)
    assert [each[2:] for each in _saw(messages)] == [("connect", "img.example:80")] * 2
    last = [each for each in messages if isinstance(each, wire.Saw)][-1]
    assert last.arguments == ("GET http://img.example/a.png",)


def test_a_file_that_nobody_was_seen_to_write_is_told_and_handed_on() -> None:
    change = _json(Frame.CHANGE, kind="written", path="/home/user/run.sh", size=3)
    messages = _read("", change, pack(Frame.FILE, b"#!x"))
    assert _saw(messages) == [(LIBREOFFICE, "file", "write", "/home/user/run.sh")]
    assert wire.Dropped("/home/user/run.sh", b"#!x") in messages


def test_a_document_that_does_not_open_was_not_seen_to_its_end() -> None:
    ended = _read("", words="a password is asked for")[-1]
    assert isinstance(ended, wire.Ended)
    assert ended.stopped == StopKind.INCOMPLETE.value
    assert "password" in ended.detail


def test_a_process_among_its_own_threads_is_the_same_one() -> None:
    log = (
        "700 1000.1 clone3({flags=CLONE_VM|CLONE_THREAD, ...}, 88) = 900\n"
        '900 1000.2 openat(AT_FDCWD, "/home/user/a.txt", O_WRONLY|O_CREAT, 0644) = 3\n'
    )
    assert _saw(_read(log)) == [(LIBREOFFICE, "file", "write", "/home/user/a.txt")]
