"""The stock of sockets for connections onward: asked for in time, never lost, never waited on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from gateway.daemon import onward
from gateway.daemon.channel import Onward, WantOnward
from gateway.daemon.onward import LOW, READY, OnwardError, OnwardSockets

FOUR, SIX = int(socket.AF_INET), int(socket.AF_INET6)


def play(test: Callable[[list[WantOnward]], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test([]), 20))


def made(count: int, family: int = FOUR) -> tuple[int, ...]:
    return tuple(socket.socket(family).detach() for _ in range(count))


def test_it_asks_once_for_each_family_and_again_when_few_are_left() -> None:
    async def test(asked: list[WantOnward]) -> None:
        stock = OnwardSockets(asked.append)
        for _ in range(3):
            stock.fill()
        assert asked == [WantOnward(FOUR, READY), WantOnward(SIX, READY)]
        stock.take_delivery(Onward(FOUR), made(READY))
        stock.take_delivery(Onward(SIX), made(READY, SIX))
        del asked[:]
        for _ in range(READY - LOW):
            (await stock._take(socket.AF_INET)).close()
        assert asked == []
        (await stock._take(socket.AF_INET)).close()
        assert asked == [WantOnward(FOUR, READY)]

    play(test)


def test_sockets_of_no_family_are_closed() -> None:
    async def test(asked: list[WantOnward]) -> None:
        reader, writer = socket.socketpair()
        OnwardSockets(asked.append).take_delivery(Onward(999), (writer.detach(),))
        assert reader.recv(1) == b""
        reader.close()

    play(test)


def test_a_session_waits_for_a_delivery_and_is_told_when_none_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(onward, "WAIT_SECONDS", 0.1)

    async def test(asked: list[WantOnward]) -> None:
        stock = OnwardSockets(asked.append)
        stock.fill()
        with pytest.raises(OnwardError, match="hands out no sockets"):
            await stock._take(socket.AF_INET)
        waiting = asyncio.create_task(stock._take(socket.AF_INET))
        await asyncio.sleep(0.01)
        stock.take_delivery(Onward(FOUR), made(1))
        (await waiting).close()
        assert len(asked) > 2, "it asked again, since what it had asked for did not come"

    play(test)


def test_a_connection_comes_from_the_clients_address() -> None:
    async def test(asked: list[WantOnward]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            stock = OnwardSockets(asked.append)
            stock.take_delivery(Onward(FOUR), made(1))
            sock = await stock.connect("127.0.0.9", server.getsockname())
            assert server.accept()[1][0] == "127.0.0.9"
            sock.close()

    play(test)


@pytest.mark.parametrize(
    ("client", "host", "says"),
    [
        ("127.0.0.1", "127.0.0.1", "does not answer: Connection refused"),
        ("198.51.100.77", "127.0.0.1", "does not answer: Cannot assign requested address"),
    ],
)
def test_a_next_hop_that_cannot_be_reached_is_one_sentence(
    client: str, host: str, says: str
) -> None:
    async def test(asked: list[WantOnward]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        stock = OnwardSockets(asked.append)
        stock.take_delivery(Onward(FOUR), made(1))
        with pytest.raises(OnwardError, match=says):
            await stock.connect(client, (host, port))

    play(test)
