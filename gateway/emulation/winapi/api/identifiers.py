"""Bytes that are written as addresses or identifiers, and back: UUID, IPv4, IPv6, MAC.

Loaders write machine code so, since it looks like a list of hosts.
"""

from __future__ import annotations

import ipaddress
import re
import uuid

from gateway.emulation.winapi.calls import Call, api, constants

_BAD_UUID = 1705
_BAD_CLASS = 0x800401F3
_BAD_ADDRESS = 0xC000000D
_MAC = re.compile(r"([0-9a-f]{2}[-:]){5}[0-9a-f]{2}", re.IGNORECASE)
_GUID_TEXT = 38
"""Characters of a GUID in braces."""

constants("rpcrt4", "RpcStringFreeA/1=0 RpcStringFreeW/1=0")


def _identifier(text: str) -> bytes | None:
    try:
        return uuid.UUID(text).bytes_le
    except ValueError:
        return None


@api("rpcrt4", "UuidFromStringA UuidFromStringW", 2)
def uuid_from_string(call: Call) -> int:
    """Without a text: the identifier of zeros."""
    data = _identifier(call.text(0)) if call[0] else bytes(16)
    if data is None:
        return _BAD_UUID
    call.put(call[1], data)
    return 0


@api("ole32", "CLSIDFromString IIDFromString", 2)
def class_from_string(call: Call) -> int:
    data = _identifier(call.text_at(call[0], wide=True))
    if data is None:
        return _BAD_CLASS
    call.put(call[1], data)
    return 0


@api("ole32", "StringFromGUID2", 3)
def string_from_class(call: Call) -> int:
    if call.signed(2) <= _GUID_TEXT:
        return 0
    value = uuid.UUID(bytes_le=call.machine.memory.read(call[0], 16))
    call.put(call[1], call.encoded(f"{{{str(value).upper()}}}", wide=True))
    return _GUID_TEXT + 1


def _told(call: Call, place: int, at: int, data: bytes, length: int) -> int:
    """The address, and where its text ended."""
    call.put_pointer(place, call[0] + length * (2 if call.wide else 1))
    call.put(at, data)
    return 0


def _address(
    call: Call, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address], place: int, at: int
) -> int:
    text = call.text(0)
    try:
        data = kind(text).packed
    except ValueError:
        return _BAD_ADDRESS
    return _told(call, place, at, data, len(text))


@api("ntdll", "RtlIpv4StringToAddressA RtlIpv4StringToAddressW", 4)
def ipv4_from_string(call: Call) -> int:
    return _address(call, ipaddress.IPv4Address, call[2], call[3])


@api("ntdll", "RtlIpv6StringToAddressA RtlIpv6StringToAddressW", 3)
def ipv6_from_string(call: Call) -> int:
    return _address(call, ipaddress.IPv6Address, call[1], call[2])


@api("ntdll", "RtlEthernetStringToAddressA RtlEthernetStringToAddressW", 3)
def mac_from_string(call: Call) -> int:
    found = _MAC.match(call.text(0))
    if found is None:
        return _BAD_ADDRESS
    data = bytes.fromhex(re.sub("[-:]", "", found[0]))
    return _told(call, call[1], call[2], data, len(found[0]))


@api("ntdll", "RtlIpv4AddressToStringA RtlIpv4AddressToStringW", 2)
def ipv4_to_string(call: Call) -> int:
    text = str(ipaddress.IPv4Address(call.machine.memory.read(call[0], 4)))
    data = call.encoded(text)
    call.put(call[1], data)
    return call[1] + len(data) - (2 if call.wide else 1)
