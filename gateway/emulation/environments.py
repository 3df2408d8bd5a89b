"""All environments in one explicit, ordered tuple; the first that can run a type takes it."""

from __future__ import annotations

from pathlib import Path

from gateway.emulation.contract import Absent, Environment
from gateway.emulation.gvisor import Gvisor

DEFAULT_ROOT = Path("/var/lib/sluice/guestroot")
"""Where `build.sh setup` has the guest root built."""

DEFAULT_WORK = Path("/run/sluice/emulation")


def environments(
    root: Path = DEFAULT_ROOT, work: Path = DEFAULT_WORK, cpus: frozenset[int] | None = None
) -> tuple[Environment, ...]:
    """The environments of this version, in the order in which they are asked."""
    return (Gvisor(root, work, cpus),)


def supports(type_name: str, available: tuple[Environment, ...]) -> Environment | str:
    """The environment for a type (a short name of model.FILE_TYPES), or why there is none."""
    reasons: list[str] = []
    for environment in available:
        if type_name not in environment.types:
            continue
        state = environment.probe()
        if not isinstance(state, Absent):
            return environment
        reasons.append(f"{environment.name}: {state.reason}")
    return "; ".join(reasons) or f"no environment runs files of type '{type_name}'"
