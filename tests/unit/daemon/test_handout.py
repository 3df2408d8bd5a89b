"""Sockets for connections onward: who gets them, how many, and what happens when there are none."""

from __future__ import annotations

import socket

import pytest

import drivers
from drivers import Marks
from gateway.daemon.channel import Onward, WantOnward
from gateway.daemon.handout import MAX_ONWARD, hand_out
from gateway.daemon.topology import Role
from tests.unit.daemon.processes import child, told


def test_sockets_are_handed_out_to_workers_only_and_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[socket.socket] = []

    def make(family: socket.AddressFamily, marks: object) -> socket.socket:
        made.append(socket.socket(family))
        return made[-1]

    monkeypatch.setattr(drivers, "make_onward_socket", make)
    for role, family, count, expected in (
        (Role.WORKER, int(socket.AF_INET), 3, 3),
        (Role.WORKER, int(socket.AF_INET6), 10_000, MAX_ONWARD),
        (Role.WORKER, int(socket.AF_INET), -5, 0),
        (Role.WORKER, int(socket.AF_UNIX), 3, None),
        (Role.EMULATOR, int(socket.AF_INET), 3, None),
    ):
        del made[:]
        one = child(role, 0)
        hand_out(one, WantOnward(family, count), Marks(0x100))
        assert told(one) == ([] if expected is None else [Onward(family)])
        assert len(made) == (expected or 0)
        assert all(sock.fileno() == -1 for sock in made), "ours are closed again"


def test_a_machine_out_of_descriptors_costs_a_worker_its_wait_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[socket.socket] = []

    def make(family: socket.AddressFamily, marks: object) -> socket.socket:
        if len(made) == 2:
            raise OSError(24, "Too many open files")
        made.append(socket.socket(family))
        return made[-1]

    monkeypatch.setattr(drivers, "make_onward_socket", make)
    one = child(Role.WORKER, 0)
    hand_out(one, WantOnward(int(socket.AF_INET), 5), Marks(0x100))
    assert told(one) == []
    assert all(sock.fileno() == -1 for sock in made)
