"""Which calls Wine writes down (its channel `relay`), and on whose behalf it does not. Data.

The image is built with these lists in Wine's registry. Each name is one of `calls.CALLS`, so what
is traced is understood, and what is understood is traced.
"""

from __future__ import annotations

from gateway.emulation.microvm.calls import CALLS

RELAYED: tuple[str, ...] = tuple(sorted(CALLS))

CHANNELS = "-all,+timestamp,+pid,+relay,+process,+winsock,+loaddll"
"""Wine's WINEDEBUG for a sample: the calls above; starts of programs; sockets; libraries."""

SILENT: tuple[str, ...] = (
    *("ntdll", "kernel32", "kernelbase", "win32u", "user32", "gdi32", "imm32", "winex11.drv"),
    *("advapi32", "sechost", "rpcrt4", "msvcrt", "ucrtbase", "shell32", "shlwapi", "shcore"),
    *("ole32", "oleaut32", "combase", "ws2_32", "wininet", "winhttp", "urlmon", "iphlpapi"),
    *("dnsapi", "crypt32", "bcrypt", "rsaenh", "secur32", "version", "setupapi", "cfgmgr32"),
    *("comctl32", "comdlg32", "uxtheme", "usp10", "mpr", "netapi32", "wintrust", "cryptnet"),
    *(
        "msi",
        "cabinet",
        "mspatcha",
        "propsys",
        "dwmapi",
        "winspool.drv",
        "gdiplus",
        "windowscodecs",
    ),
    *("dbghelp", "psapi", "userenv", "wtsapi32", "odbc32", "taskschd", "wbemprox", "xmllite"),
    *("msvcp140", "vcruntime140", "vcruntime140_1", "jscript", "vbscript", "scrrun", "msxml3"),
    *("wow64", "wow64win", "wow64cpu", "wineconsole", "conhost", "explorer", "winemenubuilder"),
)
"""Libraries of Wine itself: what they call on each other's behalf is no act of the sample."""
