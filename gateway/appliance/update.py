"""Installs an update into the slot that does not run, and goes back from one.

The order is what makes a power cut harmless, whenever it comes: first the other slot's kernel is
removed, so that nothing can start what is about to be overwritten; then root and hash tree are
written and read back; then the partitions get the names by which the new kernel will find them;
last comes the kernel. The running slot is never touched.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.appliance.bundle import Bundle, BundleError, Manifest, Piece
from gateway.appliance.kernels import Kernel, Shelf, name_failed, name_good, version_key
from gateway.appliance.slots import (
    EMPTY,
    Partition,
    Slot,
    Table,
    partition_ids,
    read_table,
    root_hash_of,
    slots,
)

KERNELS = Path("/efi/EFI/Linux")
"""Where the boot partition is mounted by systemd."""

_CHUNK = 1 << 20
_BLKZEROOUT = 0x127F
"""linux/fs.h: zeros from an offset on, by the device itself where it can."""

Progress = Callable[[str, int, int], None]
"""What is written, bytes so far, bytes in all."""


class UpdateError(Exception):
    """The update was not made, or the way back is not there; one sentence."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The disk this system was started from."""

    table: Table
    slots: tuple[Slot, Slot]
    shelf: Shelf

    @property
    def running(self) -> Slot:
        return next(slot for slot in self.slots if slot.running)

    @property
    def other(self) -> Slot:
        return next(slot for slot in self.slots if not slot.running)

    def kernel_of(self, slot: Slot) -> Kernel | None:
        """The kernel that starts `slot`."""
        return self.shelf.of(slot.version) if slot.version else None


def this_machine() -> Machine:
    """Look at the disk. Raises SlotError, UpdateError."""
    root_hash = root_hash_of(Path("/proc/cmdline").read_text())
    identity, _ = partition_ids(root_hash)
    link = Path("/dev/disk/by-partuuid") / identity
    if not link.exists():
        raise UpdateError("the disk that this system was started from is not there")
    node = link.resolve().name
    disk = Path("/sys/class/block", node).resolve().parent.name
    table = read_table(_run("sfdisk", "--json", f"/dev/{disk}"))
    if not KERNELS.is_dir():
        raise UpdateError(f"the boot partition is not mounted: there is no {KERNELS}")
    return Machine(table, slots(table, root_hash), Shelf(KERNELS))


def check_version(manifest: Manifest, machine: Machine, profile: str, *, older: bool) -> None:
    """Refuse what is no step forward, unless told so, and what would overwrite the good system
    while the one that runs is on trial. Raises UpdateError."""
    running = machine.running.version
    if manifest.profile != profile:
        raise UpdateError(f"the bundle is of profile {manifest.profile}, this is {profile}")
    if manifest.version == running:
        raise UpdateError(f"{running} runs already")
    if version_key(manifest.version) < version_key(running) and not older:
        raise UpdateError(
            f"{manifest.version} is older than {running}, which runs; --older installs it anyway"
        )
    if good := _falls_back_to(machine):
        raise UpdateError(
            f"{running} is on trial until its self-test is over, and {good} in the other slot is"
            " the way back from it; try again in a minute"
        )


def install(bundle: Bundle, machine: Machine, progress: Progress) -> None:
    """Write the bundle into the other slot. Raises UpdateError, BundleError, OSError."""
    manifest, other = bundle.manifest, machine.other
    machine.shelf.remove_others(machine.running.version)
    for part in (other.root, other.verity):
        _name(machine.table, part, EMPTY)
    for piece, chunks in bundle.pieces():
        if piece.role == "kernel":
            for done in machine.shelf.add(manifest.version, _all_of(piece, chunks)):
                progress(piece.role, done, piece.size)
            break
        part = other.root if piece.role == "root" else other.verity
        _write_partition(machine.table, part, piece, chunks, progress)
        if piece.role == "verity":
            _give_identity(machine.table, other, manifest)


