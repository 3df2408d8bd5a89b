"""Programs of the system with effects on the machine: registry, network, waiting, attributes."""

from __future__ import annotations

import ntpath
import re
from typing import TYPE_CHECKING

from gateway.emulation.cmd import files
from gateway.emulation.cmd.variables import UNKNOWN
from gateway.emulation.cmd.words import value_of, words
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

_LOCAL = re.compile(r"\b(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0)\b", re.IGNORECASE)
_VISUAL_STUDIO = r"C:\Program Files\Microsoft Visual Studio\2022\Professional"
_REQUESTS = 4
"""Requests that ping sends when it is not told how many."""


def reg(shell: Shell, rest: str) -> bool | None:
    """`reg add key /v name /d data`, `reg delete`, `reg query`."""
    given = words(rest)
    if len(given) < 2:
        return None
    verb, key = given[0].lower(), given[1]
    name = value_of(rest, "/v")
    path = f"{key}\\{name}"
    registry = shell.session.world.registry
    if verb == "add":
        data = value_of(rest, "/d")
        registry.write(path, data, data, value_of(rest, "/t"))
        return True
    if verb == "delete":
        registry.delete(path.rstrip("\\"))
        return None
    if verb == "query" and shell.captures:
        known = registry.values.get(registry.full(path).lower())
        shell.say(UNKNOWN if known is None else f"    {name}    REG_SZ    {known}\r\n")
    return None


def net(shell: Shell, rest: str) -> bool | None:
    """`net use` connects to another machine."""
    share = re.search(r"\\\\([\w.-]+)(@[\w@]+)?\\", rest)
    if re.match(r"\s*use\b", rest, re.IGNORECASE) and share is not None:
        line = rest[share.start() :].split()[0].strip('"')
        shell.disk.map_drive(words(rest)[1], line)
        shell.recorder.note(Kind.NETWORK, "connect", f"{share[1]}:445", line)
    if shell.captures:
        shell.say(UNKNOWN + "\r\n")
    return None


def ping(shell: Shell, rest: str) -> bool | None:
    """ping: a wait of a second for each request, and a name that is resolved."""
    count = value_of(rest, "-n")
    requests = int(count) if count.isdigit() else _REQUESTS
    shell.recorder.sleep(float(min(max(0, requests - 1), 36_000)))
    names = [word for word in words(rest) if not word.startswith(("-", "/")) and "." in word]
    if names and not _LOCAL.search(rest):
        shell.recorder.note(Kind.NETWORK, "resolve", names[-1])
    if shell.captures:
        shell.say(UNKNOWN + "\r\n")
    return True if _LOCAL.search(rest) else None


def timeout(shell: Shell, rest: str) -> bool | None:
    """`timeout /t seconds`."""
    found = re.search(r"(\d+)", rest)
    shell.recorder.sleep(float(min(int(found[1]), 36_000)) if found is not None else 0.0)
    shell.effects += 1
    return True


def choice(shell: Shell, rest: str) -> bool | None:
    """A person is asked."""
    shell.asked += 1
    shell.errorlevel = None
    return None


def hostname(shell: Shell, rest: str) -> bool | None:
    """The machine's name."""
    shell.say(facts.COMPUTER + "\r\n")
    return True


def where(shell: Shell, rest: str) -> bool | None:
    """where: a program of the system, or one that is installed."""
    for word in words(rest):
        name = ntpath.basename(word.rpartition(":")[2])
        if word.startswith("/") or not name:
            continue
        stem, extension = ntpath.splitext(name)
        found = shell.disk.get(ntpath.join(facts.SYSTEM, stem + (extension or ".exe")))
        installed = rf"C:\Program Files\{stem}\{stem}.exe"
        shell.say((found.path if found is not None else installed) + "\r\n")
    return None


def vswhere(shell: Shell, rest: str) -> bool | None:
    """vswhere of Visual Studio: its folder, or the file below it that `-find` names."""
    pattern = value_of(rest, "-find")
    below = re.sub(r"\*\*?\\?", "", pattern.strip('"'))
    shell.say(ntpath.join(_VISUAL_STUDIO, below) + "\r\n")
    return None


def whoami(shell: Shell, rest: str) -> bool | None:
    """The user's name, or rights that only the machine could tell."""
    if rest.strip():
        shell.say(UNKNOWN + "\r\n" if shell.captures else "")
        return None
    shell.say(f"{facts.DOMAIN}\\{facts.USER}\r\n".lower())
    return True


def attrib(shell: Shell, rest: str) -> bool | None:
    """attrib +h +s: told where the file is the script's own."""
    if re.search(r"\+[hs]\b", rest, re.IGNORECASE):
        for name in words(rest):
            file = shell.disk.get(name)
            itself = shell.disk.full(name).lower() == shell.disk.sample_path.lower()
            if file is not None and (file.written or itself):
                shell.recorder.call("hides a file", file.path)
    return True


def xcopy(shell: Shell, rest: str) -> bool | None:
    """xcopy of single files is copy; of trees, what they hold is the machine's."""
    names = [word for word in words(rest) if not word.startswith(("/", "-"))]
    if len(names) >= 2 and shell.disk.get(names[0]) is not None:
        return files.copy(shell, f'"{names[0]}" "{names[1]}"')
    return None
