"""The channel between the supervisor and its processes: a malformed packet closes it, no more."""

from __future__ import annotations

import array
import os
import socket
from collections.abc import Iterator

import msgspec
import pytest

from gateway.daemon.channel import (
    MAX_PACKET,
    Beat,
    ChannelClosedError,
    Drain,
    NewPolicy,
    Onward,
    ProcessEnd,
    SupervisorEnd,
    WantOnward,
    Workers,
    process_end,
    supervisor_end,
)
from gateway.daemon.steering import MAX_COUNTERS


@pytest.fixture
def ends() -> Iterator[tuple[SupervisorEnd, ProcessEnd]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made = supervisor_end(ours), process_end(theirs)
    yield made
    for end in made:
        end.close()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the shortest way to count


def send_raw(end: ProcessEnd, packet: bytes, files: tuple[int, ...] = ()) -> None:
    rights = array.array("i", files).tobytes()
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if files else []
    end.socket.sendmsg([packet], ancillary)


def test_messages_arrive_in_order_with_their_descriptors(
    ends: tuple[SupervisorEnd, ProcessEnd],
) -> None:
    ours, theirs = ends
    reader, writer = os.pipe()
    assert ours.send(Workers([1, -1]))
    assert ours.send(Onward(2), (reader, writer))
    assert theirs.receive() == (Workers([1, -1]), ())
    received = theirs.receive()
    assert received is not None
    message, files = received
    assert message == Onward(2) and len(files) == 2
    os.write(files[1], b"through")
    assert os.read(reader, 100) == b"through"
    for file in (reader, writer, *files):
        os.close(file)
    assert theirs.receive() is None


UNTRUSTED = [
    b"\xc1",
    b"no message",
    msgspec.msgpack.encode({"type": "unheard_of"}),
    msgspec.msgpack.encode({"type": "beat", "sessions": "many"}),
    msgspec.msgpack.encode({"type": "want_onward"}),
    msgspec.msgpack.encode([1, 2, 3]),
    msgspec.msgpack.encode(Drain()),  # a message, but of the other direction
    bytes(MAX_PACKET + 1),
]


@pytest.mark.parametrize("packet", UNTRUSTED)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_what_is_no_message_closes_the_channel_and_leaks_no_descriptor(
    ends: tuple[SupervisorEnd, ProcessEnd], packet: bytes, count: int
) -> None:
    ours, theirs = ends
    file = os.open("/dev/null", os.O_RDONLY)
    before = descriptors()
    send_raw(theirs, packet, (file,) * count)
    with pytest.raises(ChannelClosedError):
        ours.receive()
    assert descriptors() == before
    os.close(file)


def test_more_descriptors_than_allowed_close_the_channel(
    ends: tuple[SupervisorEnd, ProcessEnd],
) -> None:
    ours, theirs = ends
    file = os.open("/dev/null", os.O_RDONLY)
    before = descriptors()
    send_raw(theirs, msgspec.msgpack.encode(Beat()), (file,) * 200)
    with pytest.raises(ChannelClosedError, match="too long"):
        ours.receive()
    assert descriptors() == before
    os.close(file)


def test_a_peer_that_is_gone_is_noticed_on_both_ways(
    ends: tuple[SupervisorEnd, ProcessEnd],
) -> None:
    ours, theirs = ends
    theirs.close()
    with pytest.raises(ChannelClosedError):
        ours.receive()
    with pytest.raises(ChannelClosedError):
        ours.send(Drain())


def test_a_peer_that_does_not_read_blocks_nobody(
    ends: tuple[SupervisorEnd, ProcessEnd],
) -> None:
    ours, _ = ends
    sent = 0
    while ours.send(Workers([0] * 1000)):
        sent += 1
        assert sent < 100_000
    assert sent > 0


def test_a_policy_travels_as_a_descriptor_however_long_it_is(
    ends: tuple[SupervisorEnd, ProcessEnd],
) -> None:
    ours, theirs = ends
    letter = os.memfd_create("letter")
    os.write(letter, b"x" * 1_000_000)
    assert ours.send(NewPolicy("policy.toml", True), (letter,))
    received = theirs.receive()
    assert received is not None
    (file,) = received[1]
    assert os.fstat(file).st_size == 1_000_000
    os.close(file)
    os.close(letter)


def test_the_largest_beat_that_steering_makes_fits_a_packet() -> None:
    longest = "drop: network 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128 is listed, policy.toml line"
    counters = {f"{longest} {number:9}": 2**63 for number in range(MAX_COUNTERS + 3)}
    assert len(msgspec.msgpack.encode(Beat(0, counters))) < MAX_PACKET
    assert len(msgspec.msgpack.encode(WantOnward(2, 32))) < MAX_PACKET
