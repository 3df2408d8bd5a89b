"""Packets that clients do not normally send, made with scapy inside the sender's namespace.

`python -m tests.net.drivers_packets SCENARIO '{...}'` plays one scenario and prints what came
back, as one JSON line. The source address is one that no kernel owns (so that no kernel answers
for it) and the source port lies in `PORTS`, which no kernel uses for connections of its own: a
packet with such a port at the mail server slipped past the gateway.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from scapy.config import conf
from scapy.layers.inet import IP, TCP, fragment
from scapy.layers.inet6 import (
    HBHOptUnknown,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
)
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

PORTS = range(20000, 21000)
QUIET_SECONDS = 0.5
ANSWER_SECONDS = 2.0
IFACE = "eth0"


class Wire(msgspec.Struct):
    """Who talks to whom. `mac` is the next hop's: the server's (bridge) or the gateway's."""

    src: str
    dst: str
    mac: str
    port: int
    dport: int = 25

    @property
    def six(self) -> bool:
        return ":" in self.dst

    def ip(self, *headers: Any) -> Any:
        """Ethernet and IP, with IPv6 extension headers in between."""
        layer = IPv6(src=self.src, dst=self.dst) if self.six else IP(src=self.src, dst=self.dst)
        packet = Ether(dst=self.mac) / layer
        for header in headers:
            packet = packet / header
        return packet

    def tcp(self, flags: str, **fields: Any) -> Any:
        return TCP(sport=self.port, dport=self.dport, flags=flags, **{"seq": 1000, **fields})


