"""Sockets that only root can make, handed to a worker that asks for them.

A worker may have been taken over: what it asks for is bounded here, and nobody else is served.
"""

from __future__ import annotations

import contextlib
import socket

import structlog

import drivers
from drivers import DriverError, Marks
from gateway.daemon.channel import Onward, WantOnward
from gateway.daemon.children import Child
from gateway.daemon.topology import Role

log = structlog.get_logger()

MAX_ONWARD = 32
"""Sockets handed out in one packet: SCM_MAX_FD of the kernel is 253, a worker asks for 32."""

_FAMILIES = {int(socket.AF_INET): socket.AF_INET, int(socket.AF_INET6): socket.AF_INET6}


def hand_out(child: Child, untrusted_wish: WantOnward, marks: Marks) -> None:
    """Send `child` transparent sockets: at most MAX_ONWARD, of the two families there are.

    One that is no worker, or wants another family, gets none. Nor does one that asks when the
    machine has none to give: it asks again.
    """
    family = _FAMILIES.get(untrusted_wish.family)
    if child.kind.role is not Role.WORKER or family is None:
        return
    count = max(0, min(untrusted_wish.count, MAX_ONWARD))
    with contextlib.ExitStack() as sockets:
        try:
            made = [
                sockets.enter_context(drivers.make_onward_socket(family, marks))
                for _ in range(count)
            ]
        except (DriverError, OSError) as error:
            log.error("no socket for the next hop", process=child.name, why=str(error))
            return
        child.send(Onward(int(family)), tuple(sock.fileno() for sock in made))
