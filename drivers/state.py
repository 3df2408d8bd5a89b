"""The state file: what has been done to the machine, so that a later process can undo it.

Written completely before each step (new file, fsync, rename, fsync of the directory): whenever
the power of the process ends, the file names at least every step that has begun. It is no use
after a reboot, when nothing of it is left in the kernel, so it carries the boot it belongs to.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from drivers.actions import Step
from drivers.errors import DriverError

DEFAULT_STATE: Final = Path("/run/sluice/drivers.json")
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
VERSION: Final = 1


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`begun` is how many of `steps` have begun: the first `begun` are to be undone."""

    version: int
    boot: str
    begun: int
    steps: tuple[Step, ...]


def current_boot() -> str:
    return BOOT_ID.read_text().strip()


def read_state(path: Path) -> State | None:
    """The state a former process left, None when there is none or it is of another boot."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        state = msgspec.json.decode(raw, type=State)
    except msgspec.DecodeError as error:
        raise DriverError(
            f"The state file {path} cannot be read ({error}); remove it after undoing by hand."
        ) from error
    if state.version != VERSION:
        raise DriverError(f"The state file {path} is of another version of Sluice.")
    return state if state.boot == current_boot() else None


def write_state(path: Path, state: State) -> None:
    """Replace the file so that it is, at every moment, one complete version or the other."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    _sync_directory(path.parent)


def remove_state(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the right to change what `path` describes; raises `DriverError` when another does.

    The kernel drops the lock when the holder dies, however it dies.
    """
    lock = take_lock(path)
    try:
        yield
    finally:
        os.close(lock)


def take_lock(path: Path) -> int:
    """As `locked`, for a holder that closes the returned descriptor itself.

    What is locked is the directory: so no lock file stays behind.
    """
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        lock = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise DriverError(f"Cannot write to {path.parent} ({error.strerror}).") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise DriverError(
            f"Another process already runs the NIC pair ({path} is locked)."
        ) from None
    return lock
