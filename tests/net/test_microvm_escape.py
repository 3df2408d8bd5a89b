"""A program tries to get out of its virtual machine, and to take the host with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.emulation import Budget, Context, Detonation, Sample, StopKind, cgroup
from gateway.emulation.microvm.environment import MicroVm
from tests.net.microvm_fixtures import make_microvm
from tools.corpus.detections.compiled import program

pytestmark = pytest.mark.root

microvm = pytest.fixture(scope="module")(make_microvm)

_OUT = r"""
WSADATA w; WSAStartup(0x202, &w); unsigned short port = %d;
const char *hosts[] = {"127.0.0.1", "%s", "192.0.2.1", "8.8.8.8"};
for (int i = 0; i < 4; i++) { SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to = {0}; to.sin_family = AF_INET; to.sin_port = htons(port);
  to.sin_addr.s_addr = inet_addr(hosts[i]); connect(s, (void *)&to, sizeof to);
  send(s, "out", 3, 0); closesocket(s); }
const char *files[] = {"\\\\?\\unix%s", "Z:%s", "\\\\?\\unix\\etc\\shadow",
  "\\\\?\\unix\\dev\\vda"};
for (int i = 0; i < 4; i++) { HANDLE h = CreateFileA(files[i], GENERIC_READ, 3, 0, 3, 0, 0);
  printf("%%d", h != INVALID_HANDLE_VALUE); }
