"""Winsock: names are told, connections are told, the other side says something harmless."""

from __future__ import annotations

import socket as _socket
import struct

from gateway.emulation.contract import Kind
from gateway.emulation.winapi.calls import Call, api, constants
from gateway.emulation.winapi.handles import Plain
from gateway.emulation.windows import facts, sinkhole

_ADDRESS = "198.51.100.7"
"""What every name resolves to (RFC 5737)."""

_ERROR = 0xFFFFFFFF
_RECEIVED_MAX = 4
"""Answers of a connection before the other side closes it."""

constants(
    "ws2_32 wsock32",
    "WSACleanup/0=0 closesocket/1=0 shutdown/2=0 setsockopt/5=0 ioctlsocket/3=0 "
    "WSAGetLastError/0=0 WSASetLastError/1=0 listen/2=0 WSAEventSelect/3=0 WSAAsyncSelect/4=0 "
    "freeaddrinfo/1=0 FreeAddrInfoW/1=0 WSACreateEvent/0=0x9000 WSACloseEvent/1=1 WSAIoctl/9=0 "
    "__WSAFDIsSet/2=1 getsockopt/5=0 getsockname/3=0 WSAEnumProtocolsA/3=0",
)


@api("ws2_32 wsock32", "WSAStartup", 2)
def wsa_startup(call: Call) -> int:
    call.put(call[1], struct.pack("<HH", 0x202, 0x202) + bytes(396))
    return 0


@api("ws2_32 wsock32", "socket", 3)
def make_socket(call: Call) -> int:
    if call.u32(1) == 3:
        call.machine.recorder.note(Kind.NETWORK, "raw-socket", "raw")
    return call.machine.handles.add(Plain("socket"))


@api("ws2_32", "WSASocketA WSASocketW", 6)
def wsa_socket(call: Call) -> int:
    return call.machine.handles.add(Plain("socket"))


def _endpoint(call: Call, place: int) -> str:
    """A sockaddr in words."""
    raw = call.machine.memory.read(place, 16)
    port = int.from_bytes(raw[2:4], "big")
    names: dict[str, str] = call.machine.keep.things.get("names", {})
    if raw[0] == 23:
        long = call.machine.memory.read(place + 8, 16)
        return f"[{_socket.inet_ntop(_socket.AF_INET6, long)}]:{port}"
    address = ".".join(map(str, raw[4:8]))
    return f"{names.get(address, address)}:{port}"


def _connected(call: Call) -> int:
    thing = call.machine.handles.get(call[0], Plain)
    target = _endpoint(call, call[1])
    call.machine.recorder.note(Kind.NETWORK, "connect", target)
    if thing is not None:
        thing.text = target
    return 0


api("ws2_32 wsock32", "connect", 3)(_connected)
api("ws2_32", "WSAConnect", 7)(_connected)


@api("ws2_32 wsock32", "bind", 3)
def bind(call: Call) -> int:
    call.machine.recorder.note(Kind.NETWORK, "listen", _endpoint(call, call[1]))
    return 0


@api("ws2_32 wsock32", "accept", 3)
def accept(call: Call) -> int:
    return _ERROR if call.machine.width == 4 else -1


@api("ws2_32 wsock32", "send", 4)
def send(call: Call) -> int:
    return _sent(call, call.machine.memory.read(call[1], min(call.u32(2), 1 << 20)), "")


@api("ws2_32 wsock32", "sendto", 6)
def sendto(call: Call) -> int:
    target = _endpoint(call, call[4]) if call[4] else ""
    return _sent(call, call.machine.memory.read(call[1], min(call.u32(2), 1 << 20)), target)


@api("ws2_32", "WSASend", 7)
def wsa_send(call: Call) -> int:
    memory, width = call.machine.memory, call.machine.width
    size = memory.u32(call[1])
    place = memory.pointer(call[1] + width)
    call.put_u32(call[3], _sent(call, memory.read(place, min(size, 1 << 20)), ""))
    return 0


def _sent(call: Call, data: bytes, target: str) -> int:
    thing = call.machine.handles.get(call[0], Plain)
    where = target or (thing.text if thing is not None else "")
    call.machine.recorder.note(Kind.NETWORK, "send", where, data[:400].decode("latin-1"))
    return len(data)


