"""A machine with a TPM 2.0: its state is encrypted from the first start on.

The TPM opens it; when that is another one, the recovery key does."""

from __future__ import annotations

import re
import shutil
import time

import pytest

from tests.image.machines import started
from tools.boot.stand import PROMPT

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(3600)]

KEY = re.compile(r"\b(?:[cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}\b")
"""A recovery key of systemd-cryptenroll(1), in letters that keyboards have in the same place."""

ASKED_SECONDS = 1200.0


def test_the_state_is_encrypted_and_opens_without_its_tpm() -> None:
    with started(tpm=True) as running:
        appliance = running.appliance
        running.takes_mail()
        assert "state   encrypted" in appliance.run("update status")
        told = appliance.root("blkid -p /dev/disk/by-partlabel/sluice-state; df /var | tail -1")
        assert "crypto_LUKS" in told and "/dev/mapper/sluice-state" in told
        found = KEY.search(appliance.run("recovery-key"))
        assert found

        # From now on the TPM opens it, nobody types anything.
        running.pull_the_plug()
        running.power_on()
        running.takes_mail()

        # Another TPM: the console asks, and the mails and settings of before are there.
        running.pull_the_plug()
        shutil.rmtree(appliance.wanted.tpm_memory)
        running.power_on()
        appliance.console.wait(r"recovery key|passphrase|password", ASKED_SECONDS)
        appliance.console.type(found.group())
        appliance.powered = time.monotonic()
        running.takes_mail()
        appliance.login()
        appliance.console.type("trace last")
        assert "anna@" in appliance.console.wait(PROMPT, 300.0)
