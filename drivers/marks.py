"""The layout of the 32-bit packet marks: how the rules, the interceptor and sockets name things.

    31            16 15   14   13   12   11       8 7                 0
    [  mark base    ][ L ][ S ][  ][ A ][  word    ][  worker          ]

L  deliver locally: the `ip rule` sends such a packet to this machine's own sockets.
S  made by a socket of a worker: routed by the pair's table, never by the management default.
A  asking: a connection's first packet, on its way to the interceptor.
word  for packets the side they came from, or what was decided for their connection.

The high half tells our marks from everybody else's. The same values are kept in the connection
mark, so that a later packet of a passed connection is not asked about again. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.config import MAX_WORKERS, Side

FAMILY_MASK: Final = 0xFFFF0000
LOCAL_BIT: Final = 0x8000
SOCKET_BIT: Final = 0x4000
ASK_BIT: Final = 0x1000
WORD_MASK: Final = 0x0F00
CLIENT_WORD: Final = 0x0100
SERVER_WORD: Final = 0x0200
PASS_WORD: Final = 0x0400
BYPASS_WORD: Final = 0x0500
OWNED_WORD: Final = 0x0F00


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks under one base (a 32-bit value whose low half is zero)."""

    base: int

    @property
    def owned(self) -> int:
        """A packet of a connection that a worker already holds."""
        return self.base | LOCAL_BIT | OWNED_WORD

    @property
    def passed(self) -> int:
        """The interceptor's verdict: let this connection go by, uninspected."""
        return self.base | PASS_WORD

    @property
    def bypassed(self) -> int:
        """Nobody answered and `on_failure = bypass`: the connection goes by, uninspected."""
        return self.base | BYPASS_WORD

    @property
    def socket(self) -> int:
        """SO_MARK of every worker socket: routed by the pair's own table."""
        return self.base | SOCKET_BIT

    def worker(self, k: int) -> int:
        """The interceptor's verdict: worker `k` inspects this connection."""
        if not 0 <= k < MAX_WORKERS:
            raise ValueError(f"worker {k} is not in 0..{MAX_WORKERS - 1}")
        return self.base | LOCAL_BIT | k

    def side(self, side: Side) -> int:
        """The NIC a packet came in on; nothing decided yet."""
        return self.base | (CLIENT_WORD if side is Side.CLIENT else SERVER_WORD)

    def asking(self, side: Side) -> int:
        """A first packet from `side`, on its way to the interceptor."""
        return self.side(side) | ASK_BIT

    def side_of(self, untrusted_mark: int) -> Side | None:
        """The side named by a queued packet's mark, None when it is not a mark of ours."""
        if untrusted_mark & FAMILY_MASK != self.base:
            return None
        word = untrusted_mark & WORD_MASK
        return {CLIENT_WORD: Side.CLIENT, SERVER_WORD: Side.SERVER}.get(word)
