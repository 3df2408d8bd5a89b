"""NICs from trees of sysfs."""

from __future__ import annotations

from pathlib import Path

from drivers import read_nics
from tests.unit.drivers.machines import nic_tree, on_bus, write


def test_a_physical_nic(tmp_path: Path) -> None:
    base = nic_tree(tmp_path, "enp3s0", speed="25000")
    on_bus(tmp_path, "enp3s0", "pci", "pci0000:00/0000:03:00.0", "mlx5_core", numa="1")
    for queue in ("rx-0", "rx-1", "rx-2", "tx-0"):
        (base / "queues" / queue).mkdir(parents=True)
    (nic,) = read_nics(tmp_path)
    assert (nic.name, nic.index, nic.mac) == ("enp3s0", 7, "02:00:00:00:00:07")
    assert (nic.driver, nic.bus, nic.numa_node) == ("mlx5_core", "pci 0000:03:00.0", 1)
    assert (nic.rx_queues, nic.tx_queues, nic.speed) == (3, 1, 25000)
    assert nic.up
    assert nic.carrier
    assert nic.ethernet
    assert nic.physical


def test_a_nic_that_is_down_says_neither_speed_nor_carrier(tmp_path: Path) -> None:
    base = nic_tree(tmp_path, "eth0", flags="0x1002", speed="-1")
    (base / "carrier").unlink()  # sysfs answers EINVAL: as good as not there
    (nic,) = read_nics(tmp_path)
    assert not nic.up
    assert not nic.carrier
    assert nic.speed is None


def test_ports_bridges_tags_and_other_media(tmp_path: Path) -> None:
    port = nic_tree(tmp_path, "port0")
    bridge = nic_tree(tmp_path, "br0")
    (bridge / "bridge").mkdir()
    (port / "master").symlink_to(bridge)
    nic_tree(tmp_path, "eth0.42", uevent="DEVTYPE=vlan")
    nic_tree(tmp_path, "lo", type="772")
    write(tmp_path / "class" / "net", {"bonding_masters": ""})  # a file, no interface
    found = {nic.name: nic for nic in read_nics(tmp_path)}
    assert sorted(found) == ["br0", "eth0.42", "lo", "port0"]
    assert found["port0"].master == "br0"
    assert found["br0"].bridge
    assert found["eth0.42"].vlan_id == 42
    assert not found["lo"].ethernet
    assert not found["port0"].physical


def test_numa_minus_one_means_unknown_and_no_tree_means_no_nics(tmp_path: Path) -> None:
    nic_tree(tmp_path, "eth0")
    on_bus(tmp_path, "eth0", "virtio", "pci0000:00/0000:00:03.0/virtio2", "virtio_net", numa="-1")
    (nic,) = read_nics(tmp_path)
    assert nic.numa_node is None
    assert nic.bus == "virtio virtio2"
    assert read_nics(tmp_path / "elsewhere") == ()
