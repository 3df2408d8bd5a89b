"""The virtual appliance: QEMU's command line, its disk, its console. Knows nothing of mail.

QEMU runs inside the lab's gateway namespace, where each side of the lab meets one NIC of the guest
on a bridge of its own: the guest is the only way from one side to the other.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from tools.image.errors import ImageError
from tools.lab import CLIENT_NIC, SERVER_NIC, Lab

CLIENT_MAC = "52:54:00:51:00:01"
SERVER_MAC = "52:54:00:51:00:02"
MANAGEMENT_MAC = "52:54:00:51:00:03"

DISK_BYTES = 8 << 30
"""The disk the image is flashed to: larger than the image, so that its last partition grows.
The file is sparse."""

MEMORY_MIB = 3072
CPUS = 2
"""As many as a small appliance has, and this project's build machines."""

FIRMWARE = Path("/usr/share/OVMF")

_EMULATED_CPU = "max,la57=off"
"""Everything that emulation knows, but for page tables of five levels, which slow every access."""

_PATIENCE = "systemd.default_device_timeout_sec={seconds} systemd.show_status=auto"
"""For the emulated kernel: a busy machine may take minutes where hardware takes seconds, and each
line on the console costs emulated time."""

NIC_MODELS = ("virtio", "e1000e", "igb")
"""Multi-queue virtio, and two of Intel's with MSI-X interrupts; igb is QEMU's since version 8."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the machine is to be. `accelerator` is tcg or kvm; `screen`: it has a VGA console, too,
    which emulation pays for with every line. `medium` is a second, read-only disk with bundles;
    `management`: there is a third NIC, on a network of QEMU's own with DHCP. `device_seconds` is
    how long an emulated system waits for its disks, and so how long a start takes that fails.
    `tpm`: a TPM 2.0, with its memory in a folder of `directory`."""

    disk: Path
    directory: Path
    accelerator: str
    nic: str = "virtio"
    memory: int = MEMORY_MIB
    cpus: int = CPUS
    nics: int = 2
    medium: Path | None = None
    screen: bool = False
    management: bool = False
    device_seconds: int = 600
    tpm: bool = False

    @property
    def tpm_memory(self) -> Path:
        """What the TPM keeps. A machine that starts without this folder has another TPM."""
        return self.directory / "tpm"

    @property
    def tpm_socket(self) -> Path:
        """Where QEMU speaks to swtpm."""
        return self.directory / "tpm.sock"

    @property
    def console(self) -> Path:
        """The socket of the serial line."""
        return self.directory / "console.sock"

    @property
    def monitor(self) -> Path:
        """The socket of QEMU's own protocol (QMP)."""
        return self.directory / "monitor.sock"


def new_disk(image: Path, disk: Path) -> None:
    """A copy of the image on a disk of DISK_BYTES, as flashing leaves it. Raises ImageError."""
    if not image.exists():
        raise ImageError(f"there is no image {image}: ./build.sh image makes it")
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(image), str(disk)], check=True)
    with disk.open("r+b") as file:
        file.truncate(DISK_BYTES)


def wire(lab: Lab, nic: str) -> None:
    """Two bridges in the gateway's namespace: one from the sender, one from the mail server.

    QEMU opens a tap with several queues for its virtio model only, and no other kind of tap."""
    gateway = lab.layout.gateway
    queues = ["multi_queue"] if nic == "virtio" else []
    for port, tap, bridge in ((CLIENT_NIC, "tapc", "wirec"), (SERVER_NIC, "taps", "wires")):
        lab.exec_in(gateway, ["ip", "link", "add", bridge, "type", "bridge"])
        words = ["ip", "tuntap", "add", "dev", tap, "mode", "tap", *queues, "vnet_hdr"]
        lab.exec_in(gateway, words)
        for end in (port, tap):
            lab.exec_in(gateway, ["ip", "link", "set", end, "master", bridge, "up"])
        lab.exec_in(gateway, ["ip", "link", "set", bridge, "up"])