SYSTEMTIME t = {2031, 1, 0, 1}; printf(" %%d\n", SetSystemTime(&t));
"""


def _run(microvm: MicroVm, body: str, seconds: float = 20.0) -> Detonation:
    case = program("escape", 64, body)
    sample = Sample(case.name, case.type, case.make())
    result = microvm.detonate(sample, Context(), Budget(seconds=seconds))
    own = f"vm-{os.getpid()}-"
    assert [name for name in cgroup.leftovers() if name.startswith(own)] == []
    return result


def test_no_way_out_to_network_files_or_clock(microvm: MicroVm, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the host")
    reached: list[object] = []
    before = time.time() - time.monotonic()
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=lambda: reached.append(_accepted(listener)), daemon=True).start()
        path = str(secret).replace("/", "\\\\")
        result = _run(microvm, _OUT % (port, _own_address(), path, path))
    assert [each for each in reached if each] == []
    assert result.output == b"0000 0\r\n", "no file was opened, the clock was not set"
    targets = {each.target for each in result.behaviours if each.action == "connect"}
    assert {f"192.0.2.1:{port}", f"8.8.8.8:{port}"} <= targets
    assert abs((time.time() - time.monotonic()) - before) < 5


def _accepted(listener: socket.socket) -> bool:
    try:
        return bool(listener.accept())
    except OSError:
        return False


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def test_a_flood_of_processes_ends_with_its_machine(microvm: MicroVm) -> None:
    body = "STARTUPINFOA si = {sizeof si}; PROCESS_INFORMATION pi; for (;;) "
    result = _run(microvm, body + "CreateProcessA(me, 0, 0, 0, 0, 0, 0, 0, &si, &pi);", 10.0)
    assert result.stopped_by is not None
    assert result.stopped_by.kind in (StopKind.PROCESSES, StopKind.TIMED_OUT, StopKind.CRASHED)


def test_memory_is_the_machines_own(microvm: MicroVm) -> None:
    body = "for (;;) { char *p = malloc(1 << 22); if (!p) break; memset(p, 1, 1 << 22); }"
    result = _run(microvm, body, 10.0)
    assert result.environment == "microvm"
    assert result.exit_status != 0 or result.stopped_by is None


def test_a_full_disk_is_the_machines_own(microvm: MicroVm) -> None:
    before = os.statvfs("/").f_bavail * os.statvfs("/").f_frsize
    body = r"""static char z[1 << 20]; memset(z, 7, sizeof z);
        FILE *f = fopen(place(a, "%TEMP%\\big"), "wb"); int n = 0;
        while (fwrite(z, 1, sizeof z, f) == sizeof z) n++; printf("%d\n", n < 800);"""
    result = _run(microvm, body, 20.0)
    after = os.statvfs("/").f_bavail * os.statvfs("/").f_frsize
    assert before - after < 300 << 20
    assert result.stopped_by is not None or result.output == b"1\r\n"


def test_what_machines_begin_from_stays_as_it_is(microvm: MicroVm) -> None:
    files = {each.name: each.stat() for each in microvm.guest.iterdir()}
    _run(
        microvm,
        r"""FILE *f = fopen("C:\\windows\\win.ini", "w"); fputs("changed", f); fclose(f);
        CreateDirectoryA("C:\\kept", 0);""",
    )
    result = _run(
        microvm,
        r"""WIN32_FIND_DATAA d; char t[8] = {0};
        FILE *f = fopen("C:\\windows\\win.ini", "r"); if (f) fread(t, 1, 7, f);
        printf("%d %d\n", strcmp(t, "changed") == 0,
            FindFirstFileA("C:\\kept", &d) != INVALID_HANDLE_VALUE);""",
    )
    assert result.output == b"0 0\r\n"
    for name, before in files.items():
        now = (microvm.guest / name).stat()
        assert (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns), name


def test_its_time_ends_the_machine(microvm: MicroVm) -> None:
    result = _run(microvm, "SetPriorityClass(GetCurrentProcess(), 0x100); for (;;);", 3.0)
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.TIMED_OUT
    assert _machines() == []


_OWNER = """
import sys
from pathlib import Path
from gateway.emulation import Budget, Context, Sample
from gateway.emulation.microvm.environment import MicroVm
from gateway.sandbox.blocking import BlockingGuests
guests = BlockingGuests()
machine = MicroVm(Path(sys.argv[1]), guests)
data = Path(sys.argv[2]).read_bytes()
machine.detonate(Sample("s.exe", "pe", data), Context(), Budget(seconds=60.0))
"""


def test_a_killed_owner_leaves_no_machine(microvm: MicroVm, tmp_path: Path) -> None:
    sample = tmp_path / "s.exe"
    sample.write_bytes(program("waits", 64, "Sleep(60000);").make())
    words = [sys.executable, "-c", _OWNER, str(microvm.guest), str(sample)]
    with subprocess.Popen(words) as owner:
        try:
            running = _until(lambda: _machines(owner.pid))
            assert running, "the machine was not seen while it ran"
        finally:
            owner.kill()
    assert _until(lambda: not _machines(owner.pid))
    microvm.sweep()
    assert [name for name in cgroup.leftovers() if name.startswith(f"vm-{owner.pid}-")] == []


def test_the_machine_runs_as_nobody_without_rights(microvm: MicroVm) -> None:
    seen: list[dict[str, str]] = []

    def look() -> None:
        _until(_machines)
        seen.extend(_machines())

    watcher = threading.Thread(target=look)
    watcher.start()
    _run(microvm, "Sleep(500);")
    watcher.join()
    assert seen, "the machine was not seen while it ran"
    status = seen[0]
    assert status["Uid"].split() == ["64817"] * 4
    assert int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def _until(holds: Callable[[], object], seconds: float = 60.0) -> bool:
    """Whether it came to hold; a busy machine takes its time."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(holds())


def _machines(owner: int = os.getpid()) -> list[dict[str, str]]:
    """The status of QEMU processes of an owner's groups, once they have become who they are."""
    found = []
    for name, group in cgroup.leftovers().items():
        if not name.startswith(f"vm-{owner}-"):
            continue
        for pid in group.processes():
            try:
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            except OSError:
                continue
            status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            if status.get("Name", "").startswith("qemu") and status.get("Seccomp") == "2":
                found.append(status)
    return found
