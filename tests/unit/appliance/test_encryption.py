"""Plain or encrypted: what the generator decides, and what a person is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway.appliance import encryption
from gateway.appliance.encryption import (
    EncryptionError,
    Machine,
    encrypted,
    new_recovery_key,
    words,
)
from tools.image.places import ROOT

GENERATOR = ROOT / "image/mkosi.extra/usr/lib/systemd/system-generators/sluice-state-generator"
PLAIN, MAPPED = "PARTLABEL=sluice-state /var ext4", "/dev/mapper/sluice-state /var ext4"


def ext4(mounts: int) -> bytes:
    """A superblock of one that was mounted so often."""
    data = bytearray(4096)
    data[1080:1082] = b"\x53\xef"
    data[1076:1078] = mounts.to_bytes(2, "little")
    data[1068:1072] = (1_700_000_000 if mounts else 0).to_bytes(4, "little")
    return bytes(data)


def luks(label: bytes) -> bytes:
    """The begin of a LUKS2 header."""
    return b"LUKS\xba\xbe\x00\x02".ljust(24, b"\0") + label.ljust(4072, b"\0")


CASES: list[tuple[str, bytes, str, str, bool]] = [
    ("new, and a TPM 2.0", ext4(0), "2", MAPPED, True),
    ("new, no TPM", ext4(0), "", PLAIN, False),
    ("new, a TPM 1.2", ext4(0), "1", PLAIN, False),
    ("in use, and a TPM 2.0 later", ext4(3), "2", PLAIN, False),
    ("encrypted", luks(b"sluice-state"), "2", MAPPED, False),
    ("encrypted, the TPM is gone", luks(b"sluice-state"), "", MAPPED, False),
    ("a power cut while it was encrypted", luks(b"sluice-begun"), "2", MAPPED, True),
    ("nothing that it knows", bytes(4096), "2", PLAIN, False),
    ("cut off", b"", "2", PLAIN, False),
]


@pytest.mark.parametrize(
    ("content", "tpm", "line", "encrypts"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_the_generator_decides(
    tmp_path: Path, content: bytes, tpm: str, line: str, encrypts: bool
) -> None:
    units = generate(tmp_path, content, tpm)
    assert (units / "fstab.seen").read_text().startswith(line)
    crypttab = units / "crypttab.seen"
    assert crypttab.exists() == (line == MAPPED)
    if line == MAPPED:
        assert crypttab.read_text() == (
            "sluice-state PARTLABEL=sluice-state none luks,tpm2-device=auto\n"
        )
    order = units / "systemd-cryptsetup@sluice\\x2dstate.service.d/encrypt.conf"
    assert order.exists() == encrypts


def test_without_the_partition_the_mount_waits_for_it(tmp_path: Path) -> None:
    units = generate(tmp_path, None, "2")
    assert (units / "fstab.seen").read_text().startswith(PLAIN)


def generate(folder: Path, content: bytes | None, tpm: str) -> Path:
    """Run the generator on a machine made of files; what it told systemd's lies in *.seen."""
    names = ("sys/class/block", "dev", "units", "generators", "sys/class/tpm/tpm0")
    block, dev, units, generators, tpm0 = (folder / name for name in names)
    for made in (block, dev, units, generators, tpm0):
        made.mkdir(parents=True)
    for name, label in (("vda1", "sluice-boot"), ("vda7", "sluice-state")):
        if label == "sluice-state" and content is None:
            continue
        (block / name).mkdir()
        (block / name / "uevent").write_text(f"MAJOR=254\nDEVTYPE=partition\nPARTNAME={label}\n")
        (dev / name).write_bytes(content or b"")
    if tpm:
        (tpm0 / "tpm_version_major").write_text(f"{tpm}\n")
    for name in ("fstab", "crypttab"):
        program = "systemd-fstab-generator" if name == "fstab" else "systemd-cryptsetup-generator"
        (generators / program).write_text(
            f'#!/bin/sh\ncat "$SYSTEMD_{name.upper()}" >"$1/{name}.seen"\n'
        )
        (generators / program).chmod(0o755)
    places = {"SLUICE_SYS": "sys", "SLUICE_DEV": "dev", "SLUICE_GENERATORS": "generators"}
    environment = {name: str(folder / where) for name, where in places.items()}
    subprocess.run(
        ["/bin/sh", str(GENERATOR), str(units), str(units), str(units)],
        check=True,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    return units


# --- what a person is told -----------------------------------------------------------------------


def machine(folder: Path, uuid: str, tpm: str = "") -> Machine:
    """One whose /var is the device 253:1, with `uuid` if it is device-mapper's."""
    device = folder / "block/dm-1"
    device.mkdir(parents=True)
    (device / "dev").write_text("253:1\n")
    if uuid:
        (device / "dm").mkdir()
        (device / "dm/uuid").write_text(f"{uuid}\n")
    mounts = folder / "mountinfo"
    mounts.write_text(
        "22 1 253:0 / / ro - squashfs /dev/dm-0 ro\n40 22 253:1 / /var rw - ext4 /dev/x rw\n"
    )
    if tpm:
        (folder / "tpm").write_text(f"{tpm}\n")
    return Machine(mounts, folder / "block", folder / "tpm")


@pytest.mark.parametrize(
    ("uuid", "tpm", "told"),
    [
        ("CRYPT-LUKS2-0123-sluice-state", "2", "encrypted; this machine's TPM"),
        ("CRYPT-LUKS2-0123-sluice-state", "", "encrypted; this machine's TPM"),
        ("LVM-0123", "", "not encrypted: the firmware has no TPM 2.0"),
        ("", "", "not encrypted: the firmware has no TPM 2.0"),
        ("", "1", "not encrypted: the firmware has no TPM 2.0"),
        ("", "2", "not encrypted: it was in use before"),
    ],
)
def test_a_person_is_told_the_truth(tmp_path: Path, uuid: str, tpm: str, told: str) -> None:
    assert words(machine(tmp_path, uuid, tpm)).startswith(told)


def test_a_machine_without_var_of_its_own_is_not_encrypted(tmp_path: Path) -> None:
    at = machine(tmp_path, "CRYPT-LUKS2-0123")
    at.mounts.write_text("22 1 253:1 / / rw - ext4 /dev/dm-1 rw\n")
    assert not encrypted(at)


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [("", 1, "no TPM2 device"), ("", 0, "it said nothing")],
)
def test_a_key_that_was_not_made_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, output: str, code: int, said: str
) -> None:
    def run(*_words: object, **_options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], code, output, "no TPM2 device\n" if code else "")

    monkeypatch.setattr(encryption, "encrypted", lambda: True)
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(EncryptionError, match=said):
        new_recovery_key()


def test_where_nothing_is_encrypted_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encryption, "encrypted", lambda: False)
    monkeypatch.setattr(encryption, "words", lambda: "not encrypted")
    with pytest.raises(EncryptionError, match="there is no recovery key"):
        new_recovery_key()
