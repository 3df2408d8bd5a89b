"""How a script reaches outside: what it asks the web for, writes, starts, or hides in a call.

Nothing is asked, written or started: the recorder and the emulated machine are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.powershell.values import Unknown, Value, has_unknown, text
from gateway.emulation.shells.follow import started
from gateway.emulation.windows import sinkhole

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

SHOWN = 400
"""Characters of one argument that a report shows."""

_SECRET = (
    "amsi",
    "reflection",
    "marshal",
    "unsafenative",
    "interopservices",
    "getmethod",
    "getfield",
    "virtualalloc",
)


def shown(values: list[Value]) -> list[str]:
    """Arguments as a report shows them."""
    return [text(value)[:SHOWN] for value in values[:8]]


def tell_secret(m: Machine, where: str, name: str, arguments: list[Value]) -> None:
    """Tell a call by whose words something hides from the machine's guards."""
    words = " ".join([where, name, *shown(arguments)]).lower()
    if any(sign in words for sign in _SECRET):
        m.session.recorder.call(f"{where}.{name}", *shown(arguments))


def fetch(m: Machine, url: Value, method: str = "GET", body: str = "") -> bytes:
    """Ask the sinkhole."""
    m.effects += 1
    if has_unknown(url):
        m.note("an address could not be worked out in full")
    return sinkhole.answer(m.session.recorder, method, text(url), body)


def save(m: Machine, path: Value, data: bytes, *how: str) -> None:
    """Write a file on the emulated disk; its folders are made."""
    where = text(path)
    if not where:
        return
    disk = m.session.world.disk
    full = disk.full(where)
    disk._add_folder(full.rpartition("\\")[0])
    disk.write(full, data, *how)


def launch(m: Machine, line: Value, *how: str) -> None:
    """A program is started: told, and followed where it is PowerShell again."""
    words = text(line)
    if isinstance(line, Unknown):
        m.note("a program's name could not be worked out")
        if line.lack:
            m.lacks("the name of a program that is started")
    started(m.session, words, m.nested, *how)
