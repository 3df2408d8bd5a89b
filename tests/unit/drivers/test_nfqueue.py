"""Every packet gets exactly one verdict: accept with a mark, or drop. Without a kernel."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from drivers import Accept, Decide, Drop, Marks, Question, Queue, Side
from tests.unit.drivers.test_syn import FOUR, ipv4, tcp

MARKS = Marks(0x5C000000)


@dataclass
class FakePacket:
    payload: bytes = ipv4(tcp())
    mark: int = MARKS.asking(Side.SERVER)
    indev: int = 4
    verdicts: list[str] = field(default_factory=list)

    def get_payload(self) -> bytes:
        return self.payload

    def set_mark(self, mark: int) -> None:
        self.verdicts.append(f"mark {mark:#x}")

    def accept(self) -> None:
        self.verdicts.append("accept")

    def drop(self) -> None:
        self.verdicts.append("drop")


class FakeLibrary:
    """Delivers one packet at each run; knows no `repeat`."""

    packet = FakePacket()

    def bind(self, number: int, callback: object, **options: object) -> None:
        self.callback = callback

    def run(self, block: bool) -> None:
        assert not block
        assert callable(self.callback)
        self.callback(self.packet)

    def get_fd(self) -> int:
        return 99

    def unbind(self) -> None:
        self.callback = None


@pytest.fixture
def packet(monkeypatch: pytest.MonkeyPatch) -> FakePacket:
    monkeypatch.setattr("drivers.nfqueue.NetfilterQueue", FakeLibrary)
    FakeLibrary.packet = FakePacket()
    return FakeLibrary.packet


def read(decide: Decide) -> Queue:
    queue = Queue(5, decide, MARKS)
    queue.read()
    return queue


def test_the_question_says_all_and_acceptance_carries_the_mark(packet: FakePacket) -> None:
    asked: list[Question] = []

    def decide(question: Question) -> Accept:
        asked.append(question)
        return Accept(MARKS.worker(3))

    queue = read(decide)
    assert asked == [Question(5, FOUR, Side.SERVER, 4)]
    assert packet.verdicts == ["mark 0x5c008003", "accept"]
    assert queue.fileno() == 99


def test_drop(packet: FakePacket) -> None:
    read(lambda question: Drop())
    assert packet.verdicts == ["drop"]


def test_what_cannot_be_read_is_dropped_and_counted(packet: FakePacket) -> None:
    packet.payload = b"\x45"
    queue = read(lambda question: pytest.fail("was asked"))
    assert packet.verdicts == ["drop"]
    assert queue.unreadable == 1


def test_a_decision_that_fails_drops_its_packet_and_is_told(packet: FakePacket) -> None:
    def decide(question: Question) -> Accept:
        raise RuntimeError("broken")

    queue = Queue(5, decide, MARKS)
    with pytest.raises(RuntimeError, match="broken"):
        queue.read()
    assert packet.verdicts == ["drop"]


def test_after_closing_nothing_is_read(packet: FakePacket) -> None:
    queue = Queue(5, lambda question: Drop(), MARKS)
    queue.close()
    queue.close()
    queue.read()
    assert packet.verdicts == []
