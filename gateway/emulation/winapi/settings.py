"""What speakeasy is told of the machine, in its own form: little, as it is asked for little."""

from __future__ import annotations

from typing import Final

from gateway.emulation.windows import facts

SETTINGS: Final = {
    "config_version": 0.2,
    "emu_engine": "unicorn",
    "timeout": 0,
    "max_api_count": 1 << 30,
    "system": "windows",
    "analysis": {"memory_tracing": False, "strings": False},
    "exceptions": {"dispatch_handlers": False},
    "os_ver": {"name": "windows", "major": 10, "minor": 0, "build": 19045},
    "current_dir": facts.DOWNLOADS,
    "command_line": "sample.exe",  # its first word has to be there; the machine answers the rest
    "env": {"systemroot": r"C:\Windows"},
    "hostname": facts.COMPUTER,
    "domain": facts.DOMAIN,
    "user": {
        "name": facts.USER,
        "is_admin": False,
        "sid": "S-1-5-21-1004336348-1177238915-682003330-1103",
    },
    "symlinks": [],
    "filesystem": {"files": []},
    "registry": {"keys": []},
    "network": {
        "dns": {"names": {}},
        "http": {"responses": []},
        "winsock": {"responses": []},
        "adapters": [],
    },
    "processes": [],
    "modules": {
        "user_modules": [],
        "system_modules": [],
        "modules_always_exist": False,
        "functions_always_exist": False,
    },
}
