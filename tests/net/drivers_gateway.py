"""A miniature gateway for the driver tests, run inside the lab's gateway namespace.

It applies a plan, answers the queues, accepts, connects onward from the client's address and
relays, putting `MARKER` before what the server says: a client that reads it was inspected. It
takes commands as JSON lines on standard input and answers each with one JSON line.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import selectors
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import msgspec

import drivers
from drivers.execute import do

MARKER = b"inspected "
PASS_SOURCES = {"192.0.2.77", "2001:db8::77", "2001:db8:1::77"}
"""Connections from here get the verdict to pass."""


class Settings(msgspec.Struct):
    """The one argument, as JSON."""

    pair: drivers.PairConfig
    state: str
    keep_port: bool = False
    listen: bool = True
    bind: bool = True


class Gateway:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.marks = drivers.Marks(settings.pair.mark_base)
        self.questions: list[drivers.Question] = []
        self.next_worker = 0
        plan = drivers.make_plan(settings.pair, drivers.probe())
        self.applied = drivers.apply(plan, Path(settings.state))
        self.selector = selectors.DefaultSelector()
        self.queues: drivers.QueueSet | None = None
        self.listeners: dict[int, drivers.Listeners] = {}
        if settings.listen:
            for k in range(settings.pair.workers):
                self.listen(k)
        if settings.bind:
            self.bind()

    def listen(self, k: int) -> None:
        pair = self.settings.pair
        self.listeners[k] = drivers.make_listeners(
            k, listener_base=pair.listener_base, marks=self.marks
        )
        for sock in (self.listeners[k].v4, self.listeners[k].v6):
            self.selector.register(sock, selectors.EVENT_READ, self.accept)

    def bind(self) -> None:
        numbers = range(
            self.settings.pair.queue_base,
            self.settings.pair.queue_base + self.settings.pair.workers,
        )
        self.queues = drivers.QueueSet(numbers, self.decide, self.marks)
        for queue in self.queues.queues.values():
            self.selector.register(queue, selectors.EVENT_READ, lambda _, queue=queue: queue.read())

    def decide(self, question: drivers.Question) -> drivers.Verdict:
        self.questions.append(question)
        if question.syn.src in PASS_SOURCES:
            return drivers.Accept(self.marks.passed)
        self.next_worker = (self.next_worker + 1) % self.settings.pair.workers
        return drivers.Accept(self.marks.worker(self.next_worker))

    def accept(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client: socket.socket) -> None:
        peer, target = client.getpeername(), client.getsockname()
        with client, drivers.make_onward_socket(client.family, self.marks) as server:
            client.setblocking(True)
            server.setblocking(True)
            server.settimeout(5)
            with contextlib.suppress(OSError):
                server.bind((peer[0], peer[1] if self.settings.keep_port else 0))
                server.connect(target[:2])
                server.settimeout(None)
                client.sendall(MARKER)
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join()

    def run(self) -> None:
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)
        say({"ready": True})
        while True:
            for key, _ in self.selector.select():
                if key.data is not None:
                    with contextlib.suppress(BlockingIOError):
                        key.data(key.fileobj)
                elif not self.command(sys.stdin.readline()):
                    return

    def command(self, line: str) -> bool:
        words = line.split()
        match words:
            case ["counters"]:
                say({str(k): v.packets for k, v in drivers.read_counters().items()})
            case ["questions"]:
                say([msgspec.to_builtins(question) for question in self.questions])
            case ["unbind"]:
                if self.queues:
                    for queue in self.queues.queues.values():
                        self.selector.unregister(queue)
                    self.queues.close()
                say({"unbound": True})
            case ["bind"]:
                self.bind()
                say({"bound": True})
            case ["deafen", k]:
                for sock in (self.listeners[int(k)].v4, self.listeners[int(k)].v6):
                    self.selector.unregister(sock)
                self.listeners.pop(int(k)).close()
                say({"deaf": k})
            case ["update", workers, on_failure]:
                count = int(workers)
                self.applied.update(
                    workers=tuple(range(count)), on_failure=drivers.OnFailure(on_failure)
                )
                self.settings.pair = replace(self.settings.pair, workers=count)
                say({"updated": True})
            case _:  # "quit", or standard input closed
                if self.queues:
                    self.queues.close()
                say(self.applied.revert())
                return False
        return True


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def serve(port: int) -> None:
    """The mail server of the tests: says who it sees, then echoes."""
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    say({"ready": True})
    while True:
        sock, peer = listener.accept()
        threading.Thread(target=answer, args=(sock, peer), daemon=True).start()


def answer(sock: socket.socket, peer: tuple[str, int]) -> None:
    address = ipaddress.IPv6Address(peer[0])
    with sock, contextlib.suppress(OSError):
        sock.sendall(f"peer {address.ipv4_mapped or address} {peer[1]}\n".encode())
        while data := sock.recv(65536):
            sock.sendall(data)


def crash(settings: Settings) -> None:
    """Commands: `steps`; `before NAME` and `inside NAME`, which apply in a child process that
    dies, as of kill -9, before that step's first action or after it; `repair`."""
    plan = drivers.make_plan(settings.pair, drivers.probe())
    say({"ready": True})
    for line in sys.stdin:
        command, _, name = line.strip().partition(" ")
        if command == "steps":
            say([step.name for step in plan.steps])
        elif command == "repair":
            say(drivers.repair(Path(settings.state)))
        else:
            say(crash_at(name, plan, Path(settings.state), inside=command == "inside"))


def crash_at(name: str, plan: drivers.Plan, state: Path, *, inside: bool) -> int:
    """The signal of which the child died."""

    def die_at(step: str) -> None:
        if step == name:
            if inside:
                do(next(found for found in plan.steps if found.name == name).do[0])
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        drivers.apply(plan, state, die_at)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def main() -> None:
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
        return
    if sys.argv[1] == "crash":
        crash(msgspec.json.decode(sys.argv[2], type=Settings))
        return
    try:
        gateway = Gateway(msgspec.json.decode(sys.argv[1], type=Settings))
    except drivers.DriverError as error:
        say({"error": str(error)})
        sys.exit(1)
    gateway.run()


if __name__ == "__main__":
    main()
