"""What consoles print for the command lines that scripts ask things with. Data and matching."""

from __future__ import annotations

import re

from gateway.emulation.windows import facts

_ANSWERS: tuple[tuple[str, str], ...] = (
    (r"\bwhoami\b", f"{facts.DOMAIN.lower()}\\{facts.USER}\r\n"),
    (r"\bhostname\b", f"{facts.COMPUTER}\r\n"),
    (r"\bver\b", "\r\nMicrosoft Windows [Version 10.0.19045.4291]\r\n"),
    (
        r"\bipconfig\b",
        "\r\nWindows IP Configuration\r\n\r\n   IPv4 Address. . . . . : 10.1.4.117\r\n",
    ),
    (
        r"\bsysteminfo\b",
        f"\r\nHost Name:                 {facts.COMPUTER}\r\n"
        "OS Name:                   Microsoft Windows 10 Pro\r\n"
        "System Manufacturer:       Dell Inc.\r\nSystem Model:              OptiPlex 7080\r\n"
        "Total Physical Memory:     16,220 MB\r\n",
    ),
    (
        r"\btasklist\b",
        "\r\n".join(f"{name:<28}{pid:>6} Console  1  24,112 K" for pid, name in facts.PROCESSES),
    ),
    (r"\bnet\s+(view|user|group)\b", f"{facts.USER}\r\nThe command completed successfully.\r\n"),
    (r"\bwmic\b.*\bmodel\b", "Model\r\nOptiPlex 7080\r\n"),
    (r"\bping\b", "Reply from 10.1.4.1: bytes=32 time<1ms TTL=64\r\n"),
    (r"\bdate\b", "Mon 06/01/2026\r\n"),
)
_ECHO = re.compile(r"\becho\s+([^&|>\r\n]{1,400})", re.IGNORECASE)


def console_answer(command: str) -> str:
    """What a command line would print; empty for what nobody reads."""
    for pattern, answer in _ANSWERS:
        if re.search(pattern, command, re.IGNORECASE):
            return answer
    found = _ECHO.search(command)
    return f"{found[1].strip()}\r\n" if found else ""
