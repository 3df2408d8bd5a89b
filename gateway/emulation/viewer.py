"""Documents opened by the application that people open them with: LibreOffice, in guests of gVisor.

It is the machine's own LibreOffice: the guest sees the machine's /usr, read-only, in place of its
own. What is looked for is what a document does to its viewer: a program that starts, an address
asked for, a file outside of the viewer's own directory. Asked for by name only: see decision 115.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.emulation.bait import DOWNLOADS, HOME
from gateway.emulation.contract import (
    Absent,
    Budget,
    Context,
    Detonation,
    Kind,
    Present,
    Sample,
    StopKind,
    Stopped,
    unrun,
)
from gateway.emulation.effects import Effect
from gateway.emulation.gvisor import Gvisor
from gateway.emulation.interpreters import Start, guest_name
from gateway.emulation.oci import Mount
from gateway.model.convertible import DRAWN_BY_OFFICE, LIBREOFFICE
from gateway.model.filetype import BY_NAME

_INIT = "/usr/bin/perl"
"""Process 1 of the guest runs on the machine's perl, as everything there."""

VERSION_FILE = "/usr/lib/libreoffice/program/versionrc"

_SCRATCH = "/tmp/viewer"
"""The viewer's own directory: its profile, its temporary files, the pages it makes."""

_READ_ONLY = ("/usr", "/etc/fonts", "/etc/libreoffice", "/var/lib/libreoffice")
_FONT_CACHE = "/var/cache/fontconfig"
"""What fontconfig knows of the fonts: without it each run reads them all first."""

_MASKED = ("/usr/local", "/usr/src", "/usr/lib/sluice")
"""Below /usr, what is not Debian's, and the gateway itself: no guest needs to see it."""

_START_SECONDS = 20.0
"""Given beside the budget for LibreOffice to start: four when idle, fifteen under full load."""

_MEMORY = 1 << 30
"""Bytes of a guest: LibreOffice takes 300 MiB for a letter."""

_TRACE = 128 << 20
"""Bytes of its log: a start is ten MiB."""

# The identifier of the build in the new profile spares a first start that only writes it.
_SCRIPT = f"""export TMPDIR={_SCRATCH} XDG_CACHE_HOME={_SCRATCH} XDG_CONFIG_HOME={_SCRATCH}
mkdir -p {_SCRATCH}/profile/user/extensions
while read -r line; do
  case "$line" in buildid=*) printf %s "${{line#buildid=}}" ;; esac
done <{VERSION_FILE} >{_SCRATCH}/profile/user/extensions/buildid
s="$0 -env:UserInstallation=file://{_SCRATCH}/profile --headless --norestore --nologo"
$s --convert-to pdf --outdir {_SCRATCH}/out "$1"
[ $? = 81 ] && $s --convert-to pdf --outdir {_SCRATCH}/out "$1"
[ -n "$(echo {_SCRATCH}/out/*.pdf)" ] && [ -s {_SCRATCH}/out/*.pdf ] || exit {{NOT_OPENED}}
""".replace("{NOT_OPENED}", "9")

_NOT_OPENED = 9
"""The script's exit code where LibreOffice made no pages."""

_DETAIL = "documents in LibreOffice, where this environment is named"

_OWN_READS = (
    *("/etc/libreoffice/", "/etc/fonts/", "/var/lib/libreoffice/", "/var/cache/fontconfig/"),
    *("/etc/papersize", "/etc/cups/", f"{HOME}/.gnupg/", _SCRATCH),
)
_PROGRAMS = "/usr/lib/libreoffice/"
_TEMPORARY = ("/tmp", "/var/tmp")
_OWN_FILES = (_SCRATCH, "/tmp/OSL_PIPE_", f"{DOWNLOADS}/.~lock.", f"{DOWNLOADS}/lu")
"""Its profile, its pages, its line to a second start of itself, and the lock beside a document."""

_COMPANIONS = re.compile(
    r"sh -c paperconf 2>/dev/null|(?:/usr/bin/)?gpg(?:conf|sm)? --(?:version|list-\w+)"
)
"""Programs that it asks for the paper's size and for keys, whatever it opens, with their words."""


