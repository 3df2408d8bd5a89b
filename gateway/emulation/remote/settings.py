"""What the remote environment is told by the machine's settings (gateway.toml, [remote])."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """A sandbox and how it is used.

    address: of the web interface, without /apiv2; token_file, ca_file: None for none;
    machine, tags: which guest, empty for the sandbox's choice; seconds: longest wait for a
    report; poll: seconds between two questions for its state; account: uid and gid that the
    courier takes on, None where it runs as whoever started it.
    """

    address: str
    types: frozenset[str]
    token_file: Path | None = None
    ca_file: Path | None = None
    machine: str = ""
    tags: str = ""
    seconds: float = 240.0
    poll: float = 5.0
    account: tuple[int, int] | None = None
