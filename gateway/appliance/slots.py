"""The two slots of the disk: which one runs, and which one an update goes to. Pure.

A slot is two partitions: a root, and the hash tree that protects it. What a slot holds is written
in the names of its partitions; what runs, in the root hash that the kernel was started with.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

ROOT_TYPE = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
VERITY_TYPE = "2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5"
"""The Discoverable Partitions Specification's types of an x86-64 root and of its hash tree."""

EMPTY = "_empty"
"""The name of a partition without content; systemd-sysupdate's word for it."""


class SlotError(Exception):
    """The disk is not that of an appliance; one sentence."""


class Partition(msgspec.Struct, frozen=True):
    """One line of `sfdisk --json`; start and size in sectors."""

    node: str
    type: str
    uuid: str
    start: int
    size: int
    name: str = ""
    attrs: str = ""


class Table(msgspec.Struct, frozen=True):
    """A disk's partition table."""

    device: str
    partitions: list[Partition]
    sectorsize: int = 512


class Disk(msgspec.Struct, frozen=True):
    """What `sfdisk --json` prints."""

    partitiontable: Table


@dataclass(frozen=True, slots=True)
class Slot:
    """A root with its hash tree. `version` is empty while nothing is in it."""

    letter: str
    root: Partition
    verity: Partition
    running: bool

    @property
    def version(self) -> str:
        name = self.root.name
        return name.removeprefix("sluice_") if name.startswith("sluice_") else ""


def read_table(untrusted_json: bytes) -> Table:
    """The answer of `sfdisk --json`. Raises SlotError."""
    try:
        return msgspec.json.decode(untrusted_json, type=Disk).partitiontable
    except msgspec.DecodeError as error:
        raise SlotError(f"the disk's partition table cannot be read: {error}") from error


def slots(table: Table, root_hash: str) -> tuple[Slot, Slot]:
    """Slots A and B, one of which runs under `root_hash`. Raises SlotError."""
    roots = [part for part in table.partitions if part.type == ROOT_TYPE]
    trees = [part for part in table.partitions if part.type == VERITY_TYPE]
    if len(roots) != 2 or len(trees) != 2:
        raise SlotError(f"{table.device} has not the two slots of an appliance")
    identity, _ = partition_ids(root_hash)
    running = [part for part in roots if part.uuid.lower() == identity]
    if len(running) != 1:
        raise SlotError("none of the two slots is the one that runs")
    first, second = (
        Slot(letter, root, verity, root is running[0])
        for letter, root, verity in zip("AB", roots, trees, strict=True)
    )
    return first, second


def partition_ids(root_hash: str) -> tuple[str, str]:
    """The identities that a root and its tree must have to be found by `root_hash`: its halves."""
    if len(root_hash) != 64:
        raise SlotError(f"'{root_hash}' is no root hash")
    return str(UUID(root_hash[:32])), str(UUID(root_hash[32:]))


def root_hash_of(command_line: str) -> str:
    """The root hash on a kernel's command line. Raises SlotError."""
    for word in command_line.split():
        if word.startswith("roothash="):
            return word.removeprefix("roothash=").lower()
    raise SlotError("this system was not started from a verified root")
