"""One virtual machine: QEMU behind walls, its line to the guest, its monitor.

QEMU runs as a user to whom nothing belongs, in namespaces without a network, sees read-only system
libraries and the image, may start no program (`-sandbox`), and lives in a cgroup of its own. No
file of the host is written: guest and monitor speak over sockets that it inherits.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from gateway.emulation import cgroup
from gateway.emulation.microvm.frames import PORT

QEMU = "qemu-system-x86_64"
MEMORY_MIB = 768
"""Of the guest. Wine's services, a screen and a program take 250 MiB; the rest is for the files
that the sample writes, since the disk is memory, too."""

CPUS = 2
"""Programs that look for a laboratory ask for fewer than two."""

OVERHEAD = 512 << 20
"""Bytes of QEMU itself: its code cache under emulation is the largest part."""

_USER = 64817
"""QEMU's account on the host: no name, no file, no other process."""

TASKS = 64
"""Threads of QEMU; the guest's own processes are none of the host's."""

_CLOCK = "2026-06-01T08:00:00"
"""The guest's clock when its kernel starts: a Monday morning, as in the emulated Windows. It runs
with the guest only, and stands in the saved state."""

_MONITOR_SECONDS = 30.0
_CHUNK = 1 << 20

_IN_GROUPS = 'for g in $GROUPS_; do echo $$ >"$g/cgroup.procs" || exit 97; done; exec "$@"'

_KERNEL_WORDS = "quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on tsc=reliable"
"""A guest that lives for seconds and has one user needs no mitigations; when its process 1 ends,
it ends."""


class MachineError(Exception):
    """The machine does not do what it should: one sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What machine: the guest's directory, accelerator, the host's cores; its cgroup.

    state: a saved state to begin from; None starts the kernel.
    """

    guest: Path
    accelerator: str
    cpus: frozenset[int] = frozenset()
    group: cgroup.Group | None = None
    state: Path | None = None


@dataclass(slots=True)
class Machine:
    """A running machine. `line` is the stream of frames to and from the guest."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    monitor: socket.socket
    group: cgroup.Group | None
    _rest: bytearray = field(default_factory=bytearray)

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def order(self, command: str, **arguments: object) -> object:
        """One command of QEMU's monitor protocol; its answer. Raises MachineError."""
        self._say(command, arguments)
        while True:
            answer = self._hear()
            if "error" in answer:
                raise MachineError(f"QEMU refuses {command}: {str(answer['error'])[:200]}")
            if "return" in answer:
                return answer["return"]

    def greet(self) -> None:
        """Begin talking to the monitor. Raises MachineError."""
        self._hear()
        self.order("qmp_capabilities")

    def give(self, name: str, descriptor: int) -> None:
        """Hand a descriptor over to QEMU under a name. Raises MachineError."""
        words = json.dumps({"execute": "getfd", "arguments": {"fdname": name}}).encode()
        socket.send_fds(self.monitor, [words], [descriptor])
        while "return" not in (answer := self._hear()):
            if "error" in answer:
                raise MachineError(f"QEMU takes no descriptor: {str(answer['error'])[:200]}")

    def _say(self, command: str, arguments: dict[str, object]) -> None:
        words = json.dumps({"execute": command, "arguments": arguments})
        try:
            self.monitor.sendall(words.encode())
        except OSError as error:
            raise MachineError(f"QEMU's monitor is gone: {self.last_words()}") from error

    def _hear(self) -> dict[str, object]:
        """The next message of the monitor that is a greeting or an answer."""
        self.monitor.settimeout(_MONITOR_SECONDS)
        while True:
            line, found, rest = self._rest.partition(b"\n")
            if found:
                self._rest = rest
                message = json.loads(line)
                if isinstance(message, dict) and "event" not in message:
                    return message
                continue
            try:
                data = self.monitor.recv(1 << 16)
            except OSError as error:
                raise MachineError(f"QEMU's monitor does not answer: {error}") from error
            if not data:
                raise MachineError(f"QEMU ended: {self.last_words()}")
            self._rest += data

    def last_words(self) -> str:
        """What QEMU itself wrote last."""
        assert self.process.stderr is not None
        os.set_blocking(self.process.stderr.fileno(), False)
        with contextlib.suppress(OSError):
            words = (self.process.stderr.read() or b"").decode("utf-8", "replace")
            return words.strip().splitlines()[-1][:300] if words.strip() else "it said nothing"
        return "it said nothing"

    @property
    def gone(self) -> bool:
        """Whether QEMU has ended."""
        return self.process.poll() is not None

    def end(self) -> None:
        """Nothing of the machine runs afterwards."""
        if self.group is not None:
            self.group.end()
        self.process.kill()
        self.process.wait()
        for stream in (self.line, self.monitor, self.process.stderr):
            if stream is not None:
                stream.close()