@dataclass(slots=True)
class Viewer:
    """Opens documents in guests of `gvisor`, under its name. See the contract."""

    gvisor: Gvisor
    program: Path = Path(LIBREOFFICE)

    @property
    def name(self) -> str:
        return self.gvisor.name

    @property
    def types(self) -> frozenset[str]:
        return DRAWN_BY_OFFICE

    def probe(self) -> Present | Absent:
        """LibreOffice is there, and gVisor's guests start."""
        if not self.program.exists():
            return Absent("LibreOffice is not installed: there is nothing to open documents with")
        if not Path(_INIT).exists():
            return Absent(f"there is no {_INIT} here, which is process 1 of a guest")
        state = self.gvisor.probe()
        return state if isinstance(state, Absent) else Present(state.version, _DETAIL)

    def unsupported(self, sample: Sample) -> str:
        """Why it cannot be opened; empty when it can."""
        return (
            "" if sample.type in DRAWN_BY_OFFICE else f"LibreOffice opens no '{sample.type}' here"
        )

    def sweep(self) -> int:
        """The guests are gVisor's, and so is what they leave."""
        return 0

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        """Open the document once, print it to PDF, and say what happened meanwhile."""
        if refused := self.unsupported(sample):
            return unrun(self.name, "", Stopped(StopKind.UNSUPPORTED, refused))
        state = self.probe()
        if isinstance(state, Absent):
            return unrun(self.name, "", Stopped(StopKind.ABSENT, state.reason))
        wider = replace(
            budget,
            seconds=budget.seconds + _START_SECONDS,
            memory=max(budget.memory, _MEMORY),
            trace=max(budget.trace, _TRACE),
        )
        seen = self.gvisor.run(sample, start(sample), wider)
        if seen.stopped_by is None and seen.exit_status == _NOT_OPENED:
            return replace(
                seen, stopped_by=Stopped(StopKind.INCOMPLETE, "LibreOffice cannot open it")
            )
        return seen


def start(sample: Sample) -> Start:
    """How a guest opens the document."""
    suffix = BY_NAME[sample.type].extensions[0]
    name = guest_name(sample.name, suffix)
    path = f"{DOWNLOADS}/{name}" if "." in name else f"{DOWNLOADS}/{name}.{suffix}"
    return Start(path, ("/bin/sh", "-c", _SCRIPT, LIBREOFFICE, path), _mounts(), is_own)


def is_own(what: Effect, program: str, failed: str, first: bool) -> bool:
    """What every document makes the viewer do; `first` is the script that starts it,
    or what the script starts."""
    match what.kind:
        case Kind.PROCESS if what.action == "execute":
            words = " ".join(what.arguments)
            return (first and what.target in (LIBREOFFICE, "/usr/bin/mkdir")) or (
                program == LIBREOFFICE and _COMPANIONS.fullmatch(words) is not None
            )
        case Kind.PROCESS if what.action == "rename-self":
            return program == LIBREOFFICE  # each of its threads has a name
        case Kind.MEMORY:
            return program == LIBREOFFICE  # it compiles the calls between its languages
        case Kind.FILE if what.action == "read":
            return what.target.startswith(_OWN_READS) or what.target in _TEMPORARY
        case Kind.FILE if what.action == "make-directory" and failed.startswith("file exists"):
            return True
        case Kind.FILE if program == LIBREOFFICE and what.target.startswith(
            "/usr/lib/libreoffice/"
        ):
            return bool(failed)
        case Kind.FILE:
            own = first or program in (LIBREOFFICE, "/usr/bin/mkdir")
            return own and what.target.startswith(_OWN_FILES)
    return False


def _mounts() -> tuple[Mount, ...]:
    """The machine's LibreOffice with what it needs, nothing of it writable."""
    shown = [path for path in (*_READ_ONLY, _FONT_CACHE) if Path(path).is_dir()]
    masked = [path for path in _MASKED if Path(path).is_dir()]
    return (
        *(Mount(path, "bind", path, ("rbind", "ro")) for path in shown),
        *(Mount(path, "tmpfs", "tmpfs", ("ro",)) for path in masked),
        Mount(_SCRATCH, "tmpfs", "tmpfs", ("nosuid", "nodev", "mode=1777")),
    )
