"""What every program does before it does anything of its own: data that is left out of behaviour.

Each entry must be something that an honest and a malicious program do alike. Writes are never
noise except to the devices below.
"""

from __future__ import annotations

READ_PREFIXES: tuple[str, ...] = (
    "/usr/",
    "/lib",
    "/bin/",
    "/sbin/",
    "/dev/",
    "/sys/devices/system/",
    "/sys/fs/",
    "/proc/self/exe",
    "/proc/self/fd",
    "/proc/self/maps",
    "/proc/self/mount",
    "/proc/self/task",
    "/proc/filesystems",
    "/proc/sys/kernel/",
    "/proc/meminfo",
    "/proc/stat",
    "/opt/statx-flags.so",
    "/etc/alternatives/",
    "/etc/bash.bashrc",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/perl/",
    "/etc/profile",
    "/etc/python3",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/",
    "/etc/wgetrc",
    "/etc/mime.types",
    "/var/lib/dpkg/",
)
"""Reading there is the loader, the C library, or an interpreter looking for its modules."""

TELLING_IF_MISSING: tuple[str, ...] = (
    "/sys/class/dmi",
    "/sys/devices/virtual/dmi",
    "/sys/hypervisor",
    "/.dockerenv",
)
"""Looking for these tells something although the guest does not have them."""

WRITE_TARGETS: frozenset[str] = frozenset(
    {"/dev/null", "/dev/tty", "/dev/zero", "/dev/stdout", "/dev/stderr", "/dev/full"}
)
"""Devices that keep nothing."""

LOCAL_SOCKETS = "AF_UNIX"
"""Address family of sockets inside the guest (the C library asks for a name service there)."""


def is_noise_read(path: str) -> bool:
    """True for a read that says nothing about the program."""
    return path.startswith(READ_PREFIXES) or path == "/"
