"""The kernel settings of the pair as steps of a plan, and of everybody else as they were.

Pure. Every undo says the value that was there before. The rule for all of them: while the pair is
up, every other interface behaves as it did.
"""

from __future__ import annotations

from drivers import actions as act
from drivers.actions import AnyAction, Step
from drivers.config import Mode, PairConfig
from drivers.probing import PROC_SYS, Probe


def write_sysctl(key: str, value: str) -> AnyAction:
    return act.WriteFile(str(PROC_SYS / key), value)


def sysctl_steps(config: PairConfig, probe: Probe) -> list[Step]:
    """Forward between the two sides, and leave every other interface as it behaved before."""
    pair = (config.client_nic, config.server_nic)
    steps = [
        _bridge_netfilter_step(probe),
        _compensated_step("IPv4 source check", "rp_filter", pair, probe),
        _compensated_step("IPv4 redirects", "send_redirects", pair, probe),
        _forwarding4_step(pair, probe) if config.mode is Mode.ROUTED else None,
        _forwarding6_step(pair, probe),
    ]
    return [step for step in steps if step]


def _bridge_netfilter_step(probe: Probe) -> Step | None:
    """With these set, iptables sees bridged frames and the diversion is lost on its way to IP."""
    keys = [
        key
        for key, value in sorted(probe.sysctls.items())
        if key.startswith("net/bridge/bridge-nf-call-") and value != "0"
    ]
    if not keys:
        return None
    return Step(
        "bridge without iptables",
        tuple(write_sysctl(key, "0") for key in keys),
        tuple(write_sysctl(key, probe.sysctls[key]) for key in keys),
    )


def _compensated_step(title: str, name: str, pair: tuple[str, ...], probe: Probe) -> Step | None:
    """Zero for the pair. The kernel uses the higher of `all` and the interface's own value, so
    `all` must be zero too, and every other interface gets as its own what `all` gave it."""
    old = {
        interface: probe.sysctls[key]
        for interface in _interfaces(probe, "ipv4")
        if (key := f"net/ipv4/conf/{interface}/{name}") in probe.sysctls
    }
    common = int(old.get("all", "0"))
    new = {
        interface: "0" if interface in ("all", *pair) else str(max(common, int(value)))
        for interface, value in old.items()
    }
    changed = [interface for interface in old if new[interface] != old[interface]]
    if not changed:
        return None
    # Raise the others before `all` falls, and restore in the opposite order: at no moment is an
    # interface less strict than it was.
    ordered = sorted(changed, key=lambda interface: (interface in ("all", *pair), interface))
    return Step(
        title,
        tuple(
            write_sysctl(f"net/ipv4/conf/{interface}/{name}", new[interface])
            for interface in ordered
        ),
        tuple(
            write_sysctl(f"net/ipv4/conf/{interface}/{name}", old[interface])
            for interface in reversed(ordered)
        ),
    )


def _forwarding4_step(pair: tuple[str, ...], probe: Probe) -> Step | None:
    """Per interface, as the kernel checks it; the global ip_forward would change all of them."""
    keys = [f"net/ipv4/conf/{nic}/forwarding" for nic in pair]
    keys = [key for key in keys if probe.sysctls.get(key, "1") != "1"]
    if not keys:
        return None
    return Step(
        "IPv4 forwarding",
        tuple(write_sysctl(key, "1") for key in keys),
        tuple(write_sysctl(key, probe.sysctls[key]) for key in keys),
    )


def _forwarding6_step(pair: tuple[str, ...], probe: Probe) -> Step | None:
    """IPv6 forwards only when `all` says so, and writing `all` writes every interface and makes
    it deaf to router advertisements. So those that listen get accept_ra = 2 first, and all but
    the pair get their own forwarding value back at once."""
    every = "net/ipv6/conf/all/forwarding"
    if probe.sysctls.get(every, "1") == "1":
        return None
    others = [name for name in _interfaces(probe, "ipv6") if name not in ("all", *pair)]
    forwarding = {
        f"net/ipv6/conf/{name}/forwarding": probe.sysctls[f"net/ipv6/conf/{name}/forwarding"]
        for name in (*others, *pair)
        if f"net/ipv6/conf/{name}/forwarding" in probe.sysctls
    }
    listening = [
        f"net/ipv6/conf/{name}/accept_ra"
        for name in others
        if probe.sysctls.get(f"net/ipv6/conf/{name}/accept_ra") == "1"
    ]
    paired = {f"net/ipv6/conf/{nic}/forwarding" for nic in pair}
    return Step(
        "IPv6 forwarding",
        (
            *(write_sysctl(key, "2") for key in listening),
            write_sysctl(every, "1"),
            *(write_sysctl(key, old) for key, old in forwarding.items() if key not in paired),
        ),
        (
            write_sysctl(every, probe.sysctls[every]),
            *(write_sysctl(key, old) for key, old in forwarding.items()),
            *(write_sysctl(key, "1") for key in listening),
        ),
    )


def _interfaces(probe: Probe, family: str) -> list[str]:
    prefix = f"net/{family}/conf/"
    return sorted({key.split("/")[3] for key in probe.sysctls if key.startswith(prefix)})
