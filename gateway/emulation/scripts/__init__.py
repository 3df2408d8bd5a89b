"""Scripts and macros run on interpreters of our own or on quickjs, in confined guests.

`wire`, `confined` and `environment` are the host's side; everything else runs in the guest.
"""

from gateway.emulation.scripts.environment import (
    ScriptEnvironment,
    cmd_environment,
    office_environment,
    pdf_environment,
    powershell_environment,
    wsh_environment,
)

__all__ = [
    "ScriptEnvironment",
    "cmd_environment",
    "office_environment",
    "pdf_environment",
    "powershell_environment",
    "wsh_environment",
]
