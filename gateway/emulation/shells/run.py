"""A PowerShell script or a command file in the guest: read, walked, and how it ended."""

from __future__ import annotations

import ntpath
import re
from functools import partial

from gateway.emulation.cmd import run as cmd
from gateway.emulation.cmd.shell import run_nested as run_cmd
from gateway.emulation.contract import StopKind
from gateway.emulation.powershell import encodings
from gateway.emulation.powershell.machine import run_nested
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Session, Sink
from gateway.emulation.scripts.wsh import text_of
from gateway.emulation.shells import follow, lines
from gateway.emulation.windows import facts

DEPTH_MAX = 12
"""Shells within shells: known droppers nest four."""

_POWERSHELL = rf"{facts.SYSTEM}\WindowsPowerShell\v1.0\powershell.exe"

_WARM = b"""$a = 'x' -replace 'x','y' -split ',' ; $b = [regex]::Replace('a','b','c')
$c = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('YQ==')); iex "'a'"
(New-Object Net.WebClient).DownloadString('http://x.example/'); 'a' -like 'b*'
foreach ($x in 1..3) { $x | % { $_ } } ; cmd /c "echo a" ; function f($q) { $q } ; f 1
$s = New-Object -ComObject WScript.Shell ; $s.Run('a') ; try { $a } catch { $b }
switch ('a') { 'a' { 1 } default { 2 } } ; '{0}{1:x2}' -f 'a', 3 ; @{ a = 1 }
"""

_WARM_CMD = b"""@echo off
set /a n=1+2 & set "a=%n:~0,1%" & if /i "%a%"=="3" (echo %a:3=4%) else goto end
for /f "tokens=1 delims= " %%i in ('echo a b') do echo %%~nxi | findstr /i a
certutil -decode x y & ping -n 1 127.0.0.1 & curl http://x.example/ & dir | more
:end
"""


class _Nowhere:
    """Takes messages and forgets them."""

    def write(self, data: bytes) -> int:
        return 0


def preload() -> None:
    """Use everything once, so that nothing is done for the first time in a guest."""
    encodings.preload()
    run(_WARM, wire.Request("warm.ps1", "powershell", 5.0), _Nowhere())
    run(_WARM_CMD, wire.Request("warm.bat", "batch", 5.0), _Nowhere())


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Walk a script; everything that is seen goes to `out`."""
    batch = request.type == "batch"
    session = Session(request, cmd.PROGRAM if batch else _POWERSHELL, out)
    session.world.run_shell = partial(_shell, session)
    session.world.commands.followed = True
    path = cmd.file_name(request) if batch else _file_name(request)
    session.world.disk.add(path, data)
    session.world.disk.sample_path = path
    walk = cmd.run if batch else _walk
    session.attempt(lambda: walk(data, session), "the script")
    session.finish()


def _file_name(request: wire.Request) -> str:
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", request.name)[-120:].strip(" .")
    return ntpath.join(facts.DOWNLOADS, name or "sample.ps1")


def _walk(data: bytes, session: Session) -> None:
    source = text_of(data).replace("\0", "").strip()
    code = lines.powershell_code(source) if "\n" not in source else None
    if code is not None:
        follow.started(session, source, 0)
        return
    run_nested(session, source)
    if not source:
        session.stop(StopKind.INCOMPLETE, "the script is empty")


def _shell(session: Session, kind: str, code: str, depth: int) -> str:
    """One shell starts another; what that one prints."""
    if depth >= DEPTH_MAX:
        session.stop(StopKind.INCOMPLETE, f"shells within shells, more than {DEPTH_MAX} deep")
        return ""
    if kind == "cmd":
        return run_cmd(session, code, depth)
    plain = code.strip() in _source(session)
    session.world.evaluated(code, "code on a command line" if plain else "code made of text")
    return run_nested(session, code, depth)


def _source(session: Session) -> str:
    """The sample as it is written: code that stands in it word for word is not hidden."""
    file = session.world.disk.get(session.world.disk.sample_path)
    return text_of(file.data) if file is not None else ""
