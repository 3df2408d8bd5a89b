"""The image is started in QEMU and judged from outside; run by `./build.sh test --image`.

One machine serves all tests of this file: a start costs a minute and more without KVM.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.image.machines import Running, newest_image, started
from tools.boot.acceptance import demo, fitting, state

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The image, started, and taking mail."""
    with started(tmp_path_factory.mktemp("machine")) as machine:
        machine.takes_mail()
        yield machine


def test_everything_is_up_and_as_planned(running: Running) -> None:
    facts = list(state(running.appliance))
    for fact in facts:
        print(f"{fact.name}: {fact.seen}")
    assert [f"{fact.name}: {fact.seen}" for fact in facts if not fact.well] == []


def test_the_demos_mails_get_what_is_promised(running: Running) -> None:
    mails = fitting(newest_image().stem.removeprefix("sluice-"))
    lines = list(demo(running.appliance, running.server, running.directory, mails))
    assert {line.mail: line.differs for line in lines if line.differs} == {}
