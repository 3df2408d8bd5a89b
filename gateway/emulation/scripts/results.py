"""What a guest has written, as a detonation: the host's side of `wire`. Trusts nothing."""

from __future__ import annotations

from gateway.emulation.contract import Behaviour, Budget, Child, Detonation, StopKind, Stopped
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.confined import Confined


def detonation_of(
    name: str, version: str, ran: Confined, seconds: float, budget: Budget
) -> Detonation:
    """The detonation that the environment `name` made of a guest's run."""
    seen: list[wire.Saw] = []
    children: list[Child] = []
    ended: wire.Ended | None = None
    for message in wire.messages(ran.output):
        match message:
            case wire.Saw():
                seen.append(message)
            case wire.Dropped():
                children.append(wire.child(message))
            case wire.Shown():
                continue  # scripts and reports have no screen
            case wire.Ended():
                ended = message
    counts = ended.counts if ended is not None else ()
    found = behaviours(seen, counts)
    kept, omitted = within(children, budget)
    return Detonation(
        environment=name,
        version=version,
        behaviours=found,
        children=kept,
        output=ended.output.encode()[: budget.output] if ended is not None else b"",
        exit_status=ended.exit_status if ended is not None else None,
        seconds=seconds,
        stopped_by=_stopped(ran, ended, budget),
        notes=ended.notes[:20] if ended is not None else (),
        omitted=tuple(omitted),
    )


def _stopped(ran: Confined, ended: wire.Ended | None, budget: Budget) -> Stopped | None:
    if ended is not None:
        return wire.stopped(ended)
    if ran.timed_out:
        return Stopped(StopKind.TIMED_OUT, f"still running after {budget.seconds:g} s")
    if "memory" in ran.lost:
        return Stopped(StopKind.MEMORY, ran.lost)
    return Stopped(StopKind.CRASHED, ran.lost or "the guest said nothing")


def behaviours(seen: list[wire.Saw], counts: tuple[int, ...]) -> tuple[Behaviour, ...]:
    """What the guest told, with the counts of its last message; what cannot be is left out."""
    found: list[Behaviour] = []
    for number, message in enumerate(seen):
        made = wire.behaviour(message, counts[number] if number < len(counts) else message.count)
        if made is not None:
            found.append(made)
    return tuple(found)


def within(children: list[Child], budget: Budget) -> tuple[tuple[Child, ...], list[str]]:
    """Children within the budget, and what was left out."""
    kept: list[Child] = []
    omitted: list[str] = []
    size = 0
    for child in children:
        if len(kept) >= budget.children or size + child.size > budget.child_bytes:
            omitted.append(f"{child.path} ({child.size} bytes)")
            continue
        kept.append(child)
        size += child.size
    return tuple(kept), omitted[:20]