def roll_back(machine: Machine) -> str:
    """Make the other slot the one that starts next; its version. Raises UpdateError."""
    other = machine.kernel_of(machine.other)
    running = machine.kernel_of(machine.running)
    if other is None or running is None:
        raise UpdateError("the other slot holds nothing that could be started")
    # The way back is opened before this one is closed: a cut between the two starts either.
    machine.shelf.rename(other, name_good(other.version))
    machine.shelf.rename(running, name_failed(running.version))
    return other.version


def give_up(machine: Machine) -> str:
    """Leave a system that failed its self-test while on trial: mark it as failed, so that the good
    one starts next; that one's version. Empty, and nothing done, when this one is no longer on
    trial or there is no good one: starting again would be no help then. Raises OSError."""
    running, good = machine.kernel_of(machine.running), _falls_back_to(machine)
    if running and good:
        machine.shelf.rename(running, name_failed(running.version))
    return good


def _falls_back_to(machine: Machine) -> str:
    """The version of the good system in the other slot while the one that runs is on trial; empty
    when it is not, or when there is none to go back to."""
    running, other = machine.kernel_of(machine.running), machine.kernel_of(machine.other)
    if not running or running.left is None or not other or other.left is not None:
        return ""
    return other.version


def _all_of(piece: Piece, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks, the last of them only after the digest of all was found right: an error leaves
    the kernel without its last piece, and so without its name."""
    held: bytes | None = None
    for chunk in chunks:
        if held is not None:
            yield held
        held = chunk
    if held is not None:
        yield held
    elif piece.size:
        raise BundleError("the bundle is cut off")


def _write_partition(
    table: Table, part: Partition, piece: Piece, chunks: Iterator[bytes], progress: Progress
) -> None:
    """Fill a partition: the piece, then zeros to its end; then read the piece back."""
    room = part.size * table.sectorsize
    if piece.size > room:
        raise UpdateError(f"{piece.role} does not fit: {piece.size} bytes into {room}")
    written = 0
    with Path(part.node).open("r+b", buffering=0) as device:
        for chunk in chunks:
            _write_all(device.fileno(), chunk)
            written += len(chunk)
            progress(piece.role, written, piece.size)
        if written < room:  # the hash tree counts on zeros there
            fcntl.ioctl(device.fileno(), _BLKZEROOUT, struct.pack("QQ", written, room - written))
        os.fsync(device.fileno())
        os.posix_fadvise(device.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        device.seek(0)
        if _digest(device.fileno(), piece.size) != piece.sha256:
            raise UpdateError(f"{part.node} does not keep what is written to it")


def _write_all(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]


def _digest(descriptor: int, size: int) -> str:
    digest, left = hashlib.sha256(), size
    while left and (chunk := os.read(descriptor, min(left, _CHUNK))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _give_identity(table: Table, slot: Slot, manifest: Manifest) -> None:
    """Names and identities by which the new kernel finds its root."""
    root_id, verity_id = partition_ids(manifest.root_hash)
    for part, identity, name in (
        (slot.verity, verity_id, f"sluice_{manifest.version}_verity"),
        (slot.root, root_id, f"sluice_{manifest.version}"),
    ):
        _sfdisk("--part-uuid", table, part, identity)
        _name(table, part, name)


def _name(table: Table, part: Partition, name: str) -> None:
    _sfdisk("--part-label", table, part, name)


def _sfdisk(what: str, table: Table, part: Partition, value: str) -> None:
    """Change one entry of the table. The kernel need not know before the next start, and could
    not read the table again while its disk is in use."""
    number = part.node.removeprefix(table.device).removeprefix("p")
    _run("sfdisk", "--no-reread", "--no-tell-kernel", what, table.device, number, value)


def _run(*words: str) -> bytes:
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason"])[-1]
        raise UpdateError(f"{words[0]} failed: {last}")
    return done.stdout
