"""Words of nft that both of its renderers write. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.rules import TABLE, CounterName

BRIDGED_FRAGMENTS = "{ udp, ipv6-icmp, esp }"
"""Fragmented IPv6 whose first header is one of these cannot hide TCP; it is switched as usual.
Anything else in a fragment may (extension headers can fill the whole first fragment, RFC 7112)."""


def declare(
    family: str, counters: Iterable[CounterName], chains: dict[str, str | None]
) -> list[str]:
    """The table, its counters and its chains (name -> hook and priority, None for a chain that is
    only jumped to), the chains emptied."""
    lines = [f"add table {family} {TABLE}"]
    lines += [f"add counter {family} {TABLE} {name}" for name in counters]
    for chain, hook in chains.items():
        base = f" {{ type filter hook {hook}; policy accept; }}" if hook else ""
        lines.append(f"add chain {family} {TABLE} {chain}{base}")
    lines += [f"flush chain {family} {TABLE} {chain}" for chain in chains]
    return lines


def fill(family: str, chain: str, rules: Iterable[str]) -> list[str]:
    """The rules of one chain, in order."""
    return [f"add rule {family} {TABLE} {chain} {rule}" for rule in rules]


def one_of(values: Iterable[object]) -> str:
    """A set of numbers, also for a single one."""
    return "{ " + ", ".join(str(value) for value in values) + " }"


def names(interfaces: Iterable[str]) -> str:
    """A set of interface names, quoted."""
    return "{ " + ", ".join(f'"{name}"' for name in interfaces) + " }"
