"""Whether this machine's KVM runs a guest: tried, since a /dev/kvm that opens need not work."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

TRIAL_SECONDS = 15.0
"""UEFI firmware shows itself within three seconds where KVM works."""

_FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")


def accelerator(kernel: Path) -> str:
    """`kvm` where the image's own kernel says its first words under it, else `tcg`."""
    if not Path("/dev/kvm").exists():
        return "tcg"
    with tempfile.TemporaryDirectory(prefix="sluice-kvm-") as directory:
        words = Path(directory) / "serial.log"
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"]
        command += ["-machine", "q35", "-accel", "kvm", "-cpu", "host", "-smp", "2", "-m", "1024"]
        command += ["-drive", f"if=pflash,format=raw,readonly=on,file={_FIRMWARE}"]
        command += ["-kernel", str(kernel), "-serial", f"file:{words}"]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            works = _said_something(process, words)
            process.kill()
    return "kvm" if works else "tcg"


def _said_something(process: subprocess.Popen[bytes], words: Path) -> bool:
    deadline = time.monotonic() + TRIAL_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if words.exists() and b"systemd" in words.read_bytes():
            return True
        time.sleep(0.2)
    return False
