"""Files as `gatewayctl emulate` judges them: typed by content, unlocked, with what they carry.

No virus scanner is asked: only what emulation sees counts.
"""

from __future__ import annotations

from pathlib import Path

from gateway.cli.emulating import Asked, emulate_all, samples_of
from gateway.emulation.report import EmulationReport
from gateway.policy import GatewayConfig, Policy


def judged(files: list[Path], seconds: int) -> list[EmulationReport]:
    """What emulation says of each file, in the order of their names."""
    config = GatewayConfig.model_validate({"antivirus": {"socket": "/nonexistent/clamd.ctl"}})
    found: list[EmulationReport] = []
    asked = Asked("", seconds)
    emulate_all(
        samples_of(files, config), asked, config, Policy(), lambda report, _: found.append(report)
    )
    return sorted(found, key=lambda report: report.file)
