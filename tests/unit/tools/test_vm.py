"""What the guest of tools.vm starts from: the archive, the order of modules, the exit code."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.vm import initrd as first
from tools.vm.initrd import initrd
from tools.vm.kernel import Kernel, VmError, module_files

HEAD = 110
"""Octets of a member's head in the archive form `newc`."""

DEPENDENCIES = """\
kernel/fs/netfs/netfs.ko.xz:
kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz
kernel/net/9p/9pnet.ko.xz: kernel/fs/netfs/netfs.ko.xz
kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """A kernel with the modules of DEPENDENCIES; what is missing is built in."""
    for line in DEPENDENCIES.splitlines():
        file = tmp_path / line.partition(":")[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(file.name.encode())
    (tmp_path / "modules.dep").write_text(DEPENDENCIES)
    return Kernel(tmp_path / "vmlinuz", tmp_path, "6.12.0-amd64")


def members(archive: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Name, mode and content of each member, as the kernel would read them."""
    at = 0
    while True:
        assert archive[at : at + 6] == b"070701"
        numbers = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, name_size = numbers[1], numbers[6], numbers[11]
        name = archive[at + HEAD : at + HEAD + name_size - 1].decode()
        if name == "TRAILER!!!":
            return
        start = at + HEAD + name_size + -(HEAD + name_size) % 4
        yield name, mode, archive[start : start + size]
        at = start + size + -size % 4


def test_modules_are_loaded_after_what_they_need(kernel: Kernel) -> None:
    names = [file.name for file in module_files(kernel, "virtio_pci", "9pnet_virtio", "9p")]
    assert names == ["netfs.ko.xz", "9pnet.ko.xz", "9pnet_virtio.ko.xz", "9p.ko.xz"]


def test_the_archive_holds_the_modules_and_the_command(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first, "BUSYBOX", tmp_path / "busybox")
    (tmp_path / "busybox").write_bytes(b"the program")
    packed = initrd(kernel, Path("/a directory"), ["echo", "it's", "$HOME"])
    found = {name: (mode, data) for name, mode, data in members(gzip.decompress(packed))}
    assert found["bin"] == (0o40755, b"")
    assert found["bin/busybox"] == (0o100755, b"the program")
    assert found["9p.ko.xz"] == (0o100644, b"9p.ko.xz")
    order = found["order"][1].decode().split()
    assert order == ["netfs.ko.xz", "9pnet.ko.xz", "9pnet_virtio.ko.xz", "9p.ko.xz"]
    script = found["then"][1].decode()
    assert "cd '/a directory'\n" in script
    assert "echo 'it'\"'\"'s' '$HOME'\n" in script


def test_without_busybox_it_says_what_to_install(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first, "BUSYBOX", tmp_path / "nothing")
    with pytest.raises(VmError, match="busybox-static"):
        initrd(kernel, tmp_path, ["true"])
