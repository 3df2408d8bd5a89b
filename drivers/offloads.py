"""The offloads of a NIC that matter to inspection, read and switched through ethtool's ioctl.

LRO merges packets irreversibly and must be off on anything that forwards; GRO is undone when a
packet leaves and may stay on. Uses the ioctl, not the `ethtool` program, so that nothing more
needs to be installed.
"""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct
from dataclasses import dataclass
from typing import Final

from drivers.actions import Feature
from drivers.errors import DriverError

SIOCETHTOOL: Final = 0x8946
ETH_FLAG_LRO: Final = 1 << 15
IFNAME_BYTES: Final = 16
"""linux/sockios.h, linux/ethtool.h, linux/if.h"""

_GET: Final = {Feature.LRO: 0x25, Feature.GRO: 0x2B, Feature.TX_CHECKSUM: 0x16}
_SET: Final = {Feature.LRO: 0x26, Feature.GRO: 0x2C, Feature.TX_CHECKSUM: 0x17}
"""linux/ethtool.h: ETHTOOL_GFLAGS/SFLAGS (LRO is a flag in them), GGRO/SGRO, GTXCSUM/STXCSUM"""


@dataclass(frozen=True, slots=True)
class Offloads:
    """Whether each offload is on; None where the driver does not know it."""

    lro: bool | None
    gro: bool | None
    tx_checksum: bool | None

    @property
    def note(self) -> str:
        """One phrase for the administrator."""
        if self.lro:
            return "LRO merges packets for good: it is switched off while the pair is up"
        if self.gro:
            return "GRO is on: harmless, packets are split again on the way out"
        return "nothing that disturbs inspection"


def read_offloads(nic: str) -> Offloads:
    """The offloads of `nic` in the calling process's network namespace."""
    return Offloads(
        lro=_get(nic, Feature.LRO),
        gro=_get(nic, Feature.GRO),
        tx_checksum=_get(nic, Feature.TX_CHECKSUM),
    )


def set_feature(nic: str, feature: Feature, *, on: bool) -> None:
    """Switch one offload; raises `DriverError` when the driver refuses."""
    try:
        value = int(on)
        if feature is Feature.LRO:
            flags = _ioctl(nic, _GET[feature], 0)
            value = flags | ETH_FLAG_LRO if on else flags & ~ETH_FLAG_LRO
        _ioctl(nic, _SET[feature], value)
    except OSError as error:
        raise DriverError(
            f"The driver of {nic} does not switch {feature} {'on' if on else 'off'}"
            f" ({error.strerror})."
        ) from error


def _get(nic: str, feature: Feature) -> bool | None:
    try:
        value = _ioctl(nic, _GET[feature], 0)
    except OSError:
        return None
    return bool(value & ETH_FLAG_LRO) if feature is Feature.LRO else bool(value)


def _ioctl(nic: str, command: int, value: int) -> int:
    """struct ifreq with a pointer to struct ethtool_value {cmd, data}."""
    data = ctypes.create_string_buffer(struct.pack("II", command, value), 8)
    request = struct.pack(
        f"{IFNAME_BYTES}sP16x", nic.encode()[: IFNAME_BYTES - 1], ctypes.addressof(data)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCETHTOOL, request)
    return int(struct.unpack("II", data.raw)[1])
