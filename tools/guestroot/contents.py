"""What a guest's root holds beside the essential packages: data, and its digest for the stamp.

A change here changes the digest, and the next build renews the root.
"""

from __future__ import annotations

from hashlib import sha256

from gateway.emulation.bait import BAITS

RECIPE = 1
"""Raised when the build itself changes in a way that the data below does not show."""

PACKAGES: tuple[str, ...] = (
    "bash",
    "bc",
    "bzip2",
    "cpio",
    "curl",
    "dash",
    "file",
    "jq",
    "libc6-dev",
    "make",
    "mount",
    "libio-socket-ssl-perl",
    "netcat-openbsd",
    "nodejs",
    "openssh-client",
    "openssl",
    "perl",
    "procps",
    "python3",
    "rsync",
    "tcc",
    "unzip",
    "wget",
    "xz-utils",
    "zip",
)
"""Interpreters, and what scripts commonly call. tcc stands for gcc: a build script needs some C
compiler, and gcc with its tools would double the size of the root. perl, since perl-base lacks
modules that scripts use, and which ones differs between releases."""

EXCLUDES: tuple[str, ...] = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/lintian/*",
    "/usr/share/bug/*",
    "/usr/share/i18n/*",
)
"""Paths that dpkg leaves out: nothing that runs needs them."""

EMPTIED: tuple[str, ...] = ("etc/apt", "var/lib/apt", "var/cache", "var/log", "var/lib/dpkg/info")
"""Directories whose content is removed: the guest installs nothing, and learns no mirror's name."""

_CRONTAB = """#!/bin/sh
# Stands in for cron's crontab: keeps what it is given where cron would keep it.
tab=/var/spool/cron/crontabs/user
for last; do :; done
case "$last" in
  -l) [ -f $tab ] && exec cat $tab; exit 1 ;;
  -r) exec rm -f $tab ;;
  ""|-) exec tee $tab >/dev/null ;;
  *) exec cp "$last" $tab ;;
esac
"""
_SUDO = """#!/bin/sh
# Stands in for sudo: runs the command without giving it any right.
while [ "${1#-}" != "$1" ]; do shift; done
[ $# -gt 0 ] && exec "$@"
"""
_NOTHING = (
    "#!/bin/sh\n# Stands in for a program that the guest lacks: the call itself is recorded.\n"
)

STAND_INS: dict[str, str] = {
    "crontab": _CRONTAB,
    "sudo": _SUDO,
    **dict.fromkeys(
        ("systemctl", "service", "iptables", "ufw", "setenforce", "chattr", "notify-send", "git"),
        _NOTHING,
    ),
}
"""Programs placed in /usr/local/bin so that a script that calls them goes on."""

LINKS: dict[str, str] = {
    "usr/local/bin/gcc": "/usr/bin/tcc",
    "usr/local/bin/cc": "/usr/bin/tcc",
}
"""Names under which the C compiler is expected."""

SHIM_RELEASE = "bookworm"
"""The release whose gVisor (2022) refuses the flag below; `ls -l` fails there without the shim."""

SHIM_LIBRARY = "/opt/statx-flags.so"
"""Outside of /usr: a guest that opens documents sees the machine's /usr in place of its own."""

SHIM_SOURCE = """
#include <sys/syscall.h>
#include <unistd.h>
#define AT_NO_AUTOMOUNT 0x800
int statx(int dir, const char *path, int flags, unsigned mask, void *buffer)
{
    return syscall(SYS_statx, dir, path, flags & ~AT_NO_AUTOMOUNT, mask, buffer);
}
"""
"""Preloaded into each dynamic program: coreutils ask for files with a flag that this gVisor
answers with EINVAL. There is nothing to mount automatically in a guest, so nothing is lost."""

CONFIG_FILES: dict[str, str] = {
    "etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:3\n",
    "etc/hosts": "127.0.0.1 localhost desk-17\n::1 localhost\n",
    "etc/hostname": "desk-17\n",
}
"""Names are asked of the guest's own init, which records them."""


def recipe_digest(codename: str, architecture: str) -> str:
    """A digest that changes with everything which decides the root's content."""
    parts = (
        RECIPE,
        codename,
        architecture,
        PACKAGES,
        EXCLUDES,
        EMPTIED,
        STAND_INS,
        LINKS,
        SHIM_LIBRARY,
        SHIM_SOURCE,
    )
    return sha256(repr((parts, CONFIG_FILES, BAITS)).encode()).hexdigest()
