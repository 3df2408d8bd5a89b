"""Reading first packets from bytes that may be cut short, or lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import NotASyn, Syn, parse_syn


def tcp(flags: int = 0x02, sport: int = 40000, dport: int = 25) -> bytes:
    ports = sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
    return ports + b"\0" * 8 + bytes([0x50, flags]) + b"\0" * 6


def ipv4(payload: bytes, *, protocol: int = 6, options: bytes = b"", fragment: int = 0) -> bytes:
    head = bytes([0x45 + len(options) // 4]) + b"\0" * 5 + fragment.to_bytes(2, "big")
    head += bytes([64, protocol, 0, 0, 192, 0, 2, 10, 192, 0, 2, 20])
    return head + options + payload


def ipv6(payload: bytes, following: int = 6) -> bytes:
    addresses = bytes.fromhex("20010db8" + "00" * 11 + "10" + "20010db8" + "00" * 11 + "20")
    return bytes([0x60, 0, 0, 0, 0, 0, following, 64]) + addresses + payload


def extension(following: int, units: int = 0) -> bytes:
    return bytes([following, units]) + b"\0" * (6 + units * 8)


FOUR = Syn(4, "192.0.2.10", "192.0.2.20", 40000, 25)
SIX = Syn(6, "2001:db8::10", "2001:db8::20", 40000, 25)

GOOD = {
    "IPv4": (ipv4(tcp()), FOUR),
    "IPv4 with options": (ipv4(tcp(), options=b"\1" * 8), FOUR),
    "IPv4, first fragment put together": (ipv4(tcp(), fragment=0x4000), FOUR),
    "with odd flags": (ipv4(tcp(0xEA)), FOUR),
    "IPv6": (ipv6(tcp()), SIX),
    "hop-by-hop, routing": (ipv6(extension(43) + extension(6, 2) + tcp(), 0), SIX),
    "destination, mobility": (ipv6(extension(135, 1) + extension(6) + tcp(), 60), SIX),
    "authentication": (ipv6(bytes([6, 4]) + b"\0" * 22 + tcp(), 51), SIX),
    "atomic fragment": (ipv6(extension(6) + tcp(), 44), SIX),
}

BAD = {
    "nothing": (b"", "empty"),
    "another version": (b"\x50" + b"\0" * 60, "version 5"),
    "UDP": (ipv4(tcp(), protocol=17), "protocol 17"),
    "a later fragment": (ipv4(tcp(), fragment=1), "later IPv4 fragment"),
    "a later IPv6 fragment": (ipv6(bytes([6, 0, 0, 8]) + b"\0" * 4 + tcp(), 44), "later IPv6"),
    "header length 4": (b"\x41" + ipv4(tcp())[1:], "below 20"),
    "no next header": (ipv6(tcp(), 59), "next header 59"),
    "extension headers without end": (ipv6(extension(60) * 40, 60), "too many"),
    "SYN-ACK": (ipv4(tcp(0x12)), "not the first"),
    "ACK": (ipv4(tcp(0x10)), "not the first"),
    "SYN-FIN": (ipv4(tcp(0x03)), "not the first"),
    "reset": (ipv6(tcp(0x04)), "not the first"),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_packets_whole_cut_anywhere_and_with_more_behind(name: str) -> None:
    packet, expected = GOOD[name]
    assert parse_syn(packet) == expected
    assert parse_syn(packet + b"EHLO early\r\n") == expected
    for length in range(len(packet)):
        with pytest.raises(NotASyn):
            parse_syn(packet[:length])


@pytest.mark.parametrize("name", BAD)
def test_bad_packets_say_why(name: str) -> None:
    packet, why = BAD[name]
    with pytest.raises(NotASyn, match=why):
        parse_syn(packet)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_syn_or_not_a_syn(packet: bytes) -> None:
    # Invariant: parse_syn raises nothing but NotASyn, and what it returns has valid ports.
    try:
        syn = parse_syn(packet)
    except NotASyn:
        return
    assert 0 <= syn.sport <= 65535
    assert 0 <= syn.dport <= 65535


@given(st.sampled_from([packet for packet, _ in GOOD.values()]), st.data())
def test_a_good_packet_with_some_bytes_changed(packet: bytes, data: st.DataObject) -> None:
    # Invariant: as above, close to the packets that parse.
    changed = bytearray(packet)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert parse_syn(bytes(changed)).family in (4, 6)
    except NotASyn:
        return
