"""What contradicts itself is refused when the value is built, with one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from drivers import DriverError, Marks, Mode, PairConfig, Route, Side

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"server_nic": "eth1"}, "both eth1"),
    ({"client_nic": "no such"}, "not a network interface name"),
    ({"client_nic": "eth1\n"}, "not a network interface name"),
    ({"client_nic": "a" * 16}, "not a network interface name"),
    ({"client_nic": 'x"; flush'}, "not a network interface name"),
    ({"bridge_name": "eth2"}, "name of its own NIC"),
    ({"addresses": ("192.0.2.300/24",)}, "not an address"),
    ({"client_addresses": ("192.0.2.1/24",)}, "its NICs cannot have any"),
    ({"mode": Mode.ROUTED, "addresses": ("192.0.2.1/24",)}, "not on a bridge"),
    ({"gateways": ("192.0.2.1", "192.0.2.2")}, "one gateway per address family"),
    ({"gateways": ("router",)}, "not an address"),
    ({"workers": 0}, "number of workers"),
    ({"workers": 257}, "number of workers"),
    ({"ports": ()}, "at least one"),
    ({"ports": (0,)}, "1 to 65535"),
    ({"ports": (12600,)}, "among the workers' listener ports"),
    ({"listener_base": 65400}, "listener ports must lie"),
    ({"intercept_from": ()}, "at least one side"),
    ({"queue_base": 65535}, "first queue"),
    ({"mark_base": 0x1234}, "low half zero"),
    ({"mark_base": 0}, "low half zero"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_contradictions(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DriverError, match=sentence) as caught:
        PairConfig(**({"client_nic": "eth1", "server_nic": "eth2"} | changes))
    assert str(caught.value).endswith(".")


def test_a_route_has_one_family() -> None:
    Route("198.51.100.0/24", "192.0.2.1")
    with pytest.raises(DriverError, match="another family"):
        Route("2001:db8::/32", "192.0.2.1")
    with pytest.raises(DriverError, match="not a network"):
        Route("198.51.100.1/24", "192.0.2.1")


def test_marks_never_coincide_and_name_their_side() -> None:
    marks = Marks(0x5C000000)
    every = [marks.owned, marks.passed, marks.bypassed, marks.socket]
    every += [marks.worker(k) for k in range(256)]
    for side in Side:
        every += [marks.side(side), marks.asking(side)]
        assert marks.side_of(marks.asking(side)) is side
    assert len(set(every)) == len(every)
    assert marks.side_of(marks.passed) is None
    assert marks.side_of(0x100) is None
    with pytest.raises(ValueError, match="worker 256"):
        marks.worker(256)