@api("ws2_32 wsock32", "recv", 4)
def recv(call: Call) -> int:
    return _received(call)


@api("ws2_32 wsock32", "recvfrom", 6)
def recvfrom(call: Call) -> int:
    return _received(call)


def _received(call: Call) -> int:
    thing = call.machine.handles.get(call[0], Plain)
    if thing is None or thing.number >= _RECEIVED_MAX:
        return 0
    thing.number += 1
    data = sinkhole.TEXT.encode()[: call.u32(2)]
    call.put(call[1], data)
    return len(data)


@api("ws2_32 wsock32", "select", 5)
def select(call: Call) -> int:
    return 1


@api("ws2_32 wsock32", "htons ntohs", 1)
def htons(call: Call) -> int:
    return int.from_bytes((call[0] & 0xFFFF).to_bytes(2, "little"), "big")


@api("ws2_32 wsock32", "htonl ntohl", 1)
def htonl(call: Call) -> int:
    return int.from_bytes(call.u32(0).to_bytes(4, "little"), "big")


@api("ws2_32 wsock32", "inet_addr", 1)
def inet_addr(call: Call) -> int:
    try:
        return int.from_bytes(_socket.inet_aton(call.machine.memory.ansi(call[0], 64)), "little")
    except OSError:
        return _ERROR


@api("ws2_32", "inet_pton InetPtonW InetPtonA", 3)
def inet_pton(call: Call) -> int:
    try:
        call.put(call[2], _socket.inet_aton(call.text(1)))
    except OSError:
        return 0
    return 1


@api("ws2_32 wsock32", "inet_ntoa", 1)
def inet_ntoa(call: Call) -> int:
    text = ".".join(map(str, call.u32(0).to_bytes(4, "little")))
    return call.machine.heap.keep(text.encode() + b"\0")


def _resolved(call: Call, name: str) -> bytes:
    """A name's address: each name gets one of its own, so that connections can be told by name."""
    machine = call.machine
    machine.recorder.note(Kind.NETWORK, "resolve", name)
    names: dict[str, str] = machine.keep.things.setdefault("names", {})
    for address, known in names.items():
        if known == name:
            return _socket.inet_aton(address)
    try:
        return _socket.inet_aton(name)
    except OSError:
        address = f"198.51.100.{7 + len(names) % 200}"
        names[address] = name
        return _socket.inet_aton(address)


@api("ws2_32 wsock32", "gethostbyname", 1)
def gethostbyname(call: Call) -> int:
    machine = call.machine
    name = machine.memory.ansi(call[0], 256) if call[0] else facts.COMPUTER
    raw = machine.heap.keep(_resolved(call, name))
    heap, memory, width = machine.heap, machine.memory, machine.width
    row = heap.zeroed(4 * width)
    memory.put_pointer(row, raw)
    entry = heap.zeroed(4 * width + 16)
    memory.put_pointer(entry, heap.keep(name.encode("latin-1", "replace") + b"\0"))
    memory.put_pointer(entry + width, row + 2 * width)
    memory.write(entry + 2 * width, struct.pack("<hh", 2, 4))
    memory.put_pointer(entry + 3 * width if width == 8 else entry + 12, row)
    return entry


@api("ws2_32", "getaddrinfo GetAddrInfoW", 4)
def getaddrinfo(call: Call) -> int:
    machine = call.machine
    wide = call.name.endswith("W")
    raw = _resolved(call, call.text_at(call[0], wide))
    port = call.text_at(call[1], wide)
    address = (
        struct.pack("<H", 2)
        + (int(port) if port.isdigit() else 0).to_bytes(2, "big")
        + raw
        + bytes(8)
    )
    place = machine.heap.keep(address)
    entry = machine.heap.zeroed(48)
    machine.memory.write(entry, struct.pack("<iiii", 0, 2, 1, 6))
    at = entry + 16
    if machine.width == 8:
        machine.memory.write(at, struct.pack("<QQQQ", 16, 0, place, 0))
    else:
        machine.memory.write(at, struct.pack("<IIII", 16, 0, place, 0))
    call.put_pointer(call[3], entry)
    return 0


@api("ws2_32 wsock32", "gethostname", 2)
def gethostname(call: Call) -> int:
    call.put(call[0], facts.COMPUTER.encode()[: max(0, call.signed(1) - 1)] + b"\0")
    return 0
