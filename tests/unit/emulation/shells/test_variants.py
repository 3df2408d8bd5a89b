"""Common disguises that no table of samples has: each must be called malicious."""

from __future__ import annotations

import pytest

from gateway.emulation import Environment
from gateway.emulation.scripts import cmd_environment, powershell_environment, wsh_environment
from gateway.model import Verdict
from gateway.sandbox.blocking import BlockingGuests
from tests.unit.emulation.judging import ran, verdict_of
from tools.corpus.detections.variants import (
    CMD_VARIANTS,
    JSCRIPT_VARIANTS,
    POWERSHELL_VARIANTS,
    VBSCRIPT_VARIANTS,
)


def _malicious(environment: Environment, name: str, kind: str, text: str) -> None:
    data = text.replace("\n", "\r\n").encode()
    result = ran(environment, name, kind, data)
    assert verdict_of(result) is Verdict.MALICIOUS, result


@pytest.mark.parametrize("name", POWERSHELL_VARIANTS)
def test_powershell(name: str, guests: BlockingGuests) -> None:
    _malicious(powershell_environment(guests), "s.ps1", "powershell", POWERSHELL_VARIANTS[name])


@pytest.mark.parametrize("name", CMD_VARIANTS)
def test_cmd(name: str, guests: BlockingGuests) -> None:
    _malicious(cmd_environment(guests), "s.bat", "batch", CMD_VARIANTS[name])


@pytest.mark.parametrize("name", VBSCRIPT_VARIANTS)
def test_vbscript(name: str, guests: BlockingGuests) -> None:
    _malicious(wsh_environment(guests), "s.vbs", "vbscript", VBSCRIPT_VARIANTS[name])


@pytest.mark.parametrize("name", JSCRIPT_VARIANTS)
def test_jscript(name: str, guests: BlockingGuests) -> None:
    _malicious(wsh_environment(guests), "s.js", "javascript", JSCRIPT_VARIANTS[name])
