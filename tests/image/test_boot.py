"""The image is started in QEMU and judged from outside; run by `./build.sh test --image`.

One machine serves all tests of this file: a start costs a minute and more without KVM.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from textwrap import wrap

import pytest

from tests.image.machines import Running, profile, started
from tools.boot.acceptance import cores, demo, fitting, state
from tools.corpus.detections import WINAPI_BAD
from tools.corpus.detections.winapi_programs import available
from tools.image.guest import EMULATING

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(3600)]

TYPED_AT_ONCE = 1000
"""Characters of a line at a console, whose own limit is 4095."""


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The image, started, and taking mail."""
    with started() as machine:
        machine.takes_mail()
        yield machine


def test_everything_is_up_and_as_planned(running: Running) -> None:
    facts = list(state(running.appliance))
    for fact in facts:
        print(f"{fact.name}: {fact.seen}")
    assert [f"{fact.name}: {fact.seen}" for fact in facts if not fact.well] == []


def test_the_demos_mails_get_what_is_promised(running: Running) -> None:
    mails = fitting(profile())
    lines = list(demo(running.appliance, running.server, running.directory, mails))
    differs = {line.mail: line.differs for line in lines if line.differs}
    print(f"{len(lines) - len(differs)} of {len(lines)} mails as promised")
    assert differs == {}


@pytest.mark.skipif(not available(), reason="Debian's compilers for Windows are not installed")
def test_a_windows_program_runs_in_a_guest_of_its_own(running: Running) -> None:
    """The second Python environment, in which such guests live, is in the image and works."""
    if profile() not in EMULATING:
        pytest.skip("this image does not emulate")
    case = next(case for case in WINAPI_BAD if case.name == "run_key-64.exe")
    packed = base64.b64encode(gzip.compress(case.make())).decode()
    lines = [f"echo {piece} >>/run/program.b64" for piece in wrap(packed, TYPED_AT_ONCE)]
    lines.append("base64 -d /run/program.b64 | zcat >/run/program.exe")
    lines.append("gatewayctl emulate --seconds 180 --environment winapi /run/program.exe")
    told = running.appliance.root("\r".join(lines))
    print(told[told.rindex("emulate") :])
    assert "malicious" in told
    assert "It arranges to be started with Windows." in " ".join(told.split())


def test_interrupts_and_workers_are_where_the_plan_says(running: Running) -> None:
    for fact in cores(running.appliance):
        print(f"{fact.name}: {fact.seen}")
        assert fact.well, fact.seen


def test_a_byte_changed_in_the_root_partition_is_refused(running: Running) -> None:
    """Changed behind the running system's back, in a block that nothing has read yet."""
    block = 250_000  # behind what squashfs fills; the hash tree covers the whole partition
    told = running.appliance.root(
        "device=/dev/$(ls /sys/class/block/dm-0/slaves | head -1); root=/dev/mapper/root;"
        " for part in $(ls /sys/class/block/dm-0/slaves); do"
        " [ $(blockdev --getsize64 /dev/$part) -gt 1000000000 ] && device=/dev/$part; done;"
        f" dd if=$root bs=4096 count=1 skip={block + 1} iflag=direct of=/dev/null 2>&1 | tail -1;"
        f" printf X | dd of=$device bs=1 seek={block * 4096} conv=notrunc 2>/dev/null; sync;"
        f" dd if=$root bs=4096 count=1 skip={block} iflag=direct of=/dev/null"
    )
    assert "4096 bytes" in told
    assert "Input/output error" in told
