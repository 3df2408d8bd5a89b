"""One virtual machine: QEMU behind walls, its line to the guest, its monitor.

QEMU runs as a user to whom nothing belongs, in namespaces without a network, sees read-only system
libraries and the image, may start no program (`-sandbox`), and lives in a cgroup of its own. No
file of the host is written: guest and monitor speak over sockets that it inherits, and the saved
memory that it maps is sealed (`memory`).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO

from gateway.emulation import cgroup
from gateway.emulation.microvm.desks import DESKS, WORD, Desk
from gateway.emulation.microvm.frames import PORT

QEMU = "qemu-system-x86_64"
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
_LOAD_SECONDS = 30.0
_POLL_SECONDS = 0.01
_MAPPED = [{"capability": "x-ignore-shared", "state": True}]
"""QEMU's word for a state without the guest's memory, which both ends have as a file."""

_IN_GROUPS = 'for g in $GROUPS_; do echo $$ >"$g/cgroup.procs" || exit 97; done; exec "$@"'

_KERNEL_WORDS = (
    "console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on tsc=reliable "
    "no_timer_check"
)
"""A guest that lives for seconds and has one user needs no mitigations; when its process 1 ends,
it ends. Its timer works, and on a busy host the kernel's trial of it fails."""


class MachineError(Exception):
    """The machine does not do what it should: one sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What machine: the guest's directory and desk, accelerator, the host's cores; its cgroup.

    memory: descriptor of a file that is the guest's memory; saved: whether it is a saved one, which
    is mapped privately, to go on from; else the kernel is started in it.
    """

    guest: Path
    desk: Desk
    accelerator: str
    memory: int
    saved: bool = False
    cpus: frozenset[int] = frozenset()
    group: cgroup.Group | None = None


@dataclass(slots=True)
class Machine:
    """A running machine. `line` is the stream of frames to and from the guest."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    monitor: socket.socket
    group: cgroup.Group | None
    console: IO[bytes]
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

    def resume(self, state: Path) -> None:
        """Go on from a saved state. Raises MachineError, OSError."""
        self.order("migrate-set-capabilities", capabilities=_MAPPED)
        source, sink = os.pipe()
        try:
            self.give("state", source)
            feeding = threading.Thread(target=_feed, args=(state, sink), daemon=True)
            feeding.start()
        finally:
            os.close(source)
        self.order("migrate-incoming", uri="fd:state")
        self.wait_until("paused", _LOAD_SECONDS)
        self.order("cont")

    def save(self, state: Path, seconds: float) -> None:
        """Stop, and write everything but the memory into a file. Raises MachineError, OSError."""
        self.order("stop")
        self.order("migrate-set-capabilities", capabilities=_MAPPED)
        source, sink = os.pipe()
        try:
            self.give("state", sink)
        finally:
            os.close(sink)
        pouring = _drain(source, state)
        self.order("migrate", uri="fd:state")
        self.wait_until("postmigrate", seconds)
        pouring.join(seconds)

    def wait_until(self, state: str, seconds: float) -> None:
        """Until the machine is in a state of QEMU's names. Raises MachineError."""
        end = time.monotonic() + seconds
        while True:
            answer = self.order("query-status")
            now = answer.get("status") if isinstance(answer, dict) else None
            if now == state:
                return
            if time.monotonic() > end or self.gone:
                raise MachineError(f"the machine is {now}, not {state}, after {seconds:.0f} s")
            time.sleep(_POLL_SECONDS)

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

    def console_words(self) -> str:
        """The last line of the guest's console, which says why a kernel or an agent has ended."""
        self.console.seek(0)
        words = self.console.read().decode("utf-8", "replace").strip()
        return words.splitlines()[-1].strip()[:300] if words else "its console is empty"

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
        for stream in (self.line, self.monitor, self.process.stderr, self.console):
            if stream is not None:
                stream.close()


