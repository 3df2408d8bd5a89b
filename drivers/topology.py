"""The machine's network interfaces as sysfs describes them.

The root of the tree is a parameter, so a test reads a tree it made itself. Reads only; what sysfs
does not know (addresses, routes) comes from `drivers.probing`. A file that is missing or cannot
be read (sysfs answers EINVAL for the speed of a NIC that is down) gives None or a default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SYSFS: Final = Path("/sys")
IFF_UP: Final = 0x1
ARPHRD_ETHER: Final = 1
_RX: Final = re.compile(r"rx-\d+\Z")
_TX: Final = re.compile(r"tx-\d+\Z")


@dataclass(frozen=True, slots=True)
class Nic:
    """One network interface. `speed` is in Mbit/s; `numa_node` is None where there is only one."""

    name: str
    index: int
    mac: str
    mtu: int
    up: bool
    carrier: bool
    speed: int | None
    ethernet: bool
    driver: str | None
    bus: str | None
    numa_node: int | None
    rx_queues: int
    tx_queues: int
    master: str | None
    vlan_id: int | None
    bridge: bool

    @property
    def physical(self) -> bool:
        """Backed by a device on a bus (a virtio NIC is; a veth, a bridge, a tunnel is not)."""
        return self.bus is not None


def read_nics(root: Path = SYSFS) -> tuple[Nic, ...]:
    """All interfaces below `root`/class/net, by name."""
    base = root / "class" / "net"
    if not base.is_dir():
        return ()
    entries = sorted(path for path in base.iterdir() if (path / "ifindex").exists())
    return tuple(_read_nic(path) for path in entries)


def _read_nic(path: Path) -> Nic:
    speed = _integer(path / "speed")
    numa = _integer(path / "device" / "numa_node")
    return Nic(
        name=path.name,
        index=_integer(path / "ifindex") or 0,
        mac=_text(path / "address") or "",
        mtu=_integer(path / "mtu") or 0,
        up=bool((_integer(path / "flags") or 0) & IFF_UP),
        carrier=_integer(path / "carrier") == 1,
        speed=speed if speed and speed > 0 else None,
        ethernet=_integer(path / "type") == ARPHRD_ETHER,
        driver=_link_name(path / "device" / "driver"),
        bus=_bus(path),
        numa_node=numa if numa is not None and numa >= 0 else None,
        rx_queues=_count(path / "queues", _RX),
        tx_queues=_count(path / "queues", _TX),
        master=_link_name(path / "master"),
        vlan_id=_vlan(path),
        bridge=(path / "bridge").is_dir(),
    )


def _bus(path: Path) -> str | None:
    """Bus and place, such as `pci 0000:00:03.0`; a virtio device is named by its own bus."""
    device = path / "device"
    if not device.exists():
        return None
    kind = _link_name(device / "subsystem") or "unknown"
    return f"{kind} {device.resolve().name}"


def _vlan(path: Path) -> int | None:
    """A VLAN device says so in uevent; its number is in /proc/net/vlan or, by custom, its name."""
    if "DEVTYPE=vlan" not in (_text(path / "uevent") or ""):
        return None
    digits = re.search(r"(\d+)\Z", path.name)
    return int(digits.group(1)) if digits else None


def _count(path: Path, pattern: re.Pattern[str]) -> int:
    if not path.is_dir():
        return 0
    return sum(1 for entry in path.iterdir() if pattern.match(entry.name))


def _link_name(path: Path) -> str | None:
    return path.resolve().name if path.exists() else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _integer(path: Path) -> int | None:
    text = _text(path)
    try:
        return int(text, 0) if text else None
    except ValueError:
        return None
