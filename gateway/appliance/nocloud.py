"""A seed in cloud-init's form NoCloud: `user-data` on a volume labelled CIDATA.

Understood: `hostname`, the password hash of the account admin in `users`, and `write_files` for
setup.toml and policy.toml. Anything else is refused by name rather than passed over: a seed that is
obeyed in part leaves a machine that nobody described. docs/IMAGE.md shows one.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

LABELS = ("CIDATA", "cidata")
HEADER = "#cloud-config"
ACCOUNT = "admin"
SETUP = "/var/lib/sluice-setup/setup.toml"
POLICY = "/etc/sluice/policy.toml"

MAX_BYTES = 256 * 1024
"""Of user-data: room for a certificate chain."""


class SeedError(Exception):
    """The seed is not taken; one sentence."""


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account; only `admin` exists. `passwd` is a hash, as for cloud-init."""

    name: str
    passwd: str
    lock_passwd: bool = False


class WrittenFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file to write. Owner and permissions are the appliance's own affair."""

    path: str
    content: str
    permissions: str = ""
    owner: str = ""


class UserData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The understood part of cloud-config."""

    hostname: str = ""
    users: list[User] = []
    write_files: list[WrittenFile] = []


@dataclass(frozen=True, slots=True)
class Seed:
    """setup.toml and policy.toml as the seed gives them; policy may be empty."""

    setup: str
    policy: str


def read_user_data(text: str) -> Seed:
    """What `text` seeds. Raises SeedError."""
    if text.split("\n", 1)[0].strip() != HEADER:
        raise SeedError(f"user-data does not begin with {HEADER}")
    try:
        data = msgspec.yaml.decode(text, type=UserData)
    except msgspec.DecodeError as error:
        raise SeedError(f"user-data: {' '.join(str(error).split())}") from error
    if any(user.name != ACCOUNT for user in data.users):
        raise SeedError(f"user-data: there is no account but {ACCOUNT}")
    files = {file.path: file.content for file in data.write_files}
    if unknown := sorted(set(files) - {SETUP, POLICY}):
        raise SeedError(f"user-data: {unknown[0]} cannot be written; {SETUP} and {POLICY} can")
    setup = files.get(SETUP, "")
    given = {"hostname": data.hostname, "password": data.users[0].passwd if data.users else ""}
    return Seed(_completed(setup, given), files.get(POLICY, ""))


def find_seed() -> Seed | None:
    """The seed of the first volume that has one; None where there is none. Raises SeedError."""
    for label in LABELS:
        device = Path("/dev/disk/by-label") / label
        if device.exists():
            return read_user_data(_user_data(device))
    return None


def _completed(setup: str, given: dict[str, str]) -> str:
    """`setup` with the keys of `given` that it lacks; they go first, as they are in no table."""
    try:
        there = tomllib.loads(setup)
    except tomllib.TOMLDecodeError:
        return setup  # whoever reads it says what is wrong with it, and where
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in given.items() if value]
    return "".join(line for line in lines if line.split(" ", 1)[0] not in there) + setup


def _user_data(device: Path) -> str:
    """The file user-data of a volume. Raises SeedError."""
    with tempfile.TemporaryDirectory(prefix="sluice-seed-", dir="/run") as folder:
        words = ["mount", "-o", "ro,nosuid,nodev,noexec", str(device), folder]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SeedError(f"{device} cannot be read: {done.stderr.strip()}")
        try:
            with (Path(folder) / "user-data").open("rb") as file:
                return file.read(MAX_BYTES).decode()
        except (OSError, UnicodeDecodeError) as error:
            raise SeedError(f"user-data on {device} cannot be read: {error}") from error
        finally:
            subprocess.run(["umount", folder], check=False)
