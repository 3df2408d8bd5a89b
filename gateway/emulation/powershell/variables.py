"""Variables that PowerShell has from the start, as on the emulated machine."""

from __future__ import annotations

from gateway.emulation.powershell.values import UNKNOWN, Net, Value
from gateway.emulation.windows import facts

_HOME = rf"{facts.SYSTEM}\WindowsPowerShell\v1.0"
GIVEN: dict[str, Value] = {
    "true": True,
    "false": False,
    "null": None,
    "pshome": _HOME,
    "shellid": "Microsoft.PowerShell",
    "home": facts.HOME,
    "pwd": facts.DOWNLOADS,
    "psscriptroot": facts.DOWNLOADS,
    "profile": rf"{facts.DOCUMENTS}\WindowsPowerShell\Microsoft.PowerShell_profile.ps1",
    "verbosepreference": "SilentlyContinue",
    "debugpreference": "SilentlyContinue",
    "warningpreference": "Continue",
    "erroractionpreference": "Continue",
    "progresspreference": "Continue",
    "confirmpreference": "High",
    "maximumdrivecount": 4096,
    "ofs": " ",
    "pid": 4312,
    "psculture": "en-US",
    "psuiculture": "en-US",
    "psversiontable": {
        "psversion": Net("version", {"major": 5, "minor": 1, "text": "5.1.19041"}),
        "psedition": "Desktop",
    },
    "host": UNKNOWN,
    "executioncontext": Net("executioncontext"),
    "error": [],
    "lastexitcode": 0,
    "?": True,
    "input": [],
    "args": [],
    "iswindows": True,
    "pscmdlet": UNKNOWN,
}


def of_script(path: str, source: str) -> dict[str, Value]:
    """Variables that say which script runs: where it lies, and its text."""
    command: dict[str, Value] = {
        "path": path,
        "definition": path,
        "source": path,
        "name": path.rpartition("\\")[2],
        "text": path,
        "scriptblock": source,
        "scriptcontents": source,
    }
    invocation = Net("invocation", {"mycommand": Net("command", command), "invocationname": path})
    return {"myinvocation": invocation, "pscommandpath": path}


NAMES: dict[str, str] = {
    name.lower(): name
    for name in (
        "MaximumDriveCount",
        "ShellId",
        "PSHOME",
        "VerbosePreference",
        "ConfirmPreference",
        "ErrorActionPreference",
    )
}
"""Names with their case: scripts pick letters from them."""
