"""What the figures were measured on: machine and versions. Never a host's name or a path."""

from __future__ import annotations

import platform
import re
import subprocess
import time
from pathlib import Path

import psutil

PACKAGES = ("amavisd-new", "clamav-daemon", "postfix")
BUSY_SECONDS = 1.0


def machine() -> dict[str, str]:
    """Processor, memory, kernel, Debian, Python, and how busy the CPUs are with other work."""
    busy = psutil.cpu_percent(BUSY_SECONDS)
    return {
        "processor": _processor(),
        "CPUs": str(psutil.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release().split("-")[0],
        "system": _system(),
        "Python": platform.python_version(),
        "busy with other work before": f"{busy:.0f} %",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def versions() -> dict[str, str]:
    """Versions of the programs compared with; packages that are not installed are left out."""
    found = {}
    for package in PACKAGES:
        command = ["dpkg-query", "-W", "-f", "${Version}", package]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode == 0 and ran.stdout:
            found[package] = ran.stdout
    return found


def _processor() -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1).strip() if match else platform.machine()


def _system() -> str:
    match = re.search(r'^PRETTY_NAME="(.+)"$', Path("/etc/os-release").read_text(), re.MULTILINE)
    return match.group(1) if match else platform.system()
