"""Reads the first packet of a connection from untrusted bytes. Pure.

The bytes begin at the IP header, as NFQUEUE delivers them, and may be cut short or be lies.
`parse_syn` returns a complete `Syn` or raises `NotASyn`; it never raises anything else.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from typing import Final

IPPROTO_TCP: Final = 6
MAX_EXTENSION_HEADERS: Final = 16
"""More than any sender uses; the walk is bounded by the packet's length as well."""

_EXTENSIONS: Final = frozenset({0, 43, 60, 135, 139, 140})
"""Hop-by-hop, routing, destination options, mobility, HIP, shim6: each says its own length in
units of 8 bytes (RFC 8200 section 4, RFC 6564)."""
_FRAGMENT: Final = 44
_AUTHENTICATION: Final = 51

TCP_SYN: Final = 0x02
TCP_FIRST_MASK: Final = 0x17  # FIN, SYN, RST, ACK


class NotASyn(ValueError):  # noqa: N818 - it names a finding about a packet, not a fault of ours
    """The bytes are not the first packet of a TCP connection; the text says why."""


@dataclass(frozen=True, slots=True)
class Syn:
    """A first packet. `src` and `dst` are canonical address texts; `family` is 4 or 6."""

    family: int
    src: str
    dst: str
    sport: int
    dport: int


def parse_syn(untrusted_packet: bytes) -> Syn:
    """The connection that `untrusted_packet` begins; raises `NotASyn`."""
    if not untrusted_packet:
        raise NotASyn("empty packet")
    version = untrusted_packet[0] >> 4
    if version == 4:
        src, dst, offset = _ipv4(untrusted_packet)
    elif version == 6:
        src, dst, offset = _ipv6(untrusted_packet)
    else:
        raise NotASyn(f"IP version {version}")
    sport, dport = _ports(untrusted_packet, offset)
    return Syn(version, src, dst, sport, dport)


def _ipv4(packet: bytes) -> tuple[str, str, int]:
    """Addresses and the offset of the TCP header (RFC 791 section 3.1)."""
    if len(packet) < 20:
        raise NotASyn("IPv4 header cut short")
    header = (packet[0] & 0x0F) * 4
    if header < 20:
        raise NotASyn("IPv4 header length below 20")
    if int.from_bytes(packet[6:8], "big") & 0x1FFF:
        raise NotASyn("a later IPv4 fragment")
    if packet[9] != IPPROTO_TCP:
        raise NotASyn(f"IPv4 protocol {packet[9]}")
    return (
        str(ipaddress.IPv4Address(packet[12:16])),
        str(ipaddress.IPv4Address(packet[16:20])),
        (header),
    )


def _ipv6(packet: bytes) -> tuple[str, str, int]:
    """Addresses and the offset of the TCP header, behind any extension headers."""
    if len(packet) < 40:
        raise NotASyn("IPv6 header cut short")
    offset, following = 40, packet[6]
    for _ in range(MAX_EXTENSION_HEADERS):
        if following == IPPROTO_TCP:
            src, dst = ipaddress.IPv6Address(packet[8:24]), ipaddress.IPv6Address(packet[24:40])
            return str(src), str(dst), offset
        following, offset = _after_extension(packet, following, offset)
    raise NotASyn("too many IPv6 extension headers")


def _after_extension(packet: bytes, kind: int, offset: int) -> tuple[int, int]:
    """Next header and its offset; the shortest extension header is 8 bytes."""
    if offset + 8 > len(packet):
        raise NotASyn("IPv6 extension header cut short")
    following, length = packet[offset], packet[offset + 1]
    if kind in _EXTENSIONS:
        return following, offset + (length + 1) * 8
    if kind == _AUTHENTICATION:
        return following, offset + (length + 2) * 4
    if kind == _FRAGMENT:
        if int.from_bytes(packet[offset + 2 : offset + 4], "big") >> 3:
            raise NotASyn("a later IPv6 fragment")
        return following, offset + 8
    raise NotASyn(f"IPv6 next header {kind}")


def _ports(packet: bytes, offset: int) -> tuple[int, int]:
    """Source and destination port, if the flags say that a connection begins (RFC 9293)."""
    if offset + 20 > len(packet):
        raise NotASyn("TCP header cut short")
    sport, dport = struct.unpack_from("!HH", packet, offset)
    if packet[offset + 13] & TCP_FIRST_MASK != TCP_SYN:
        raise NotASyn("not the first packet of a connection")
    return sport, dport
