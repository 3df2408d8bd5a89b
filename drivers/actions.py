"""The smallest changes to the machine, as data: what a plan's steps and their undo are made of.

A closed union, `Action`. Each is a frozen msgspec struct with a tag, so that a plan can be
printed, compared in a test, and written to the state file from which a crash is repaired.
`drivers.execute` carries them out; this module does nothing.
"""

from __future__ import annotations

import enum
from typing import Literal

import msgspec


class Action(msgspec.Struct, frozen=True, kw_only=False, tag=True, forbid_unknown_fields=True):
    """Base of all actions; `str()` is the line a printed plan shows."""


class WriteFile(Action, frozen=True, tag="write"):
    """Write `value` to a file of /proc or /sys. Undoing skips a path that is gone; a refusal of
    an `optional` one is no error."""

    path: str
    value: str
    optional: bool = False

    def __str__(self) -> str:
        return f"write {self.value} to {self.path}"


class AddBridge(Action, frozen=True, tag="add_bridge"):
    name: str
    mac: str

    def __str__(self) -> str:
        return f"add bridge {self.name} with address {self.mac}"


class DeleteLink(Action, frozen=True, tag="delete_link"):
    name: str

    def __str__(self) -> str:
        return f"delete link {self.name}"


class SetMaster(Action, frozen=True, tag="set_master"):
    nic: str
    master: str | None

    def __str__(self) -> str:
        return f"put {self.nic} into {self.master}" if self.master else f"release {self.nic}"


class SetUp(Action, frozen=True, tag="set_up"):
    nic: str
    up: bool

    def __str__(self) -> str:
        return f"set {self.nic} {'up' if self.up else 'down'}"


class SetAddress(Action, frozen=True, tag="set_address"):
    nic: str
    address: str
    present: bool

    def __str__(self) -> str:
        return f"{_verb(self.present)} address {self.address} on {self.nic}"


class SetRoute(Action, frozen=True, tag="set_route"):
    """`destination` is a network or `0.0.0.0/0`, `::/0`; `local` delivers to this machine."""

    table: int
    destination: str
    nic: str
    gateway: str | None
    local: bool
    present: bool

    def __str__(self) -> str:
        kind = "local route" if self.local else "route"
        via = f" via {self.gateway}" if self.gateway else ""
        place = f"{self.nic} in table {self.table}"
        return f"{_verb(self.present)} {kind} {self.destination}{via} on {place}"


class SetRule(Action, frozen=True, tag="set_rule"):
    """A policy routing rule by packet mark (with `mask`) or by ingress NIC."""

    family: Literal[4, 6]
    priority: int
    table: int
    mark: int
    mask: int
    iif: str | None
    present: bool

    def __str__(self) -> str:
        selector = f"iif {self.iif}" if self.iif else f"mark {self.mark:#x}/{self.mask:#x}"
        return f"{_verb(self.present)} IPv{self.family} rule {selector} -> table {self.table}"


class LoadNft(Action, frozen=True, tag="load_nft"):
    text: str

    def __str__(self) -> str:
        return f"load {self.text.count('add rule')} nft rules"


class DropNftTable(Action, frozen=True, tag="drop_nft_table"):
    family: Literal["inet", "bridge"]
    table: str

    def __str__(self) -> str:
        return f"delete nft table {self.family} {self.table}"


class LoadIptables(Action, frozen=True, tag="load_iptables"):
    family: Literal[4, 6]
    text: str

    def __str__(self) -> str:
        return f"load the IPv{self.family} queue rule through iptables-nft"


class DropIptables(Action, frozen=True, tag="drop_iptables"):
    """Take our chain out of the mangle table; the table too when it was not there before us."""

    family: Literal[4, 6]
    chain: str
    jump: str
    drop_table: bool

    def __str__(self) -> str:
        return f"remove the IPv{self.family} queue rule"


class Feature(enum.StrEnum):
    """Offloads a step may switch, named as `ethtool -K` names them."""

    LRO = "lro"
    GRO = "gro"
    TX_CHECKSUM = "tx"


class SetFeature(Action, frozen=True, tag="set_feature"):
    nic: str
    feature: Feature
    on: bool

    def __str__(self) -> str:
        return f"switch {self.feature} of {self.nic} {'on' if self.on else 'off'}"


AnyAction = (
    WriteFile
    | AddBridge
    | DeleteLink
    | SetMaster
    | SetUp
    | SetAddress
    | SetRoute
    | SetRule
    | LoadNft
    | DropNftTable
    | LoadIptables
    | DropIptables
    | SetFeature
)
"""Every action there is; `drivers.execute` handles exactly these."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One named step of a plan: what it does, in order, and what undoes it, in order."""

    name: str
    do: tuple[AnyAction, ...]
    undo: tuple[AnyAction, ...]


def _verb(present: bool) -> str:
    return "add" if present else "remove"
