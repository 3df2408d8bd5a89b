"""The guest's whole internet: names, web pages and anything else, answered harmlessly, told.

Every address is the guest's own (a local route), and every connection is redirected to one port;
the kernel remembers where it was meant to go. Each name gets an address of its own.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable

MARK = b"sinkhole-7f3a"
TEXT = b"'sinkhole-7f3a'\r\n"
PROGRAM = b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + MARK + bytes(2048)
"""As the emulated Windows answers (`gateway.emulation.windows.sinkhole`)."""

PORT = 9
"""Where every connection ends; the discard service of old, which nobody asks for by itself."""

_BINARY = re.compile(rb"\.(exe|dll|scr|com|bin|dat|cpl|ocx|sys|msi|jpg|jpeg|png|gif|zip|rar)\b")
_ORIGINAL_DST = 80
"""SO_ORIGINAL_DST of linux/netfilter_ipv4.h."""

_FIRST_BYTES = 2048
_WAIT_SECONDS = 3.0
_NAMES_MAX = 2000
_CERTIFICATE = "/usr/lib/sluice/sinkhole.pem"

Tell = Callable[[str, str, list[str]], None]
"""What was asked: `resolve`, `connect` or `send`; the target; further words."""


class Sinkhole:
    """Answers in threads of its own until the guest ends."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._names: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._tls: ssl.SSLContext | None = None

    def start(self) -> None:
        """Listen for names and connections."""
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(_CERTIFICATE)
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        names.bind(("0.0.0.0", 53))
        listener = socket.create_server(("0.0.0.0", PORT), backlog=128)
        threading.Thread(target=self._answer_names, args=(names,), daemon=True).start()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _answer_names(self, names: socket.socket) -> None:
        while True:
            question, peer = names.recvfrom(512)
            try:
                names.sendto(self._answer(question), peer)
            except (ValueError, struct.error, IndexError, OSError):
                continue

    def _answer(self, question: bytes) -> bytes:
        """The answer to one question (RFC 1035, section 4): an address for A, nothing else."""
        labels: list[str] = []
        at = 12
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode("latin-1"))
            at += 1 + question[at]
        kind = struct.unpack_from(">H", question, at + 1)[0]
        name = ".".join(labels).lower()
        wanted = question[12 : at + 5]
        known = name in self._names
        address = self._address(name)
        if not known:
            self._tell("resolve", name, [address])
        if kind != 1:
            return question[:2] + b"\x81\x80\0\1\0\0\0\0\0\0" + wanted
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address)
        return question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + wanted + record

    def _address(self, name: str) -> str:
        if name not in self._names and len(self._names) < _NAMES_MAX:
            number = len(self._names) + 1
            self._names[name] = f"198.18.{number >> 8}.{number & 255}"
            self._addresses[self._names[name]] = name
        return self._names.get(name, "198.19.255.255")

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._converse(connection)
            except (OSError, ValueError):
                return

    def _converse(self, connection: socket.socket) -> None:
        raw = connection.getsockopt(socket.SOL_IP, _ORIGINAL_DST, 16)
        port, packed = struct.unpack_from(">2xH4s", raw)
        address = socket.inet_ntoa(packed)
        target = f"{self._addresses.get(address, address)}:{port}"
        self._tell("connect", target, [address])
        connection.settimeout(_WAIT_SECONDS)
        if connection.recv(1, socket.MSG_PEEK) == b"\x16" and self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
        first = connection.recv(_FIRST_BYTES)
        line = first.partition(b"\r\n")[0]
        if re.match(rb"[A-Z]{3,8} \S+ HTTP/1", line):
            self._tell("send", target, [line.decode("latin-1"), _host(first)])
            body = PROGRAM if _BINARY.search(line) else TEXT
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
            head += b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)
        elif first:
            self._tell("send", target, [first[:200].decode("latin-1")])


def _host(request: bytes) -> str:
    found = re.search(rb"\r\nHost: *([^\r\n]{1,255})", request, re.IGNORECASE)
    return found[1].decode("latin-1") if found else ""
