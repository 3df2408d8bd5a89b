"""A first file system for the guest, as bytes: busybox, the modules that reach 9p, one script.

The script mounts the host's files read-only, lays an overlay in memory above them, so that nothing
the guest writes ever reaches the host, and hands over to COMMAND there.
"""

from __future__ import annotations

import gzip
import shlex
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.vm.kernel import Kernel, VmError, module_files

BUSYBOX = Path("/usr/bin/busybox")
FIRST_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
TAG = "host"
"""Name of the host's files on the virtual bus."""

EXIT_WORDS = "sluice-vm: exit code"

_FIRST = """\
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /order); do
  case $module in *.xz) $b xzcat /$module >/module ;; *) $b cp /$module /module ;; esac
  $b insmod /module
done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 {tag} /host
$b mount -t tmpfs tmpfs /memory
$b mkdir /memory/upper /memory/work
$b mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work overlay /root
$b mkdir -p /root/usr/lib/modules/{version}
$b mount --bind /root{modules} /root/usr/lib/modules/{version}
$b cp /then /root/then
for place in proc sys dev; do $b mount --move /$place /root/$place; done
exec $b switch_root /root /then
"""

_THEN = """\
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
cd {directory}
{command}
echo {words} $?
echo o >/proc/sysrq-trigger
sleep 60
"""


def initrd(kernel: Kernel, directory: Path, command: Sequence[str]) -> bytes:
    """The compressed archive. Raises VmError where busybox is missing."""
    if not BUSYBOX.exists():
        raise VmError("busybox is not installed (package busybox-static)")
    modules = module_files(kernel, *FIRST_MODULES)
    first = _FIRST.format(tag=TAG, version=kernel.version, modules=kernel.modules)
    then = _THEN.format(
        directory=shlex.quote(str(directory)), command=shlex.join(command), words=EXIT_WORDS
    )
    programs = {
        "init": first.encode(),
        "then": then.encode(),
        "bin/busybox": BUSYBOX.read_bytes(),
    }
    files = {file.name: file.read_bytes() for file in modules}
    files["order"] = "\n".join(files).encode()
    return packed(_DIRECTORIES, programs, files)


def packed(
    directories: Sequence[str], programs: Mapping[str, bytes], files: Mapping[str, bytes]
) -> bytes:
    """A compressed archive as the kernel unpacks it; programs are executable, files are not."""
    archive = [
        *(_entry(name, b"", stat.S_IFDIR | 0o755) for name in directories),
        *(_entry(name, data, stat.S_IFREG | 0o755) for name, data in programs.items()),
        *(_entry(name, data, stat.S_IFREG | 0o644) for name, data in files.items()),
        _entry("TRAILER!!!", b"", 0),
    ]
    return gzip.compress(b"".join(archive), compresslevel=1, mtime=0)


_DIRECTORIES = ("bin", "proc", "sys", "dev", "host", "memory", "root")


def _entry(name: str, data: bytes, mode: int) -> bytes:
    """A member of a cpio archive in the form `newc` (cpio(5)), which the kernel unpacks."""
    path = name.encode() + b"\0"
    numbers = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + path
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