def start(wanted: Wanted) -> Machine:
    """Switch the machine on. Raises MachineError where a program is missing."""
    line, their_line = socket.socketpair()
    monitor, their_monitor = socket.socketpair()
    given = [their_line.fileno(), their_monitor.fileno()]
    incoming, feed = os.pipe() if wanted.state is not None else (-1, -1)
    command = _qemu(wanted, their_line.fileno(), their_monitor.fileno(), incoming)
    process = subprocess.Popen(
        ["/bin/sh", "-c", _IN_GROUPS, "sh", *_walls(wanted), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[*given, *([incoming] if incoming >= 0 else [])],
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "GROUPS_": " ".join(map(str, wanted.group.directories)) if wanted.group else "",
        },
        start_new_session=True,
    )
    their_line.close()
    their_monitor.close()
    if wanted.state is not None:
        os.close(incoming)
        threading.Thread(target=_feed, args=(wanted.state, feed), daemon=True).start()
    return Machine(process, line, monitor, wanted.group)


def _feed(state: Path, pipe: int) -> None:
    """Pour a saved state into the machine; a machine that is gone ends it."""
    with contextlib.suppress(OSError), state.open("rb") as source:
        while os.splice(source.fileno(), pipe, _CHUNK):
            continue
    os.close(pipe)


def drain(pipe: int, target: Path) -> threading.Thread:
    """Take a state that is being saved out of a pipe, in a thread of its own."""

    def pour() -> None:
        with target.open("wb") as file:
            while data := os.read(pipe, _CHUNK):
                file.write(data)
        os.close(pipe)

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    return thread


def wait_until(machine: Machine, state: str, seconds: float) -> None:
    """Until the machine is in a state of QEMU's names. Raises MachineError."""
    end = time.monotonic() + seconds
    while True:
        answer = machine.order("query-status")
        now = answer.get("status") if isinstance(answer, dict) else None
        if now == state:
            return
        if time.monotonic() > end or machine.gone:
            raise MachineError(f"the machine is {now}, not {state}, after {seconds:.0f} s")
        time.sleep(0.02)


def _walls(wanted: Wanted) -> list[str]:
    """What QEMU runs behind: see the module's head."""
    words = ["taskset", "-c", ",".join(map(str, sorted(wanted.cpus)))] if wanted.cpus else []
    words += ["setpriv", "--pdeathsig", "KILL", "--", "bwrap", "--die-with-parent"]
    words += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--new-session"]
    words += ["--clearenv", "--cap-drop", "ALL"]
    for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
        words += ["--cap-add", capability]
    words += [
        "--ro-bind",
        "/usr",
        "/usr",
        "--ro-bind-try",
        "/etc/alternatives",
        "/etc/alternatives",
    ]
    for name in ("bin", "lib", "lib64", "sbin"):
        words += ["--symlink", f"usr/{name}", f"/{name}"]
    words += ["--dev", "/dev", "--ro-bind", str(wanted.guest), "/guest", "--chdir", "/"]
    groups = "--clear-groups"
    if wanted.accelerator == "kvm":
        words += ["--dev-bind", "/dev/kvm", "/dev/kvm"]
        groups = f"--groups={Path('/dev/kvm').stat().st_gid}"
    words += ["--", "/usr/bin/setpriv", f"--reuid={_USER}", f"--regid={_USER}", groups]
    return [*words, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]


def _qemu(wanted: Wanted, line: int, monitor: int, incoming: int) -> list[str]:
    """QEMU's words. Pure."""
    program = shutil.which(QEMU) or f"/usr/bin/{QEMU}"
    words = [program, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"]
    words += ["-machine", "pc,usb=off,vmport=off,hpet=off", "-smp", str(CPUS)]
    words += ["-m", str(MEMORY_MIB), "-accel", *_accelerator(wanted.accelerator)]
    words += ["-rtc", f"base={_CLOCK},clock=vm"]
    words += ["-drive", "file=/guest/image.squashfs,format=raw,if=none,id=image,readonly=on"]
    words += ["-device", "virtio-blk-pci,drive=image", "-device", "virtio-serial-pci"]
    words += ["-chardev", f"socket,id=line,fd={line}", "-chardev", f"socket,id=mon,fd={monitor}"]
    words += ["-device", f"virtserialport,chardev=line,name={PORT}"]
    words += ["-mon", "chardev=mon,mode=control"]
    words += ["-kernel", "/guest/kernel", "-initrd", "/guest/initrd", "-append", _KERNEL_WORDS]
    words += ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]
    return [*words, "-incoming", f"fd:{incoming}"] if incoming >= 0 else words


def _accelerator(name: str) -> list[str]:
    if name == "kvm":
        return ["kvm", "-cpu", "host"]
    return ["tcg,thread=multi,tb-size=256", "-cpu", "Westmere"]
