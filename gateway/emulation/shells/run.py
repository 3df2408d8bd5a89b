"""A PowerShell script in the guest: read, walked, and how it ended."""

from __future__ import annotations

import ntpath
import re

from gateway.emulation.contract import StopKind
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Session, Sink
from gateway.emulation.scripts.wsh import text_of
from gateway.emulation.shells import follow, psmembers
from gateway.emulation.shells.psmachine import run_nested
from gateway.emulation.windows import facts

_POWERSHELL = rf"{facts.SYSTEM}\WindowsPowerShell\v1.0\powershell.exe"

_WARM = b"""$a = 'x' -replace 'x','y' -split ',' ; $b = [regex]::Replace('a','b','c')
$c = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('YQ==')); iex "'a'"
(New-Object Net.WebClient).DownloadString('http://x.example/'); 'a' -like 'b*'
foreach ($x in 1..3) { $x | % { $_ } } ; cmd /c "echo a" ; function f($q) { $q } ; f 1
$s = New-Object -ComObject WScript.Shell ; $s.Run('a') ; try { $a } catch { $b }
switch ('a') { 'a' { 1 } default { 2 } } ; '{0}{1:x2}' -f 'a', 3 ; @{ a = 1 }
"""


class _Nowhere:
    """Takes messages and forgets them."""

    def write(self, data: bytes) -> int:
        return 0


def preload() -> None:
    """Use everything once, so that nothing is done for the first time in a guest."""
    psmembers.preload()
    run(_WARM, wire.Request("warm.ps1", "powershell", 5.0), _Nowhere())


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Walk a script; everything that is seen goes to `out`."""
    source = text_of(data).replace("\0", "")
    session = Session(request, _POWERSHELL, out)
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", request.name)[-120:].strip(" .")
    path = ntpath.join(facts.DOWNLOADS, name or "sample.ps1")
    session.world.disk.add(path, data)
    session.world.disk.sample_path = path
    session.attempt(lambda: _walk(session, source), "the script")
    session.finish()


def _walk(session: Session, source: str) -> None:
    stripped = source.strip()
    code = follow.code_of(stripped) if "\n" not in stripped else None
    if code is not None:
        follow.started(session, stripped, 0)
        return
    run_nested(session, source)
    if not stripped:
        session.stop(StopKind.INCOMPLETE, "the script is empty")