def start(wanted: Wanted) -> Machine:
    """Switch the machine on. Raises MachineError where a program is missing."""
    line, their_line = socket.socketpair()
    monitor, their_monitor = socket.socketpair()
    console = tempfile.TemporaryFile()  # noqa: SIM115 - the machine closes it at its end
    given = (their_line.fileno(), their_monitor.fileno(), wanted.memory)
    process = subprocess.Popen(
        ["/bin/sh", "-c", _IN_GROUPS, "sh", *_walls(wanted), *_qemu(wanted, *given)],
        stdin=subprocess.DEVNULL,
        stdout=console,
        stderr=subprocess.PIPE,
        pass_fds=given,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "GROUPS_": " ".join(map(str, wanted.group.directories)) if wanted.group else "",
        },
        start_new_session=True,
    )
    their_line.close()
    their_monitor.close()
    return Machine(process, line, monitor, wanted.group, console)


def form() -> str:
    """A digest of what a saved state must agree with: the machine's parts, in QEMU's words."""
    words = [_qemu(Wanted(Path(), desk, "tcg", 0), 0, 0, 0)[1:] for desk in DESKS]
    return sha256(repr(words).encode()).hexdigest()[:16]


def _feed(state: Path, pipe: int) -> None:
    """Pour a saved state into the machine; a machine that is gone ends it."""
    with contextlib.suppress(OSError), os.fdopen(pipe, "wb") as target:
        target.write(state.read_bytes())


def _drain(pipe: int, target: Path) -> threading.Thread:
    """Take a state that is being saved out of a pipe, in a thread of its own."""

    def pour() -> None:
        with os.fdopen(pipe, "rb") as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    return thread


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
    words += ["--dev", "/dev", "--proc", "/proc"]
    words += ["--ro-bind", str(wanted.guest), "/guest", "--chdir", "/"]
    groups = "--clear-groups"
    if wanted.accelerator == "kvm":
        words += ["--dev-bind", "/dev/kvm", "/dev/kvm"]
        groups = f"--groups={Path('/dev/kvm').stat().st_gid}"
    words += ["--", "/usr/bin/setpriv", f"--reuid={_USER}", f"--regid={_USER}", groups]
    return [*words, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]


def _qemu(wanted: Wanted, line: int, monitor: int, memory: int) -> list[str]:
    """QEMU's words. Pure."""
    program = shutil.which(QEMU) or f"/usr/bin/{QEMU}"
    words = [program, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"]
    words += ["-machine", "pc,usb=off,vmport=off,hpet=off,memory-backend=ram", "-smp", str(CPUS)]
    size = f"{wanted.desk.memory_mib}M"
    share = "off" if wanted.saved else "on"
    backend = f"memory-backend-file,id=ram,size={size},mem-path=/proc/self/fd/{memory}"
    words += ["-m", size, "-object", f"{backend},share={share}"]
    words += ["-accel", *_accelerator(wanted.accelerator)]
    words += ["-rtc", f"base={_CLOCK},clock=vm"]
    words += ["-drive", "file=/guest/image.squashfs,format=raw,if=none,id=image,readonly=on"]
    words += ["-device", "virtio-blk-pci,drive=image", "-device", "virtio-serial-pci"]
    words += ["-chardev", f"socket,id=line,fd={line}", "-chardev", f"socket,id=mon,fd={monitor}"]
    words += ["-device", f"virtserialport,chardev=line,name={PORT}"]
    words += ["-mon", "chardev=mon,mode=control"]
    words += ["-kernel", "/guest/kernel", "-initrd", "/guest/initrd"]
    words += ["-append", f"{_KERNEL_WORDS} {WORD}={wanted.desk.name}"]
    words += ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]
    words += ["-serial", "null" if wanted.saved else "stdio"]
    return [*words, "-incoming", "defer"] if wanted.saved else words


def _accelerator(name: str) -> list[str]:
    if name == "kvm":
        return ["kvm", "-cpu", "host"]
    return ["tcg,thread=multi,tb-size=256", "-cpu", "Westmere"]
