"""Factories of probes and sysfs trees: complete machines; a test overrides what it is about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from drivers import Nic, Probe, Spelling

FREE = Nic(
    name="eth1",
    index=3,
    mac="02:00:00:00:00:01",
    mtu=1500,
    up=True,
    carrier=True,
    speed=10000,
    ethernet=True,
    driver="ixgbe",
    bus="pci 0000:03:00.0",
    numa_node=0,
    rx_queues=4,
    tx_queues=4,
    master=None,
    vlan_id=None,
    bridge=False,
)
SYSCTLS = {
    f"net/{key}": value
    for key, value in {
        "ipv4/conf/all/rp_filter": "1",
        "ipv4/conf/default/rp_filter": "0",
        "ipv4/conf/eth0/rp_filter": "2",
        "ipv4/conf/eth1/rp_filter": "0",
        "ipv4/conf/eth2/rp_filter": "0",
        "ipv4/conf/eth1/forwarding": "0",
        "ipv4/conf/eth2/forwarding": "0",
        "ipv6/conf/all/forwarding": "0",
        "ipv6/conf/default/forwarding": "0",
        "ipv6/conf/eth0/forwarding": "0",
        "ipv6/conf/eth1/forwarding": "0",
        "ipv6/conf/eth2/forwarding": "0",
        "ipv6/conf/eth0/accept_ra": "1",
        "ipv6/conf/eth1/accept_ra": "1",
        "bridge/bridge-nf-call-iptables": "1",
        "bridge/bridge-nf-call-ip6tables": "0",
    }.items()
}


def machine(**changes: object) -> Probe:
    """Management on eth0, the free NICs eth1 and eth2, a kernel that can do everything."""
    whole = Probe(
        net_admin=True,
        tools=frozenset({"nft", "iptables-nft", "unshare"}),
        missing=frozenset(),
        spelling=Spelling.NFT,
        nics=(
            replace(FREE, name="eth0", index=2),
            FREE,
            replace(FREE, name="eth2", index=4, mac="02:00:00:00:00:02", up=False),
        ),
        addresses={"eth0": ("192.0.2.5/24",)},
        default_routes=frozenset({"eth0"}),
        sysctls=SYSCTLS,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")


def nic_tree(root: Path, name: str, **files: str) -> Path:
    """A NIC in a sysfs tree below `root`, without a device."""
    base = root / "class" / "net" / name
    defaults = {
        "ifindex": "7",
        "address": "02:00:00:00:00:07",
        "mtu": "1500",
        "flags": "0x1003",
        "type": "1",
        "carrier": "1",
        "speed": "1000",
    }
    write(base, defaults | files)
    return base


def on_bus(root: Path, name: str, bus: str, place: str, driver: str, numa: str = "") -> Path:
    """Hang the NIC on a device; returns the device's folder."""
    device = root / "devices" / place
    (root / "bus" / bus / "drivers" / driver).mkdir(parents=True, exist_ok=True)
    device.mkdir(parents=True, exist_ok=True)
    (device / "driver").symlink_to(root / "bus" / bus / "drivers" / driver)
    (device / "subsystem").symlink_to(root / "bus" / bus)
    if numa:
        write(device, {"numa_node": numa})
    (root / "class" / "net" / name / "device").symlink_to(device)
    return device


def cpu_tree(root: Path, cores: int, threads: int = 1, nodes: int = 1) -> None:
    """CPUs numbered as Linux does: first the first threads of all cores, then the second ones."""
    total = cores * threads
    files = {"cpu/online": f"0-{total - 1}"}
    for core in range(cores):
        siblings = [core + thread * cores for thread in range(threads)]
        for cpu in siblings:
            files[f"cpu/cpu{cpu}/topology/thread_siblings_list"] = ",".join(map(str, siblings))
    per_node = cores // nodes
    for node in range(nodes):
        mine = range(node * per_node, (node + 1) * per_node)
        numbers = [core + thread * cores for thread in range(threads) for core in mine]
        files[f"node/node{node}/cpulist"] = ",".join(map(str, numbers))
    write(root / "devices" / "system", files)
