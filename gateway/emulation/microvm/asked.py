"""What the sinkhole was asked, put beside what the processes did. Pure."""

from __future__ import annotations

from gateway.emulation.contract import Actor, Behaviour, Kind
from gateway.emulation.microvm.said import Asked, Said


def names(said: Said) -> dict[str, str]:
    """The host of each address that the sinkhole gave."""
    return {each.words[0]: _host(each) for each in said.asked if each.words}


def network(said: Said, found: list[Behaviour], first: Actor) -> list[Behaviour]:
    """What the sinkhole heard, told of the process that connected there."""
    actors = {each.target: each.actor for each in found if each.kind is Kind.NETWORK}
    for asked in said.asked:
        actor = actors.get(asked.target, first)
        if asked.action != "send" or not asked.words:
            continue
        moment = round(max(0.0, asked.at - said.start), 3)
        words = asked.words
        if len(words) > 1:
            verb, path = (*words[0].split(" "), "")[:2]
            url = f"http://{words[1] or asked.target}{path}"
            words = [f"{verb} {url}"]
        action = "connect" if len(asked.words) > 1 else "send"
        found.append(Behaviour(moment, Kind.NETWORK, actor, action, asked.target, tuple(words)))
    return sorted(found, key=lambda each: each.time)


def _host(asked: Asked) -> str:
    return asked.target if asked.action == "resolve" else asked.target.rpartition(":")[0]
