"""Carries out actions: the only module of this package that changes the machine.

Doing is strict: the first thing that fails raises `DriverError`. Undoing is lenient about what
is already gone, because a repair may run over a half-done step, or a second time.
"""

from __future__ import annotations

import errno
import ipaddress
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final, assert_never

from pyroute2 import IPRoute, NetlinkError

from drivers import actions as act
from drivers import offloads
from drivers.errors import DriverError

TOOL_SECONDS: Final = 30
"""nft and iptables answer in milliseconds; past this they hang on a lock of somebody else."""

GONE: Final = frozenset({errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL})
SCOPE_LINK: Final = 253


def do(action: act.AnyAction) -> None:
    """Carry out one action; raises `DriverError`."""
    try:
        with IPRoute() as route:
            _perform(action, route)
    except NetlinkError as error:
        reason = error.args[1] if len(error.args) > 1 else error
        raise DriverError(f"The kernel refused to {action} ({reason}).") from error
    except OSError as error:
        raise DriverError(f"Cannot {action} ({error.strerror or error}).") from error


def undo(action: act.AnyAction) -> None:
    """Carry out one undo action; what it removes may be gone already. Raises `DriverError`."""
    try:
        with IPRoute() as route:
            _perform(action, route)
    except NetlinkError as error:
        if error.code not in GONE:
            raise DriverError(f"The kernel refused to {action} ({error.args[1]}).") from error
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in GONE:
            raise DriverError(f"Cannot {action} ({error.strerror}).") from error


def _perform(action: act.AnyAction, route: IPRoute) -> None:
    match action:
        case act.WriteFile():
            _write(action)
        case act.AddBridge():
            _add_bridge(route, action)
        case act.DeleteLink():
            route.link("del", index=_index(route, action.name))
        case act.SetMaster():
            master = _index(route, action.master) if action.master else 0
            route.link("set", index=_index(route, action.nic), master=master)
        case act.SetUp():
            route.link("set", index=_index(route, action.nic), state=_state(action.up))
        case act.SetAddress():
            _set_address(route, action)
        case act.SetRoute():
            _set_route(route, action)
        case act.SetRule():
            _set_rule(route, action)
        case act.LoadNft():
            run_tool(["nft", "-f", "-"], action.text)
        case act.DropNftTable():
            _drop_nft_table(action.family, action.table)
        case act.LoadIptables():
            run_tool([_iptables(action.family, "-restore"), "--noflush"], action.text)
        case act.DropIptables():
            _drop_iptables(action)
        case act.SetFeature():
            offloads.set_feature(action.nic, action.feature, on=action.on)
        case _:
            assert_never(action)


def _write(action: act.WriteFile) -> None:
    try:
        Path(action.path).write_text(action.value)
    except OSError:
        if not action.optional:
            raise


def _add_bridge(route: IPRoute, action: act.AddBridge) -> None:
    """No spanning tree, no forward delay, no snooping: the pair behaves like a cable."""
    route.link(
        "add",
        ifname=action.name,
        kind="bridge",
        address=action.mac,
        br_forward_delay=0,
        br_stp_state=0,
        br_mcast_snooping=0,
    )


def _set_address(route: IPRoute, action: act.SetAddress) -> None:
    interface = ipaddress.ip_interface(action.address)
    options: dict[str, object] = {}
    if interface.version == 6 and action.present:
        options["flags"] = 0x02  # IFA_F_NODAD: usable at once, as the pair's only appliance
    route.addr(
        "add" if action.present else "del",
        index=_index(route, action.nic),
        address=str(interface.ip),
        prefixlen=interface.network.prefixlen,
        **options,
    )


def _set_route(route: IPRoute, action: act.SetRoute) -> None:
    network = ipaddress.ip_network(action.destination)
    options: dict[str, object] = {}
    if action.gateway:
        options["gateway"] = action.gateway
    elif network.version == 4:
        options["scope"] = 254 if action.local else SCOPE_LINK
    if action.local:
        options["type"] = "local"
    route.route(
        "add" if action.present else "del",
        dst=str(network),
        family=_family(network.version),
        table=action.table,
        oif=_index(route, action.nic),
        **options,
    )


def _set_rule(route: IPRoute, action: act.SetRule) -> None:
    selector: dict[str, object] = (
        {"iifname": action.iif} if action.iif else {"fwmark": action.mark, "fwmask": action.mask}
    )
    route.rule(
        "add" if action.present else "del",
        table=action.table,
        priority=action.priority,
        family=_family(action.family),
        **selector,
    )


def _drop_nft_table(family: str, table: str) -> None:
    """Declared first, so that deleting cannot fail for want of it."""
    run_tool(["nft", "-f", "-"], f"add table {family} {table}\ndelete table {family} {table}\n")


def _drop_iptables(action: act.DropIptables) -> None:
    """Read what is there, and remove exactly what of it is ours."""
    saved = run_tool([_iptables(action.family, "-save"), "-t", "mangle"]).splitlines()
    lines = ["*mangle"]
    if f"-A {action.jump}" in saved:
        lines.append(f"-D {action.jump}")
    if any(line.startswith(f":{action.chain} ") for line in saved):
        lines += [f"-F {action.chain}", f"-X {action.chain}"]
    if len(lines) > 1:
        restore = [_iptables(action.family, "-restore"), "--noflush"]
        run_tool(restore, "\n".join([*lines, "COMMIT", ""]))
    if action.drop_table and not _mangle_rules(action.family):
        family = "ip" if action.family == 4 else "ip6"
        run_tool(["nft", "-f", "-"], f"add table {family} mangle\ndelete table {family} mangle\n")


def _mangle_rules(family: int) -> bool:
    """Whether somebody else keeps rules or chains in the mangle table."""
    saved = run_tool([_iptables(family, "-save"), "-t", "mangle"]).splitlines()
    return any(
        line.startswith("-A ") or (line.startswith(":") and line.split()[1] == "-")
        for line in saved
    )


def run_tool(argv: list[str], text: str = "") -> str:
    """Run nft or iptables with `text` on its input; returns its output, raises `DriverError`."""
    if shutil.which(argv[0]) is None:
        raise DriverError(f"The program {argv[0]} is missing; install its Debian package.")
    try:
        result = subprocess.run(
            argv, input=text, capture_output=True, text=True, timeout=TOOL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DriverError(f"{argv[0]} did not answer in {TOOL_SECONDS} s.") from error
    if result.returncode != 0:
        first = (result.stderr.strip() or "no message").splitlines()[0]
        raise DriverError(f"{argv[0]} refused the rules: {first}")
    return result.stdout


def _iptables(family: int, suffix: str) -> str:
    return f"{'iptables' if family == 4 else 'ip6tables'}-nft{suffix}"


def _index(route: IPRoute, name: str) -> int:
    found = route.link_lookup(ifname=name)
    if not found:
        raise NetlinkError(errno.ENODEV, f"there is no interface {name}")
    return int(found[0])


def _state(up: bool) -> str:
    return "up" if up else "down"


def _family(version: int) -> int:
    return int(socket.AF_INET if version == 4 else socket.AF_INET6)
