"""The OCI bundle of a guest: what it sees, what it may use, as whom it runs. Pure data.

Nothing of the host is in it but the read-only guest root and the directory with the sample, both
under an overlay in the guest's memory. There is no way to write to the host, by design.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.emulation.bait import DESK_HOST, DOWNLOADS, HOME, UID, USER
from gateway.emulation.contract import Budget

_HERE = Path(__file__).parent
INIT_SCRIPT = "".join(
    (_HERE / name).read_text() for name in ("sinkhole.pl", "anyport.pl", "init.pl")
)
"""Process 1 of the guest, after the network that it plays."""

_CAPABILITIES = [
    "CAP_KILL",
    "CAP_SETUID",
    "CAP_SETGID",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_DAC_READ_SEARCH",
]
"""What process 1 of the guest needs: end the sample, become the user, take
every address and answer on every port (a raw socket is what netfilter is told through), collect.
The sample itself has none: it is another user under no_new_privs."""

_OPEN_FILES = 256
"""Descriptors per guest process; a shell needs ten, a build some fifty."""

_RESERVED = 64 << 30
"""Bytes of address space of a process where a cgroup bounds what it uses of it: node reserves ten
gibibytes for each piece of WebAssembly, which its own `fetch` has."""

_NAMESPACES = ("pid", "network", "ipc", "uts", "mount")

_TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
"""Where process 1 puts the authority that the guest trusts; other programs look there anyway."""

_ENVIRONMENT = (
    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    f"HOME={HOME}",
    f"USER={USER}",
    f"LOGNAME={USER}",
    f"PWD={DOWNLOADS}",
    "SHELL=/bin/bash",
    "LANG=C.UTF-8",
    "TERM=xterm",
    f"SSL_CERT_FILE={_TRUSTED}",
    f"NODE_EXTRA_CA_CERTS={_TRUSTED}",
    "PYTHONDONTWRITEBYTECODE=1",
)
"""The environment of an ordinary session. Python's caches would only be noise among the files."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount of the guest, in OCI's words."""

    destination: str
    type: str
    source: str
    options: tuple[str, ...] = ()


def _mounts(downloads: Path) -> tuple[Mount, ...]:
    return (
        Mount("/proc", "proc", "proc"),
        Mount("/dev", "tmpfs", "tmpfs"),
        Mount("/dev/shm", "tmpfs", "tmpfs", ("nosuid", "nodev", "mode=1777")),
        Mount("/tmp", "tmpfs", "tmpfs", ("nosuid", "nodev", "mode=1777")),
        Mount(DOWNLOADS, "bind", str(downloads), ("rbind", "rw")),
    )


def _limits(budget: Budget, *, grouped: bool) -> list[dict[str, str | int]]:
    limits = {
        "RLIMIT_AS": _RESERVED if grouped else budget.memory * 2,
        "RLIMIT_FSIZE": budget.memory // 2,
        "RLIMIT_NOFILE": _OPEN_FILES,
        "RLIMIT_NPROC": budget.processes,
        "RLIMIT_CORE": 0,
    }
    return [{"type": name, "hard": value, "soft": value} for name, value in limits.items()]


def config(
    root: Path,
    downloads: Path,
    command: tuple[str, ...],
    budget: Budget,
    mounts: tuple[Mount, ...] = (),
    *,
    grouped: bool,
) -> bytes:
    """The bytes of `config.json`.

    root: the guest's root file system; downloads: host directory that holds only the sample;
    command: absolute program and arguments, run as the fake user in that user's Downloads;
    mounts: what else it sees; grouped: whether a cgroup bounds the guest's memory.
    """
    init = ["/usr/bin/perl", "-e", INIT_SCRIPT, str(UID), DOWNLOADS, *command]
    capabilities = dict.fromkeys(("bounding", "effective", "permitted"), _CAPABILITIES)
    return msgspec.json.encode(
        {
            "ociVersion": "1.0.0",
            "hostname": DESK_HOST,
            "process": {
                "terminal": False,
                "user": {"uid": 0, "gid": 0},
                "args": init,
                "env": list(_ENVIRONMENT),
                "cwd": "/",
                "capabilities": capabilities,
                "noNewPrivileges": True,
                "rlimits": _limits(budget, grouped=grouped),
            },
            "root": {"path": str(root), "readonly": False},
            "mounts": [mount_entry(mount) for mount in (*_mounts(downloads), *mounts)],
            "linux": {"namespaces": [{"type": name} for name in _NAMESPACES]},
        }
    )


def mount_entry(mount: Mount) -> dict[str, str | list[str]]:
    """A mount as `config.json` spells it."""
    return {
        "destination": mount.destination,
        "type": mount.type,
        "source": mount.source,
        "options": list(mount.options),
    }
