"""The interceptor: decisions as verdicts, and what it hears."""

from __future__ import annotations

import os

import pytest

from drivers import Accept, Drop, Marks, Question, Side, Syn
from gateway.daemon.channel import Drain, NewPolicy, Workers
from gateway.daemon.interceptor import Interceptor
from gateway.daemon.launch import Launch, sealed

MARKS = Marks(0x5C000000)


def interceptor(policy: str = "", config: str = "") -> Interceptor:
    return Interceptor(
        Launch(config, "gateway.toml", policy, "policy.toml", workers=2, mark_base=0x5C000000)
    )


def question(source: str = "192.0.2.10", port: int = 40000) -> Question:
    return Question(0, Syn(4, source, "192.0.2.20", port, 25), Side.CLIENT, 1)


def test_each_decision_is_a_verdict() -> None:
    on = interceptor('[steering]\npass_networks = ["192.0.2.1/32"]\n')
    assert on.decide(question()) == Accept(MARKS.worker(0))
    assert on.decide(question("192.0.2.1")) == Accept(MARKS.passed)
    on.hear(Workers([-1, -1]), ())
    assert isinstance(on.decide(question(port=1)), Drop)
    assert sum(on.beat().counters.values()) == 3


def test_bypass_is_taken_from_the_settings() -> None:
    on = interceptor(config='on_failure = "bypass"\n')
    on.hear(Workers([-1, -1]), ())
    assert on.decide(question()) == Accept(MARKS.passed)


def test_a_new_policy_is_read_from_its_letter() -> None:
    on = interceptor()
    text = '[steering]\ndrop_networks = ["192.0.2.10/32"]\n' + "# long\n" * 50_000
    on.hear(NewPolicy("other.toml", True), (sealed(text.encode()),))
    assert isinstance(on.decide(question()), Drop)
    assert list(on.beat().counters) == ["drop: network 192.0.2.10/32 is listed, other.toml line 2"]
    assert on.table.bypass


@pytest.mark.parametrize("message", [Drain(), Workers([0, 0]), NewPolicy("p.toml", False)])
def test_descriptors_that_nobody_needs_are_closed(message: object) -> None:
    on = interceptor()
    reader, writer = os.pipe()
    files = (writer,) if not isinstance(message, NewPolicy) else (sealed(b""), writer)
    on.hear(message, files)  # type: ignore[arg-type]
    assert os.read(reader, 1) == b"", "the other end is closed"
    os.close(reader)


def test_a_packet_that_no_rule_of_ours_queued_is_inspected_as_well() -> None:
    syn = Syn(4, "192.0.2.10", "192.0.2.20", 40000, 25)
    assert interceptor().decide(Question(0, syn, None, 1)) == Accept(MARKS.worker(0))
