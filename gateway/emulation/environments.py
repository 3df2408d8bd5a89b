"""All environments in one explicit, ordered tuple; the first that can run a type takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.emulation.contract import Absent, Detonation, Environment, Sample
from gateway.emulation.gvisor import Gvisor
from gateway.emulation.microvm.environment import MicroVm
from gateway.emulation.null import Null
from gateway.emulation.remote import Remote, RemoteSettings
from gateway.emulation.scripts import (
    cmd_environment,
    office_environment,
    pdf_environment,
    powershell_environment,
    wsh_environment,
)
from gateway.emulation.scripts.confined import Guests, NoGuests
from gateway.emulation.scripts.hosts import FOR_NODE, Host, written_for
from gateway.emulation.viewer import Viewer
from gateway.emulation.winapi.environment import winapi_environment

_NO_SANDBOX = "no sandbox elsewhere is enabled (remote.enabled)"

DEFAULT_ROOT = Path("/var/lib/sluice/guestroot")
"""Where `build.sh setup` has the guest root built."""

DEFAULT_MICROVM = Path("/var/lib/sluice/microvm")
"""Where `build.sh microvm` has the virtual machine built."""

DEFAULT_WORK = Path("/run/sluice/emulation")


def environments(
    root: Path = DEFAULT_ROOT,
    work: Path = DEFAULT_WORK,
    cpus: frozenset[int] | None = None,
    guests: Guests | None = None,
    microvm: Path = DEFAULT_MICROVM,
    remote: RemoteSettings | None = None,
    programs: Guests | None = None,
) -> tuple[Environment, ...]:
    """The environments of this version, in the order in which they are asked.

    guests: what confines interpreters; without it only gVisor's guests run anything. microvm:
    where the virtual machine is, if it was built. remote: a sandbox elsewhere, None for none; it
    is asked first, because who names types for it means it. programs: what confines the emulator
    of Windows programs.
    """
    confined = guests if guests is not None else NoGuests()
    elsewhere = Remote(remote, confined) if remote is not None else Null(_NO_SANDBOX, "remote")
    return (
        elsewhere,
        wsh_environment(confined),
        office_environment(confined),
        pdf_environment(confined),
        powershell_environment(confined),
        cmd_environment(confined),
        winapi_environment(programs if programs is not None else NoGuests()),
        Gvisor(root, work, cpus),
        MicroVm(microvm, confined, cpus),
    )


def asked_by_name(available: tuple[Environment, ...]) -> tuple[Environment, ...]:
    """What runs only where somebody names it, under the name of the environment that it is part of:
    policy never chooses it."""
    return tuple(Viewer(each) for each in available if isinstance(each, Gvisor))


_ASKED_AFTER = {"winapi": "microvm", "wsh": "gvisor"}
"""Emulated calls answer in a second and lack some; Wine has most, and takes longer: it is asked
where the first could not see a program to its end. A script may be written for two hosts."""


@dataclass(frozen=True, slots=True)
class Second:
    """A further environment to ask. both: the sample is written for this one as well as for the
    first, so that the worse answer counts; else the answer counts if it saw the sample's end."""

    environment: Environment
    both: bool = False


def second(
    environment: Environment,
    sample: Sample,
    detonation: Detonation,
    available: tuple[Environment, ...],
) -> Second | None:
    """Which environment to ask after this one has answered; often none."""
    if environment.name == "wsh":
        asked, both = _other_host(sample, detonation)
    else:
        asked, both = detonation.stopped_by is not None, False
    name = _ASKED_AFTER.get(environment.name, "")
    for each in available if asked else ():
        if each.name == name and sample.type in each.types and not each.unsupported(sample):
            return None if isinstance(each.probe(), Absent) else Second(each, both)
    return None


def _other_host(sample: Sample, detonation: Detonation) -> tuple[bool, bool]:
    """Whether node is to run a script that Windows ran, and whether it was written for both.

    A script that names things of node's and did nothing under Windows is tried there: what hides
    the names that tell its host is told by what it does.
    """
    if sample.type != "javascript":
        return False, False
    host = written_for(sample.data).host
    stopped = detonation.stopped_by
    missed = stopped is not None and stopped.detail.startswith(FOR_NODE)
    idle = host is Host.UNSURE and stopped is None and not detonation.behaviours
    return host is Host.BOTH or missed or idle, host is Host.BOTH


_OPENS_DOCUMENTS = "microvm"


def opener(sample: Sample, available: tuple[Environment, ...]) -> Environment | str:
    """The environment in which a document's application opens it, or why there is none."""
    return chosen(sample, tuple(each for each in available if each.name == _OPENS_DOCUMENTS))


def supports(type_name: str, available: tuple[Environment, ...]) -> Environment | str:
    """The environment for a type (a short name of model.FILE_TYPES), or why there is none."""
    return _first(type_name, None, available)


def chosen(sample: Sample, available: tuple[Environment, ...]) -> Environment | str:
    """The environment for a sample: the first that takes its type and does not refuse it."""
    return _first(sample.type, sample, available)


def _first(
    type_name: str, sample: Sample | None, available: tuple[Environment, ...]
) -> Environment | str:
    reasons: list[str] = []
    for environment in available:
        if type_name not in environment.types:
            continue
        state = environment.probe()
        refusal = "" if sample is None else environment.unsupported(sample)
        if isinstance(state, Absent):
            reasons.append(f"{environment.name}: {state.reason}")
        elif refusal:
            reasons.append(refusal)
        else:
            return environment
    return "; ".join(reasons) or f"no environment runs files of type '{type_name}'"
