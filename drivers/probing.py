"""Asks the machine everything a plan depends on, once; changes nothing.

`Probe` is plain data, so that a plan can be made, printed and tested without any machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyroute2 import IPRoute

from drivers.offloads import Offloads, read_offloads
from drivers.rules import Spelling
from drivers.topology import SYSFS, Nic, read_nics

PROC_SYS: Final = Path("/proc/sys")
TRIAL_SECONDS: Final = 30
CAP_NET_ADMIN: Final = 12
"""linux/capability.h"""

RECORDED_SYSCTLS: Final = (
    "net/ipv4/conf/*/rp_filter",
    "net/ipv4/conf/*/forwarding",
    "net/ipv4/conf/*/send_redirects",
    "net/ipv4/conf/*/accept_local",
    "net/ipv6/conf/*/forwarding",
    "net/ipv6/conf/*/accept_ra",
    "net/bridge/bridge-nf-call-*",
)
"""Everything a plan may change, and everything the kernel changes along with it."""

FEATURE_TRIALS: Final = {
    "nft_tproxy": "tcp dport 25 tproxy ip to :12500",
    "nft_socket": "socket transparent 1 socket wildcard 0 accept",
    "nft_fib": "fib daddr type local accept",
    "nft_ct": "ct zone set 1 ct mark set 1 ct direction original accept",
    "nft_reject": "meta l4proto tcp reject with tcp reset",
}
"""Kernel feature -> an inet prerouting rule that needs it."""

BRIDGE_TRIAL: Final = "tcp dport 25 meta pkttype set host ether daddr set 02:00:00:00:00:01"


@dataclass(frozen=True, slots=True)
class Probe:
    """What the machine is, and what its kernel and tools can do.

    `addresses` maps a NIC to its addresses without IPv6 link-local ones, which every interface
    has. `default_routes` are the NICs that a default route of the main table uses. `missing`
    names kernel features that are not there; `spelling` is None when no queue rule can be
    written. `sysctls` are paths below /proc/sys with their values.
    """

    net_admin: bool
    tools: frozenset[str]
    missing: frozenset[str]
    spelling: Spelling | None
    nics: tuple[Nic, ...]
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default_routes: frozenset[str] = frozenset()
    offloads: Mapping[str, Offloads] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)
    nft_tables: frozenset[str] = frozenset()

    def nic(self, name: str) -> Nic | None:
        return next((nic for nic in self.nics if nic.name == name), None)


def probe(sysfs: Path = SYSFS) -> Probe:
    """Look at the calling process's network namespace. Never raises for what is missing."""
    net_admin = _net_admin()
    tools = frozenset(tool for tool in ("nft", "iptables-nft", "unshare") if shutil.which(tool))
    trials = net_admin and "nft" in tools
    nics = read_nics(sysfs)
    return Probe(
        net_admin=net_admin,
        tools=tools,
        missing=_missing_features() if trials else frozenset(),
        spelling=_spelling(tools) if trials else None,
        nics=nics,
        addresses=_addresses(),
        default_routes=_default_routes(),
        offloads={nic.name: read_offloads(nic.name) for nic in nics},
        sysctls=_sysctls(),
        nft_tables=_nft_tables() if trials else frozenset(),
    )


def _net_admin() -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_NET_ADMIN & 1)
    return os.geteuid() == 0


def _missing_features() -> frozenset[str]:
    """One trial for all, and only when it fails one for each."""
    if _inet_trial(*FEATURE_TRIALS.values()) and _bridge_trial():
        return frozenset()
    missing = {name for name, rule in FEATURE_TRIALS.items() if not _inet_trial(rule)}
    if not _bridge_trial():
        missing.add("nft_bridge")
    return frozenset(missing)


def _spelling(tools: frozenset[str]) -> Spelling | None:
    if _inet_trial("queue num 0-1 bypass,fanout"):
        return Spelling.NFT
    if {"iptables-nft", "unshare"} <= tools and _iptables_trial():
        return Spelling.IPTABLES
    return None


def _inet_trial(*rules: str) -> bool:
    chain = "add chain inet sluice_probe c { type filter hook prerouting priority -150; }"
    lines = ["add table inet sluice_probe", chain]
    return _nft_check([*lines, *(f"add rule inet sluice_probe c {rule}" for rule in rules)])


def _bridge_trial() -> bool:
    chain = "add chain bridge sluice_probe c { type filter hook prerouting priority -300; }"
    rule = f"add rule bridge sluice_probe c {BRIDGE_TRIAL}"
    return _nft_check(["add table bridge sluice_probe", chain, rule])


def _nft_check(lines: list[str]) -> bool:
    """`nft -c` has the kernel judge the whole transaction and then throws it away."""
    return _succeeds(["nft", "-c", "-f", "-"], "\n".join(lines) + "\n")


def _iptables_trial() -> bool:
    """iptables has no such check; a namespace that lives as long as the trial leaves nothing."""
    rule = "-t mangle -A PREROUTING -p tcp -m mark --mark 1/1 -j NFQUEUE --queue-balance 0:1"
    return all(
        _succeeds(["unshare", "--net", tool, *rule.split(), "--queue-cpu-fanout"])
        for tool in ("iptables-nft", "ip6tables-nft")
    )


def _succeeds(argv: list[str], text: str = "") -> bool:
    try:
        result = subprocess.run(
            argv, input=text, text=True, capture_output=True, timeout=TRIAL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


def _nft_tables() -> frozenset[str]:
    """Existing tables as `family name`."""
    result = subprocess.run(
        ["nft", "list", "tables"],
        capture_output=True,
        text=True,
        timeout=TRIAL_SECONDS,
        check=False,
    )
    lines = result.stdout.splitlines()
    return frozenset(line.removeprefix("table ").strip() for line in lines if line)


def _addresses() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    with IPRoute() as route:
        names = {link["index"]: link.get("ifname") for link in route.get_links()}
        for message in route.get_addr():
            address = message.get("address") or message.get("local")
            if not address or str(address).lower().startswith("fe80:"):
                continue
            name = names.get(message["index"])
            if name:
                found.setdefault(name, []).append(f"{address}/{message['prefixlen']}")
    return {name: tuple(addresses) for name, addresses in found.items()}


def _default_routes() -> frozenset[str]:
    names: set[str] = set()
    with IPRoute() as route:
        links = {link["index"]: link.get("ifname") for link in route.get_links()}
        for message in (*route.get_default_routes(2), *route.get_default_routes(10)):
            name = links.get(message.get("oif"))
            if name and message.get("table", 254) == 254:
                names.add(name)
    return frozenset(names)


def _sysctls() -> dict[str, str]:
    values: dict[str, str] = {}
    for pattern in RECORDED_SYSCTLS:
        for path in PROC_SYS.glob(pattern):
            try:
                values[str(path.relative_to(PROC_SYS))] = path.read_text().strip()
            except OSError:
                continue  # an interface that went away while we looked
    return values
