"""A DNS server on the loopback for tests, with answers from a table."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tools.mail.netns import open_socket

Table = Mapping[str, tuple[str, ...] | str]
"""`TXT example.org` -> records as zone files write them; `silence` and `broken` as the only record
are no answer, and a refusal."""


class DnsServer:
    """Answers on `port` until closed; `asked` are the questions it got. `port` 0: any that is free;
    `netns`: the network namespace it answers in."""

    def __init__(self, table: Table, port: int = 0, netns: str = "") -> None:
        self._table = table
        self._socket = open_socket(socket.AF_INET, netns, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            packet, peer = self._socket.recvfrom(4096)
            if packet == b"end":
                return
            answer = self._answer(packet)
            if answer:
                self._socket.sendto(answer, peer)

    def _answer(self, packet: bytes) -> bytes:
        query = dns.message.from_wire(packet)
        (question,) = query.question
        key = f"{dns.rdatatype.to_text(question.rdtype)} {question.name.to_text(True).lower()}"
        self.asked.append(key)
        records = self._table.get(key, ())
        records = (records,) if isinstance(records, str) else records
        if records == ("silence",):
            return b""
        if records == ("garbage",):
            return b"\x00" * 3
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if records == ("broken",):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records:
            answer.answer.append(
                dns.rrset.from_text(question.name, 60, "IN", question.rdtype, *records)
            )
        elif not any(name.endswith(f" {question.name.to_text(True)}") for name in self._table):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()

    def close(self) -> None:
        """End the thread by a packet from its own socket: the namespace may be gone already."""
        self._socket.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()


@contextmanager
def dns_server(table: Table, port: int = 0, netns: str = "") -> Iterator[DnsServer]:
    server = DnsServer(table, port, netns)
    try:
        yield server
    finally:
        server.close()