class Talker:
    """A TCP client of a few lines, that can be told to do everything wrong."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.socket = conf.L2socket(iface=IFACE)
        self.seq = 1000
        self.ack = 0

    def send(self, *packets: Any) -> None:
        for packet in packets:
            self.socket.send(packet)

    def receive(self, wanted: Callable[[Any], bool], seconds: float) -> Any:
        """The first TCP packet to our port that is `wanted`; None when there is none in time."""

        def ours(packet: Any) -> bool:
            return bool(
                packet.haslayer(TCP) and packet[TCP].dport == self.wire.port and wanted(packet)
            )

        found = self.socket.sniff(count=1, lfilter=ours, timeout=seconds)
        return found[0] if found else None

    def flags(self, seconds: float = QUIET_SECONDS) -> str:
        """The flags of the first packet that comes back, `none` when there is none."""
        packet = self.receive(lambda _: True, seconds)
        return str(packet[TCP].flags) if packet else "none"

    def shake(self, *syn: Any) -> str:
        """A handshake that starts with the given packets; the flags of the answer."""
        self.send(*(syn or [self.wire.ip(self.wire.tcp("S"))]))
        answer = self.receive(lambda packet: "S" in str(packet[TCP].flags), ANSWER_SECONDS)
        if answer is None:
            return "none"
        self.seq, self.ack = answer[TCP].ack, answer[TCP].seq + 1
        self.send(self.wire.ip(self.segment("A")))
        return str(answer[TCP].flags)

    def segment(self, flags: str, **fields: Any) -> Any:
        return self.wire.tcp(flags, **{"seq": self.seq, "ack": self.ack, **fields})

    def greeting(self) -> str:
        """The first data that comes, acknowledged."""
        packet = self.receive(lambda packet: bool(data_of(packet)), ANSWER_SECONDS)
        if packet is None:
            return ""
        data = data_of(packet)
        self.ack = packet[TCP].seq + len(data)
        self.send(self.wire.ip(self.segment("A")))
        return data.decode(errors="replace")


def data_of(packet: Any) -> bytes:
    """The TCP payload; Ethernet padding is no payload."""
    layer = packet[IP] if packet.haslayer(IP) else packet[IPv6]
    length = layer.len - 4 * layer.ihl if packet.haslayer(IP) else layer.plen
    return bytes(packet[TCP].payload)[: max(length - 4 * packet[TCP].dataofs, 0)]


def begin(talker: Talker, *syn: Any) -> dict[str, str]:
    """A handshake and what the server says first; nothing is waited for after a refusal."""
    answer = talker.shake(*syn)
    return {"syn": answer, "greeting": "" if answer == "none" else talker.greeting()}


def plain(talker: Talker) -> dict[str, str]:
    return begin(talker)


def fragments_of(talker: Talker, transport: Any, size: int) -> list[Any]:
    """The packet in pieces of `size` bytes of IP payload."""
    wire = talker.wire
    if not wire.six:
        return list(fragment(wire.ip(transport), fragsize=size))  # type: ignore[no-untyped-call]
    whole = ip_payload(wire.ip(transport))
    return six_fragments(wire, whole, size, 6)


def ip_payload(packet: Any) -> bytes:
    """What follows the IPv6 header, with the checksums of the whole packet."""
    return bytes(packet)[14 + 40 :]


def six_fragments(wire: Wire, whole: bytes, size: int, kind: int) -> list[Any]:
    pieces = []
    for offset in range(0, len(whole), size):
        header = IPv6ExtHdrFragment(
            nh=kind, offset=offset // 8, m=int(offset + size < len(whole)), id=wire.port
        )
        pieces.append(wire.ip(header, Raw(whole[offset : offset + size])))
    return pieces


def in_fragments(size: int, order: int = 1) -> Callable[[Talker], dict[str, str]]:
    """A first packet in pieces of `size` bytes, forwards (1) or backwards (-1). Below 20 the TCP
    header itself is cut: the ports stand in the first piece, the flags in the second."""

    def scenario(talker: Talker) -> dict[str, str]:
        syn = talker.wire.tcp("S") / Raw(b"early data, to be cut in pieces")
        pieces = fragments_of(talker, syn, size)[::order]
        return begin(talker, *pieces)

    return scenario


def fragmented_data(talker: Talker) -> dict[str, str]:
    """An ordinary handshake; then a segment in pieces, which must come back from the server."""
    first = plain(talker)
    greeting = first["greeting"]
    while "\n" not in greeting:
        more = talker.greeting()
        if not more:
            break
        greeting += more
    data = talker.segment("PA") / Raw(b"fragmented-data-of-a-mail")
    talker.send(*fragments_of(talker, data, 24))
    return {**first, "greeting": greeting, "echo": talker.greeting()}


def later_fragment_alone(talker: Talker) -> dict[str, str]:
    """Nothing to put together: no answer, and afterwards the path is as it was."""
    talker.send(*fragments_of(talker, talker.wire.tcp("S"), 8)[1:])
    return {"alone": talker.flags(), **plain(talker)}


def hidden_in_later_fragment(talker: Talker) -> dict[str, str]:
    """IPv6: destination options fill the first piece; TCP begins only in the second (RFC 7112
    forbids it; an attacker does not mind)."""
    wire = talker.wire
    options = IPv6ExtHdrDestOpt(nh=6, options=[HBHOptUnknown(otype=0x1E, optdata=b"\0" * 28)])
    whole = ip_payload(wire.ip(options, wire.tcp("S")))
    return begin(talker, *six_fragments(wire, whole, 32, 60))


def syn_with_data(talker: Talker) -> dict[str, str]:
    packet = talker.wire.ip(talker.wire.tcp("S"), Raw(b"EHLO early\r\n"))
    return begin(talker, packet)


def syn_with_odd_flags(talker: Talker) -> dict[str, str]:
    packet = talker.wire.ip(talker.wire.tcp("SPU", urgptr=1))
    return begin(talker, packet)


def impossible_flags(talker: Talker) -> dict[str, str]:
    """Combinations that begin nothing; none may be answered with a SYN or reach the server."""
    found = {}
    for flags in ("SF", "SR", "FPU", "", "SA", "F", "A", "R"):
        talker.send(talker.wire.ip(talker.wire.tcp(flags, ack=1)))
        found[flags or "null"] = talker.flags(0.2)
    return found


def behind(*headers: Any) -> Callable[[Talker], dict[str, str]]:
    """IPv6: a first packet behind extension headers."""

    def scenario(talker: Talker) -> dict[str, str]:
        packet = talker.wire.ip(*headers, talker.wire.tcp("S"))
        return begin(talker, packet)

    return scenario


HOP_BY_HOP = IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 4)])
ROUTING = IPv6ExtHdrRouting(type=253, addresses=[], segleft=0)
DESTINATION = IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x1E, optdata=b"\0" * 12)])
"""0x1E is an option for experiments that receivers skip (RFC 4727). Padding of more than 7 bytes
they refuse."""


def wrong_checksum(talker: Talker) -> dict[str, str]:
    talker.send(talker.wire.ip(talker.wire.tcp("S", chksum=0x1234)))
    return {"wrong": talker.flags(), **plain(talker)}


def wrong_checksum_of_data(talker: Talker) -> dict[str, str]:
    first = plain(talker)
    talker.send(talker.wire.ip(talker.segment("PA", chksum=0x1234), Raw(b"corrupt")))
    return {**first, "corrupt": str("corrupt" in talker.greeting())}


def reset_after(step: str) -> Callable[[Talker], dict[str, str]]:
    def scenario(talker: Talker) -> dict[str, str]:
        wire = talker.wire
        if step == "syn":
            talker.send(wire.ip(wire.tcp("S")), wire.ip(wire.tcp("R", seq=1001)))
        elif step == "syn-ack":
            talker.send(wire.ip(wire.tcp("S")))
            answer = talker.receive(lambda packet: True, ANSWER_SECONDS)
            talker.send(wire.ip(wire.tcp("R", seq=answer[TCP].ack)))
        else:
            talker.shake()
            if step == "greeting":
                talker.greeting()
            talker.send(wire.ip(talker.segment("R")))
            if step == "twice":
                talker.send(wire.ip(talker.segment("R")), wire.ip(talker.segment("PA"), Raw(b"x")))
        return {"done": step}

    return scenario


def tagged(*tags: Any) -> Callable[[Talker], dict[str, str]]:
    def scenario(talker: Talker) -> dict[str, str]:
        packet = talker.wire.ip(talker.wire.tcp("S"))
        frame = Ether(dst=packet.dst)
        for tag in tags:
            frame = frame / tag
        talker.send(frame / packet.payload)
        return {"answer": talker.flags()}

    return scenario


SCENARIOS: dict[str, Callable[[Talker], dict[str, str]]] = {
    "plain": plain,
    "fragmented_syn": in_fragments(24),
    "fragmented_backwards": in_fragments(24, -1),
    "cut_header": in_fragments(8),
    "cut_header_backwards": in_fragments(8, -1),
    "fragmented_data": fragmented_data,
    "later_fragment_alone": later_fragment_alone,
    "hidden_in_later_fragment": hidden_in_later_fragment,
    "syn_with_data": syn_with_data,
    "syn_with_odd_flags": syn_with_odd_flags,
    "impossible_flags": impossible_flags,
    "behind_hop_by_hop": behind(HOP_BY_HOP),
    "behind_routing": behind(ROUTING),
    "behind_destination": behind(DESTINATION),
    "behind_all": behind(HOP_BY_HOP, ROUTING, DESTINATION),
    "wrong_checksum": wrong_checksum,
    "wrong_checksum_of_data": wrong_checksum_of_data,
    **{
        f"reset_after_{step}": reset_after(step)
        for step in ("syn", "syn-ack", "ack", "greeting", "twice")
    },
    "tagged": tagged(Dot1Q(vlan=7)),
    "tagged_ad": tagged(Dot1AD(vlan=7)),
    "tagged_twice": tagged(Dot1AD(vlan=8), Dot1Q(vlan=7)),
    "priority_tagged": tagged(Dot1Q(vlan=0, prio=5)),
    "priority_tagged_twice": tagged(Dot1Q(vlan=0, prio=5), Dot1Q(vlan=0)),
    "priority_and_tag": tagged(Dot1Q(vlan=0, prio=5), Dot1Q(vlan=7)),
}


@contextmanager
def talker(wire: Wire) -> Iterator[Talker]:
    found = Talker(wire)
    try:
        yield found
    finally:
        found.socket.close()


def main() -> None:
    """Requests on standard input, one a line (`SCENARIO {wire}`), one answer each: importing
    scapy takes longer than most scenarios."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        name, _, wire = line.partition(" ")
        with talker(msgspec.json.decode(wire, type=Wire)) as found:
            print(json.dumps(SCENARIOS[name](found)), flush=True)


if __name__ == "__main__":
    main()
