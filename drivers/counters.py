"""Reads the named counters of the rules: what `status` shows of the packet path."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from drivers.execute import run_tool
from drivers.rules import TABLE, CounterName


@dataclass(frozen=True, slots=True)
class Count:
    """Packets and bytes since the rules were set up."""

    packets: int
    octets: int


class _Counter(msgspec.Struct):
    table: str
    name: str
    packets: int
    bytes: int


class _Item(msgspec.Struct):
    counter: _Counter | None = None


class _Listing(msgspec.Struct):
    nftables: list[_Item]


def read_counters() -> dict[CounterName, Count]:
    """Every counter that is there (the bridge's ones only in bridge mode); empty when the rules
    are not set up. Raises `DriverError` when nft does."""
    listing = msgspec.json.decode(run_tool(["nft", "-j", "list", "counters"]), type=_Listing)
    found = [item.counter for item in listing.nftables if item.counter]
    return {
        CounterName(counter.name): Count(counter.packets, counter.bytes)
        for counter in found
        if counter.table == TABLE
    }
