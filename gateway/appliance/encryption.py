"""Is the state partition encrypted, and what opens it when the TPM is gone?

A new appliance with a TPM 2.0 encrypts its state at the first start (image/, decision 196). The
recovery key is made when somebody asks for it and kept nowhere here: asking again makes another,
and the one before is good for nothing.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

STATE_PARTITION = Path("/dev/disk/by-partlabel/sluice-state")
STATE_FOLDER = "/var"
SECONDS = 300
"""For systemd-cryptenroll: the TPM takes a second, an emulated machine many."""


class EncryptionError(Exception):
    """There is no recovery key; one sentence."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the kernel says what is mounted and what a device is."""

    mounts: Path = Path("/proc/self/mountinfo")
    blocks: Path = Path("/sys/class/block")
    tpm: Path = Path("/sys/class/tpm/tpm0/tpm_version_major")


def encrypted(machine: Machine | None = None) -> bool:
    """Whether what is mounted at /var lies on an encrypted volume. Raises OSError."""
    at = machine or Machine()
    for line in at.mounts.read_text().splitlines():
        fields = line.split()
        if fields[4] == STATE_FOLDER:
            return _is_crypt(at, fields[2])
    return False


def words(machine: Machine | None = None) -> str:
    """The state of it, for a person."""
    at = machine or Machine()
    if encrypted(at):
        return "encrypted; this machine's TPM opens it (PCR 7), or the recovery key"
    if at.tpm.exists() and at.tpm.read_text().strip() == "2":
        return "not encrypted: it was in use before, and only a new one is encrypted"
    return "not encrypted: the firmware has no TPM 2.0"


def new_recovery_key() -> str:
    """Make one; those made before are gone. Raises EncryptionError, OSError."""
    if not encrypted():
        raise EncryptionError(f"there is no recovery key: the state is {words()}")
    command = ["systemd-cryptenroll", "--unlock-tpm2-device=auto", "--wipe-slot=recovery"]
    done = subprocess.run(
        [*command, "--recovery-key", str(STATE_PARTITION)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    key = done.stdout.strip()  # the words around it go to stderr
    if done.returncode != 0 or not key:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise EncryptionError(f"systemd-cryptenroll made no recovery key: {last}")
    return key


def _is_crypt(at: Machine, number: str) -> bool:
    """Whether the block device `major:minor` is one of device-mapper's target crypt."""
    for device in at.blocks.iterdir():
        if (device / "dev").read_text().strip() == number:
            uuid = device / "dm/uuid"
            return uuid.exists() and uuid.read_text().startswith("CRYPT-")
    return False
