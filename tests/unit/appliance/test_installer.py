"""The running system onto another disk; files stand in for both."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from gateway.appliance.installer import STATE, install, plan
from gateway.appliance.slots import Table, read_table
from gateway.appliance.target import FlashError, examine

MIB = 1 << 20
SCRIPT = f"""label: gpt
size=4M, type=uefi, name=sluice-boot
size=2M, name=sluice_1_verity, attrs="GUID:60"
size=8M, name=sluice_1
size=2M, name=_empty
size=4M, name=SLUICE-CFG
name={STATE}
"""


@pytest.fixture
def own(tmp_path: Path) -> Table:
    """A medium with the image on it, and something in every partition."""
    for program in ("sfdisk", "mkfs.ext4", "lsblk"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    disk = tmp_path / "medium"
    with disk.open("wb") as file:
        file.truncate(64 * MIB)
    subprocess.run(["sfdisk", "-q", disk], input=SCRIPT, text=True, check=True)
    table = table_of(disk)
    with disk.open("r+b") as file:
        for part in table.partitions:
            file.seek(part.start * table.sectorsize)
            file.write(os.urandom(MIB))
    return table


def table_of(disk: Path) -> Table:
    done = subprocess.run(["sfdisk", "--json", disk], capture_output=True, check=True)
    return read_table(done.stdout)


def content(disk: Path, table: Table, name: str) -> bytes:
    """What is in a partition."""
    part = next(part for part in table.partitions if part.name == name)
    with disk.open("rb") as file:
        file.seek(part.start * table.sectorsize)
        return file.read(part.size * table.sectorsize)


def empty(path: Path, size: int) -> Path:
    """A disk with an older life in it."""
    with path.open("wb") as file:
        file.write(os.urandom(MIB))
        file.truncate(size)
    return path


def test_all_but_the_state_is_copied_and_the_state_takes_the_rest(
    own: Table, tmp_path: Path
) -> None:
    disk = empty(tmp_path / "disk", 600 * MIB)
    said: list[tuple[str, int, int]] = []
    made = plan(own, 600 * MIB)
    install(own, made, examine(disk), lambda *words: said.append(words))
    assert disk.stat().st_size == 600 * MIB
    table = table_of(disk)
    kept = [(part.name, part.uuid, part.type, part.attrs) for part in own.partitions]
    assert [(part.name, part.uuid, part.type, part.attrs) for part in table.partitions] == kept
    medium = Path(own.device)
    for part in own.partitions[:-1]:
        assert content(disk, table, part.name) == content(medium, own, part.name)
    state = content(disk, table, STATE)
    assert len(state) > 570 * MIB
    alone = tmp_path / "state"
    alone.write_bytes(state)
    subprocess.run(["fsck.ext4", "-fn", alone], check=True, capture_output=True)
    assert said[-1] == ("read back", 20 * MIB, 20 * MIB)
    subprocess.run(["sfdisk", "--verify", "-q", disk], check=True)


def test_a_disk_that_is_too_small_is_refused(own: Table) -> None:
    with pytest.raises(FlashError, match="are needed"):
        plan(own, 200 * MIB)


def test_only_an_appliance_is_copied(own: Table) -> None:
    other = msgspec.structs.replace(own, partitions=own.partitions[:-1])
    with pytest.raises(FlashError, match="is no appliance's disk"):
        plan(other, 600 * MIB)


def test_a_medium_that_breaks_off_leaves_a_disk_that_does_not_start(
    own: Table, tmp_path: Path
) -> None:
    disk = empty(tmp_path / "disk", 600 * MIB)
    made = plan(own, 600 * MIB)
    os.truncate(own.device, 10 * MIB)
    with pytest.raises(FlashError, match="ends before"):
        install(own, made, examine(disk), lambda *_: None)
    found = subprocess.run(["sfdisk", "--json", disk], capture_output=True, check=False)
    assert found.returncode != 0