def command(wanted: Wanted, variables: Path) -> list[str]:
    """QEMU's words. Pure."""
    words = ["qemu-system-x86_64", "-name", "sluice", "-nodefaults", "-no-user-config"]
    words += ["-machine", "q35", "-accel", _accelerator(wanted.accelerator)]
    words += ["-cpu", _EMULATED_CPU if wanted.accelerator == "tcg" else "host"]
    words += ["-smp", str(wanted.cpus), "-m", str(wanted.memory)]
    words += ["-uuid", str(uuid.uuid5(uuid.NAMESPACE_OID, str(wanted.disk)))]
    code = FIRMWARE / "OVMF_CODE_4M.fd"
    words += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}"]
    words += ["-drive", f"if=pflash,format=raw,file={variables}"]
    words += ["-drive", f"if=none,id=disk,format=raw,file={wanted.disk},discard=unmap"]
    words += ["-device", "virtio-blk-pci,drive=disk,bootindex=1", "-device", "virtio-rng-pci"]
    if wanted.medium is not None:
        words += ["-drive", f"if=none,id=medium,format=raw,readonly=on,file={wanted.medium}"]
        words += ["-device", "virtio-blk-pci,drive=medium,serial=medium"]
    words += ["-device", "i6300esb", "-display", "none"]
    words += ["-device", "VGA"] if wanted.screen else []
    if wanted.accelerator == "tcg":
        extra = _PATIENCE.format(seconds=wanted.device_seconds)
        words += ["-smbios", f"type=11,value=io.systemd.stub.kernel-cmdline-extra={extra}"]
    sides = (("client", "tapc", CLIENT_MAC, "0x10"), ("server", "taps", SERVER_MAC, "0x11"))
    for name, tap, mac, slot in sides[: wanted.nics]:
        words += _nic(wanted, name, tap, mac, slot)
    if wanted.management:
        words += ["-netdev", "user,id=management,restrict=on"]
        words += ["-device", f"virtio-net-pci,netdev=management,mac={MANAGEMENT_MAC},addr=0x12"]
    if wanted.tpm:
        words += ["-chardev", f"socket,id=tpm,path={wanted.tpm_socket}"]
        words += ["-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm"]
    words += ["-chardev", f"socket,id=serial,path={wanted.console},server=on,wait=off"]
    words += ["-serial", "chardev:serial"]
    words += ["-qmp", f"unix:{wanted.monitor},server=on,wait=off"]
    return words


def start(lab: Lab, wanted: Wanted) -> subprocess.Popen[bytes]:
    """Power on. The machine runs until it is told to stop, or stops itself. Raises ImageError."""
    if shutil.which("qemu-system-x86_64") is None:
        raise ImageError("QEMU is missing: install the Debian package qemu-system-x86")
    variables = wanted.directory / "variables.fd"
    if not variables.exists():
        shutil.copy(FIRMWARE / "OVMF_VARS_4M.fd", variables)
    for sock in (wanted.console, wanted.monitor):
        sock.unlink(missing_ok=True)
    if wanted.tpm:
        _start_tpm(wanted)
    log = (wanted.directory / "qemu.log").open("ab")
    process = lab.popen(lab.layout.gateway, command(wanted, variables), stdout=log, stderr=log)
    deadline = time.monotonic() + 20.0
    while not wanted.console.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            words = (wanted.directory / "qemu.log").read_text().strip().splitlines()
            raise ImageError(f"QEMU did not start: {words[-1] if words else 'it said nothing'}")
        time.sleep(0.05)
    return process


def _start_tpm(wanted: Wanted) -> None:
    """swtpm in the background, which ends by itself when QEMU does. Raises ImageError."""
    if shutil.which("swtpm") is None:
        raise ImageError("swtpm is missing: ./build.sh boot installs what a start needs")
    wanted.tpm_memory.mkdir(exist_ok=True)
    wanted.tpm_socket.unlink(missing_ok=True)
    words = ["swtpm", "socket", "--tpm2", "--daemon", "--terminate"]
    words += ["--tpmstate", f"dir={wanted.tpm_memory}"]
    words += ["--ctrl", f"type=unixio,path={wanted.tpm_socket}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImageError(f"swtpm did not start: {(done.stderr or done.stdout).strip()}")


def offers(nic: str) -> bool:
    """Whether this machine's QEMU has a NIC of that model."""
    if nic == "virtio":
        return True
    done = subprocess.run(
        ["qemu-system-x86_64", "-device", "help"], capture_output=True, text=True, check=False
    )
    return f'"{nic}"' in done.stdout


def _accelerator(name: str) -> str:
    return "tcg,thread=multi" if name == "tcg" else name


def _nic(wanted: Wanted, name: str, tap: str, mac: str, slot: str) -> list[str]:
    queues = wanted.cpus if wanted.nic == "virtio" else 1
    back = f"tap,id={name},ifname={tap},script=no,downscript=no,vhost=off"
    if wanted.nic == "virtio":
        back += f",queues={queues}"
        front = f"virtio-net-pci,mq=on,vectors={2 * queues + 2}"
    else:
        front = wanted.nic
    return ["-netdev", back, "-device", f"{front},netdev={name},mac={mac},bus=pcie.0,addr={slot}"]
