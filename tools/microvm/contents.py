"""What the guest's image holds, as data, and its digest for the stamp."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from gateway.emulation import microvm
from gateway.emulation.bait import BAITS
from gateway.emulation.microvm.desks import DESKS
from gateway.emulation.microvm.traced import RELAYED, SILENT
from gateway.emulation.windows.facts import BAIT_DOCUMENTS

RECIPE = 2
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
    "libreoffice-writer",
    "libreoffice-calc",
    "libreoffice-impress",
    "libreoffice-draw",
    "python3-uno",
    "strace",
    "fonts-liberation",
    "fonts-crosextra-carlito",
    "fonts-crosextra-caladea",
    "fonts-dejavu-core",
    "fonts-wine",
    "python3",
    "nftables",
    "iproute2",
    "openssl",
    "kmod",
    "busybox-static",
    "linux-image-cloud-amd64",
)
"""wine64 and wine32 without Debian's wrapper `wine`, which draws in desktop integration.
LibreOffice with its windows: what a person would see is what is shown."""

EXCLUDES: tuple[str, ...] = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/lintian/*",
    "/usr/share/bug/*",
    "/usr/share/icons/*",
    "/usr/lib/libreoffice/share/gallery/*",
    "/usr/lib/libreoffice/share/template/*",
    "/usr/lib/libreoffice/share/wizards/*",
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
    "desks.py",
    "frames.py",
    "inside/__init__.py",
    "inside/agent.py",
    "inside/changes.py",
    "inside/desk.py",
    "inside/line.py",
    "inside/office.py",
    "inside/opener.py",
    "inside/opening.py",
    "inside/running.py",
    "inside/screen.py",
    "inside/sinkhole.py",
    "inside/telling.py",
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

_OFFICE = "/org.openoffice.Office"
_SETTINGS: tuple[tuple[str, str, str], ...] = (
    (f"{_OFFICE}.Common/Security/Scripting", "MacroSecurityLevel", "0"),
    (f"{_OFFICE}.Common/Security/Scripting", "DisableMacrosExecution", "false"),
    (f"{_OFFICE}.Common/Misc", "ShowTipOfTheDay", "false"),
    (f"{_OFFICE}.Common/Misc", "FirstRun", "false"),
    (f"{_OFFICE}.Common/Misc", "PerformFileExtCheck", "false"),
    (f"{_OFFICE}.Writer/Content/Update", "Link", "0"),
    (f"{_OFFICE}.Calc/Content/Update", "Link", "0"),
    (f"{_OFFICE}.Recovery/AutoSave", "Enabled", "false"),
    (f"{_OFFICE}.Writer/Filter/Import/VBA", "Load", "true"),
    (f"{_OFFICE}.Writer/Filter/Import/VBA", "Executable", "true"),
    (f"{_OFFICE}.Calc/Filter/Import/VBA", "Load", "true"),
    (f"{_OFFICE}.Calc/Filter/Import/VBA", "Executable", "true"),
    ("/org.openoffice.Setup/Product", "LastTimeDonateShown", "4000000000"),
    ("/org.openoffice.Setup/Product", "LastTimeGetInvolvedShown", "4000000000"),
)

_BARS: dict[str, tuple[str, ...]] = {
    "Writer": ("standardbar", "textobjectbar"),
    "Calc": ("standardbar", "formatobjectbar"),
    "Impress": ("standardbar", "toolbar"),
    "Draw": ("standardbar", "toolbar"),
}
_BAR = (
    f"{_OFFICE}.UI.{{}}WindowState/UIElements/States"
    "/org.openoffice.Office.UI.WindowState:WindowStateType['private:resource/toolbar/{}']"
)
_SIDEBAR = f"{_OFFICE}.Views/Windows/org.openoffice.Office.Views:WindowType['{{}}/10336']/UserData"
_SIDEBARS = ("swriter", "scalc", "simpress", "sdraw")

_ITEM = '<item oor:path="{}"><prop oor:name="{}" oor:op="fuse"{}><value>{}</value></prop></item>\n'
_TEXT = ' oor:type="xs:string"'
_ITEMS = (
    *((path, name, "", value) for path, name, value in _SETTINGS),
    *((_BAR.format(of, bar), "Visible", "", "false") for of in _BARS for bar in _BARS[of]),
    *((_SIDEBAR.format(of), "Data", _TEXT, "V2,H,0") for of in _SIDEBARS),
)
OFFICE_SETTINGS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">\n'
    + "".join(_ITEM.format(*each) for each in _ITEMS)
    + "</oor:items>\n"
)
"""Of LibreOffice's profile: macros run and links are followed without a question, as by somebody
who agrees to everything; nothing greets him first. Tool bars and the side bar are off: the page is
what is to be seen, and under emulation drawing them takes time."""


def recipe_digest(codename: str) -> str:
    """A digest that changes with everything which decides the image's content."""
    agent = tuple((SOURCE / name).read_bytes() for name in (*AGENT_FILES, "inside/first.sh"))
    packed = (RECIPE, codename, ARCHITECTURES, PACKAGES, EXCLUDES, DROPPED, MODULES)
    furnished = (REGISTRY, OFFICE_SETTINGS, DESKS, BAIT_DOCUMENTS, BAITS)
    return sha256(repr((packed, furnished, agent)).encode()).hexdigest()
