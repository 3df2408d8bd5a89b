"""A guest tries to get out, and to take the machine with it. It stays inside and leaves nothing."""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.emulation import (
    Budget,
    Context,
    Detonation,
    Gvisor,
    Sample,
    StopKind,
    cgroup,
    judge,
    load_rules,
)
from gateway.model import Verdict
from tests.net.gvisor_fixtures import guest_root, make_gvisor

pytestmark = pytest.mark.root

gvisor = pytest.fixture(scope="module")(make_gvisor)


def _run(gvisor: Gvisor, text: str, kind: str = "sh", **limits: float) -> Detonation:
    budget = Budget(seconds=limits.get("seconds", 8.0), memory=int(limits.get("memory", 256 << 20)))
    return gvisor.detonate(Sample(f"sample.{kind}", kind, text.encode()), Context(), budget)


def _nothing_left(gvisor: Gvisor) -> None:
    """No directory, cgroup, mount or process of a guest of ours."""
    assert list(gvisor.work.iterdir()) == []
    own = f"guest-{os.getpid()}-"
    assert [name for name in cgroup.leftovers() if name.startswith(own)] == []
    assert str(gvisor.work) not in Path("/proc/self/mountinfo").read_text()
    assert _processes_naming(str(gvisor.work)) == []


def _processes_naming(word: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if word in line and "runsc" in line:
            found.append(line)
    return found


def test_no_way_out_by_network(gvisor: Gvisor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        result = _run(
            gvisor,
            "import socket\n"
            "def tried(family, kind, address):\n"
            "    s = socket.socket(family, kind); s.settimeout(1)\n"
            "    try:\n        s.connect(address); s.send(b'x'); s.recv(9); print('OUT', address)\n"
            "    except OSError as error:\n        print('shut', address, error)\n"
            "v4, v6 = socket.AF_INET, socket.AF_INET6\n"
            "tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM\n"
            f"tried(v4, tcp, ('127.0.0.1', {port}))\n"
            "tried(v4, tcp, ('203.0.113.5', 80))\n"
            "tried(v4, udp, ('203.0.113.5', 53))\n"
            "tried(v6, tcp, ('2001:db8::1', 80))\n"
            "tried(v4, tcp, ('10.0.0.1', 22))\n",
            "python",
        )
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert b"OUT" not in result.output
    assert result.output.count(b"shut") == 5
    asked = {b.target for b in result.behaviours if b.action == "connect"}
    assert {"203.0.113.5:80", "203.0.113.5:53", "[2001:db8::1]:80", "10.0.0.1:22"} <= asked
    _nothing_left(gvisor)


_SYSCALLS = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def tried(name, *words):
    ctypes.set_errno(0)
    done = libc.syscall(*[ctypes.c_long(w) if isinstance(w, int) else w for w in words])
    print(name, "DONE" if done >= 0 else errno.errorcode.get(ctypes.get_errno()), flush=True)
"""
"""x86-64 numbers, as in asm/unistd_64.h."""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are of x86-64")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("clock_settime", "227, 0, (ctypes.c_long * 2)(1, 1)"),
        ("settimeofday", "164, (ctypes.c_long * 2)(1, 1), None"),
        ("adjtimex", "159, (ctypes.c_ubyte * 256)(0xff)"),
        ("add_key", "248, b'user', b'x', b'secret', 6, -3"),
        ("keyctl, session keyring", "250, 0, -3, 1"),
        ("unshare, user and mount namespaces", "272, 0x10020000"),
        ("mount", "165, b'none', b'/mnt', b'tmpfs', 0, None"),
        ("pivot_root", "155, b'/tmp', b'/tmp'"),
        ("chroot", "161, b'/tmp'"),
        ("setns on process 1", "308, os.open('/proc/1/ns/mnt', os.O_RDONLY), 0"),
        ("ptrace, attach to process 1", "101, 16, 1, 0, 0"),
        (
            "process_vm_readv of process 1",
            "310, 1, (ctypes.c_ulong * 2)(0, 8), 1, (ctypes.c_ulong * 2)(0x400000, 8), 1, 0",
        ),
        ("io_uring_setup", "425, 8, (ctypes.c_ubyte * 120)()"),
        ("bpf", "321, 0, (ctypes.c_ubyte * 64)(), 64"),
        ("perf_event_open", "298, (ctypes.c_ubyte * 112)(), 0, -1, -1, 0"),
        ("init_module", "175, b'x', 1, b''"),
        ("kexec_load", "246, 0, 0, None, 0"),
        ("reboot", "169, 0xfee1dead, 672274793, 0x1234567, None"),
        ("open_by_handle_at", "304, -100, (ctypes.c_ubyte * 64)(), 0"),
        ("userfaultfd", "323, 0"),
        ("iopl", "172, 3"),
    ],
    ids=lambda word: word.partition(",")[0].replace(" ", "-") if word[0].isalpha() else "",
)
def test_no_call_opens_a_way(gvisor: Gvisor, call: str, words: str) -> None:
    """Namespaces, keyrings and rings that gVisor makes are its own, never the kernel's."""
    text = f"{_SYSCALLS}try:\n    tried('call', {words})\nexcept OSError as error:\n"
    result = _run(gvisor, f"{text}    print('call', error)\n", "python")
    assert result.output.startswith(b"call "), result.output
    if not call.startswith(("unshare", "keyctl", "add_key", "io_uring")):
        assert b"DONE" not in result.output
    _nothing_left(gvisor)


def test_the_clock_of_the_machine_goes_on(gvisor: Gvisor) -> None:
    before, steady = time.time(), time.monotonic()
    _run(gvisor, "date -s 2001-01-01\ntouch -d 2001-01-01 /tmp/x\nexit 0\n")
    assert abs((time.time() - before) - (time.monotonic() - steady)) < 1.0


def test_abstract_sockets_and_keyrings_are_the_guests_own(gvisor: Gvisor) -> None:
    name = f"\0sluice-escape-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        listener.setblocking(False)
        result = _run(
            gvisor,
            "import socket\ns = socket.socket(socket.AF_UNIX)\n"
            f"try:\n    s.connect({name!r}); print('OUT')\n"
            "except OSError as error:\n    print('shut', error)\n"
            "try:\n    print('keys:', open('/proc/keys').read())\n"
            "except OSError as error:\n    print('no keys')\n",
            "python",
        )
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert b"shut" in result.output and b"OUT" not in result.output
    assert b"no keys" in result.output
    _nothing_left(gvisor)


def test_no_host_file_is_seen_or_changed(gvisor: Gvisor, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the host's")
    tmp_path.chmod(0o755)
    before = sorted(path.name for path in (guest_root() / "root/home/user").iterdir())
    result = _run(
        gvisor,
        f"cat {secret} /proc/1/root{secret} /../../..{secret}\n"
        "echo x > ~/left-behind; echo x > /usr/local/bin/ls; ls /proc | grep -c '^[0-9]'\n"
        "cat /proc/1/cmdline | tr '\\0' ' ' | grep -c runsc\nmount; exit 0\n",
    )
    assert b"the host's" not in result.output
    after = sorted(path.name for path in (guest_root() / "root/home/user").iterdir())
    assert after == before
    assert not (guest_root() / "root/usr/local/bin/ls").exists()
    assert "/home/user/left-behind" in [child.path for child in result.children]
    _nothing_left(gvisor)


def test_no_right_is_gained(gvisor: Gvisor) -> None:
    result = _run(
        gvisor,
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print('uid', os.getuid())\n"
        "for name, arguments in (('setuid', (0,)), ('mount', (b'x', b'/mnt', b'tmpfs', 0, 0)),\n"
        "        ('sethostname', (b'x', 1)), ('settimeofday', (bytes(16), None))):\n"
        "    print(name, getattr(libc, name)(*arguments))\n"
        "try:\n    os.kill(1, 9)\nexcept PermissionError:\n    print('init lives')\n"
        "print('still', os.getuid())\n",
        "python",
    )
    assert b"uid 1000" in result.output
    assert b"setuid -1" in result.output
    assert b"mount -1" in result.output
    assert b"init lives" in result.output
    assert b"still 1000" in result.output
    _nothing_left(gvisor)


@pytest.mark.parametrize(
    "bomb",
    ["b() { b | b & }; b; sleep 9\n", "while :; do sh -c 'sleep 9' & done\n"],
    ids=["exponential", "linear"],
)
def test_fork_bomb_is_stopped(gvisor: Gvisor, bomb: str) -> None:
    result = _run(gvisor, f"#!/bin/bash\n{bomb}")
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.PROCESSES
    assert judge(result, load_rules()).verdict is Verdict.MALICIOUS
    _nothing_left(gvisor)


@pytest.mark.skipif(
    os.geteuid() != 0 or not cgroup.available(),
    reason="no cgroup bounds memory here: each process of a guest is bounded for itself",
)
def test_memory_is_bounded(gvisor: Gvisor) -> None:
    result = _run(
        gvisor,
        "import os\nheld = []\nfor _ in range(3): os.fork()\n"
        "while True:\n    try:\n        held.append(os.urandom(1 << 22))\n"
        "    except MemoryError:\n        pass\n",
        "python",
    )
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.MEMORY
    _nothing_left(gvisor)


@pytest.mark.skipif(
    os.geteuid() != 0 or not cgroup.available(),
    reason="no cgroup bounds memory here: each process of a guest is bounded for itself",
)
def test_memory_of_node_is_bounded_though_its_addresses_are_not(gvisor: Gvisor) -> None:
    """node reserves gibibytes that it never uses, so only the group can bound it."""
    text = "const held = []; while (true) held.push(Buffer.alloc(1 << 24, 1));\n"
    result = _run(gvisor, text, "javascript", seconds=60)
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.MEMORY
    _nothing_left(gvisor)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("javascript", f"/^(a+)+$/.test('{'a' * 40}!');\n"),
        ("python", f"import re\nre.match('^(a+)+$', '{'a' * 40}!')\n"),
        ("perl", "while (1) { }\n"),
    ],
)
def test_computing_without_end_is_stopped(gvisor: Gvisor, kind: str, text: str) -> None:
    result = _run(gvisor, text, kind, seconds=2)
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.TIMED_OUT
    assert judge(result, load_rules()).verdict is Verdict.UNSCANNED
    _nothing_left(gvisor)


def test_disk_filling_stays_in_the_guest(gvisor: Gvisor) -> None:
    result = _run(
        gvisor, "for d in /tmp /dev/shm ~ /var/tmp; do cat /dev/zero > $d/big; done; exit 0\n"
    )
    assert sum(path.stat().st_size for path in gvisor.work.rglob("*")) == 0
    assert sum(child.size for child in result.children) <= Budget().child_bytes
    _nothing_left(gvisor)


def test_endless_output_and_calls_are_bounded(gvisor: Gvisor) -> None:
    budget = Budget(seconds=3.0, trace=2 << 20)
    text = b"#!/bin/sh\nwhile :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; : > /tmp/x; done\n"
    result = gvisor.detonate(Sample("loop.sh", "sh", text), Context(), budget)
    assert result.stopped_by is not None
    assert result.stopped_by.kind in (StopKind.TRACE, StopKind.TIMED_OUT)
    assert len(result.output) <= budget.output
    _nothing_left(gvisor)


def test_background_processes_end_with_the_guest(gvisor: Gvisor) -> None:
    result = _run(gvisor, "nohup setsid sh -c 'trap \"\" TERM HUP; sleep 60' >/dev/null 2>&1 &\n")
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.TIMED_OUT
    assert judge(result, load_rules()).verdict is Verdict.UNSCANNED
    _nothing_left(gvisor)


def test_control_line_is_out_of_reach(gvisor: Gvisor) -> None:
    result = _run(
        gvisor,
        "for fd in 0 1 2; do echo 'file 2f746d702f66616b65 3' > /proc/1/fd/$fd; done\n"
        "printf 'file 2f746d702f66616b65 1\\nx'\nexit 0\n",
    )
    assert result.children == ()
    assert result.stopped_by is None


_OWNER = """
import sys
from pathlib import Path
from gateway.emulation import Budget, Context, Gvisor, Sample
environment = Gvisor(Path(sys.argv[1]), Path(sys.argv[2]))
print(environment.probe(), flush=True)
sample = Sample("s.sh", "sh", b"#!/bin/sh\\nsleep 60\\n")
environment.detonate(sample, Context(), Budget(seconds=60.0))
"""


def test_killed_owner_leaves_nothing_that_runs(gvisor: Gvisor, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OWNER, str(guest_root()), str(tmp_path)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("Present")
    while not _processes_naming(str(tmp_path)):
        time.sleep(0.02)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    successor = Gvisor(guest_root(), tmp_path)
    assert successor.sweep() >= 1
    assert list(tmp_path.iterdir()) == []
    assert _processes_naming(str(tmp_path)) == []
    assert [name for name in cgroup.leftovers() if name.startswith(f"guest-{owner.pid}-")] == []
