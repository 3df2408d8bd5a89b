"""What the guest's image holds, as data, and its digest for the stamp."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from gateway.emulation import microvm
from gateway.emulation.microvm.traced import RELAYED, SILENT
from gateway.emulation.windows.facts import BAIT_DOCUMENTS

RECIPE = 1
"""Raised when the build itself changes in a way that the data below does not show."""

ARCHITECTURES = ("amd64", "i386")
"""Most programs that come by mail are still made for 32 bits."""

PACKAGES: tuple[str, ...] = (
    "wine64",
    "wine32:i386",
    "libgnutls30:i386",
    "xvfb",
    "xkb-data",
    "x11-xkb-utils",
    "xdotool",
    "fonts-liberation",
    "fonts-wine",
    "python3",
    "nftables",
    "iproute2",
    "openssl",
    "kmod",
    "busybox-static",
    "linux-image-cloud-amd64",
)
"""wine64 and wine32 without Debian's wrapper `wine`, which draws in desktop integration."""

EXCLUDES: tuple[str, ...] = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/lintian/*",
    "/usr/share/bug/*",
    "/usr/share/icons/*",
    "*/libLLVM*",
    "*/dri/*.so",
)
"""Paths that dpkg leaves out: documentation, and drivers of graphics cards that no guest has."""

DROPPED: tuple[str, ...] = (
    "boot",
    "usr/lib/modules",
    "var/lib/apt",
    "var/lib/dpkg/info",
    "var/cache",
    "var/log",
    "etc/apt",
)
"""Removed after the build: the kernel is beside the image, its modules in the first file system."""

MODULES: tuple[str, ...] = (
    "virtio_pci",
    "virtio_blk",
    "virtio_console",
    "squashfs",
    "overlay",
    "dummy",
    "nf_tables",
    "nft_chain_nat",
    "nft_redir",
)

PACKAGE = "gateway/emulation/microvm"
"""The agent's modules are imported under the names that they have here."""

FIRST_DIRECTORIES = (
    *("bin", "proc", "sys", "dev", "image", "memory", "root", "run", "agent"),
    *("agent/gateway", "agent/gateway/emulation", f"agent/{PACKAGE}", f"agent/{PACKAGE}/inside"),
)

AGENT = "usr/lib/sluice"
"""Where the agent lies in the guest; its modules come with the first file system."""

AGENT_FILES: tuple[str, ...] = (
    "frames.py",
    "inside/__init__.py",
    "inside/agent.py",
    "inside/changes.py",
    "inside/desk.py",
    "inside/line.py",
    "inside/screen.py",
    "inside/sinkhole.py",
)

SOURCE = Path(microvm.__file__).parent

REGISTRY = rf"""REGEDIT4

[HKEY_CURRENT_USER\Software\Wine\Debug]
"RelayInclude"="{";".join(RELAYED)}"
"RelayFromExclude"="{";".join(SILENT)}"

[HKEY_CURRENT_USER\Software\Wine\WineDbg]
"ShowCrashDialog"=dword:00000000

[HKEY_CURRENT_USER\Software\Wine\DllOverrides]
"mscoree"=""
"mshtml"=""
"winemenubuilder.exe"=""

[HKEY_CURRENT_USER\Software\Wine\Explorer]
"Desktop"="Default"

[HKEY_CURRENT_USER\Software\Wine\Explorer\Desktops]
"Default"="800x600"

[HKEY_CURRENT_USER\Environment]
"TEMP"="C:\\users\\anna\\AppData\\Local\\Temp"
"TMP"="C:\\users\\anna\\AppData\\Local\\Temp"
"""
"""What is traced; no dialogue when a program crashes; nothing that asks to be downloaded;
one desktop that is always there; the folder for temporary files that Windows has."""


def recipe_digest(codename: str) -> str:
    """A digest that changes with everything which decides the image's content."""
    agent = tuple((SOURCE / name).read_bytes() for name in (*AGENT_FILES, "inside/first.sh"))
    parts = (RECIPE, codename, ARCHITECTURES, PACKAGES, EXCLUDES, DROPPED, MODULES, REGISTRY)
    return sha256(repr((parts, agent, BAIT_DOCUMENTS)).encode()).hexdigest()
