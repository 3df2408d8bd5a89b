"""Programs that a command file starts: each is told; those whose effects are known have them.

A program that is not known is one that would start. Shells are followed, never run.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.emulation.cmd import fetchers, filters, system
from gateway.emulation.cmd.variables import UNKNOWN
from gateway.emulation.cmd.words import value_of
from gateway.emulation.contract import Kind
from gateway.emulation.powershell.values import UNKNOWN_TEXT
from gateway.emulation.shells import lines
from gateway.emulation.windows import facts
from gateway.emulation.windows.disk import File

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

Program = Callable[["Shell", str], "bool | None"]

_FIRST = re.compile(r'\s*((?:"[^"]*"?|[^\s"/,;=]|/(?![a-zA-Z?](?:\W|\Z)))+)')
_OPTIONS = re.compile(r"\A(?:\s*--\w+)+\s*")
_BUSY = 4
"""Programs up to which a file that starts itself does nothing else; with more it is at work."""

_SCRIPT_HOSTS = {".vbs": "vbs", ".vbe": "vbe", ".js": "js", ".jse": "jse", ".wsf": "wsf"}
_INLINE = re.compile(r"\b(javascript|vbscript):(.*)", re.IGNORECASE | re.DOTALL)


def run(shell: Shell, name: str, rest: str, *how: str) -> bool | None:
    """Start a program by its name; whether it succeeds, None when only the machine could tell."""
    shell.errorlevel = None
    if UNKNOWN in name:
        return _unknown(shell, name, rest)
    file = _file(shell, name)
    base = ntpath.basename(file.path if file is not None else name).lower()
    known = re.sub(r"\.(exe|com)\Z", "", base)
    line = f'"{name}"{rest}' if " " in name else f"{name}{rest}"
    if file is not None and file.written:
        original = _original(shell, file)
        if original:
            shell.recorder.call("renamed system program", original, file.path, rest.strip())
            known = ntpath.basename(original).lower().removesuffix(".exe")
            line = f"{original}{rest}"
    if known in _QUIET:
        return _QUIET[known](shell, rest)
    shell.session.world.commands.start(line.strip(), *how)
    if file is not None and _own(shell, file, line, rest, how):
        return None
    handler = _PROGRAMS.get(known)
    done = handler(shell, rest) if handler is not None else None
    if handler is None and shell.captures:
        shell.say(UNKNOWN + "\r\n")
    return done


def started(shell: Shell, text: str, *how: str) -> bool | None:
    """Start what a text names first, as `start` and schedules do."""
    found = _FIRST.match(text)
    if found is None:
        return None
    name = found[1].replace('"', "")
    if shell.knows(text) and " " not in name:
        return shell.child(late=shell.late).command(text)
    shell.effects += 1
    return run(shell, name, text[found.end() :], *how)


def _unknown(shell: Shell, name: str, rest: str) -> bool | None:
    """A name that is not known: what it is would have to come from the machine."""
    shell.recorder.note(Kind.PROCESS, "execute", name, f"{name}{rest}")
    if name.strip('"') == UNKNOWN:
        shell.lacks(f"the name of a program that is started: {name}{rest[:60]}")
    return None


def _file(shell: Shell, name: str) -> File | None:
    """The file that a name means, with the extensions that cmd tries.

    A bare name never means the sample: in `ping.bat`, `ping` shall be the system's, whatever it is
    named on its way.
    """
    bare = not ntpath.dirname(name)
    for extension in ("", ".com", ".exe", ".bat", ".cmd", ".vbs", ".js"):
        file = shell.disk.get(name + extension)
        itself = file is not None and file.path.lower() == shell.disk.sample_path.lower()
        if file is not None and not (itself and bare and extension):
            return file
    return None


def _original(shell: Shell, file: File) -> str:
    """The system program of which a written file is a copy; empty when it is none."""
    if not file.data:
        return ""
    for path in facts.PROGRAMS:
        known = shell.disk.get(path)
        if known is not None and not known.written and known.data == file.data:
            return known.path
    return ""


def _own(shell: Shell, file: File, line: str, rest: str, how: tuple[str, ...]) -> bool:
    """Files of the script's own making: command files are walked, scripts go back as they are."""
    extension = ntpath.splitext(file.path)[1].lower()
    if extension not in (".bat", ".cmd"):
        return extension in _SCRIPT_HOSTS
    given = tuple(lines.kept_words(rest))
    if file.path.lower() == shell.disk.sample_path.lower():
        shell.recorder.call("starts itself", line.strip())
        if (given, shell.state()) in shell.runs:
            if shell.certain and not shell.unsure and not shell.asked and shell.effects <= _BUSY:
                shell.recorder.call("starts itself without end")
            return True
    elif not file.written:
        return False
    if "by start" in how:
        shell = shell.child()
    outer, shell.runs = shell.runs, (*shell.runs, (given, shell.state()))
    shell.depth += 1
    try:
        shell.run_batch(file.data, (f'"{file.path}"', *given))
    finally:
        shell.depth -= 1
        shell.runs = outer
    return True


def _cmd(shell: Shell, rest: str) -> bool | None:
    """Another command shell: its line, or what comes from its input."""
    code, late = lines.cmd_code(rest)
    child = shell.child(late=late)
    if code is None:
        code = shell.told
        if code is None:
            return None
        shell.session.world.evaluated(code)
    if code.strip() == UNKNOWN:
        shell.lacks("commands that are piped into cmd")
    for line in code.splitlines():
        child.run_in(line)
    return None


def _powershell(shell: Shell, rest: str) -> bool | None:
    """PowerShell: its code is worked out with this shell's variables."""
    world = shell.session.world
    code = lines.powershell_code(f"powershell {rest}")
    if not code or code.strip() == "-":
        code = shell.told
    if not code or world.run_shell is None:
        return None
    outer, world.environment = world.environment, shell.variables.environment()
    try:
        printed = world.run_shell("powershell", code, shell.depth + 1)
    finally:
        world.environment = outer
    if shell.captures:
        shell.say(printed.replace(UNKNOWN_TEXT, UNKNOWN) or UNKNOWN + "\r\n")
    return None


def _script_host(shell: Shell, rest: str) -> bool | None:
    """wscript and cscript: the sample itself in another language goes back as that language's."""
    sample = shell.disk.sample_path
    if ntpath.basename(sample).lower() not in rest.lower():
        return None
    language = re.search(r"//e:(jscript|vbscript)", rest, re.IGNORECASE)
    if language is not None:
        _as_another(shell, "js" if language[1].lower() == "jscript" else "vbs")
    elif re.search(r"\?\.wsf\b", rest, re.IGNORECASE):
        _as_another(shell, "wsf")
    else:
        shell.lacks("the script host reads the sample itself, as another language")
    return None


def _as_another(shell: Shell, extension: str) -> None:
    """The sample goes back as a file of another type. It has a line more than the sample: what is
    the same byte for byte is not judged again."""
    sample = shell.disk.get(shell.disk.sample_path)
    if sample is not None:
        shell.session.drop(f"itself.{extension}", sample.data + b"\r\n")


def _mshta(shell: Shell, rest: str) -> bool | None:
    """mshta: code in its line goes back as a script; addresses are asked."""
    inline = _INLINE.search(rest)
    if inline is not None:
        extension = "js" if inline[1].lower() == "javascript" else "vbs"
        shell.session.drop(f"mshta.{extension}", inline[2].strip('" ').encode())
        return None
    sample = shell.disk.get(shell.disk.sample_path)
    if sample is not None and ntpath.basename(sample.path).lower() in rest.lower():
        _as_another(shell, "hta")
        return None
    return fetchers.asks(shell, rest)


def _wmic(shell: Shell, rest: str) -> bool | None:
    """wmic: processes that it creates are followed."""
    found = re.search(r"\bcall\s+create\s+(\"[^\"]*\"|'[^']*'|.+)", rest, re.IGNORECASE)
    if found is not None:
        return started(shell, found[1].strip("\"' "), "by WMI")
    shell.say(UNKNOWN + "\r\n" if shell.captures else "")
    return fetchers.asks(shell, rest)


def _schtasks(shell: Shell, rest: str) -> bool | None:
    """schtasks: what a task would start is looked at."""
    line = value_of(rest, "/tr")
    if line and re.search(r"/create\b", rest, re.IGNORECASE):
        started(shell, line.strip("'"), "by a task")
    return None


def _forfiles(shell: Shell, rest: str) -> bool | None:
    """forfiles: its command once, for files that only the machine has."""
    line = value_of(rest, "/c")
    line = re.sub(r"@(path|file|fname|ext|fdate|fsize|ftime|relpath|isdir)", UNKNOWN, line)
    line = re.sub(r"0x([0-9a-f]{2})", lambda f: chr(int(f[1], 16)), line, flags=re.IGNORECASE)
    if line:
        started(shell, line)
    return None


_QUIET: dict[str, Program] = {
    "find": filters.find,
    "findstr": filters.findstr,
    "more": filters.more,
    "sort": filters.sort,
    "timeout": system.timeout,
    "choice": system.choice,
}
"""Programs of which every script has some: nobody reads of them in a report."""


def _conhost(shell: Shell, rest: str) -> bool | None:
    """`conhost --headless program`: a console that nobody sees, and what runs in it."""
    return started(shell, _OPTIONS.sub("", rest))


_PROGRAMS: dict[str, Program] = {
    "attrib": system.attrib,
    "bitsadmin": fetchers.bitsadmin,
    "certutil": fetchers.certutil,
    "cmd": _cmd,
    "conhost": _conhost,
    "cscript": _script_host,
    "curl": fetchers.curl,
    "forfiles": _forfiles,
    "hostname": system.hostname,
    "mshta": _mshta,
    "msiexec": fetchers.asks,
    "net": system.net,
    "ping": system.ping,
    "powershell": _powershell,
    "pwsh": _powershell,
    "reg": system.reg,
    "regsvr32": fetchers.asks,
    "rundll32": fetchers.asks,
    "schtasks": _schtasks,
    "vswhere": system.vswhere,
    "wget": fetchers.wget,
    "where": system.where,
    "whoami": system.whoami,
    "wmic": _wmic,
    "wscript": _script_host,
    "xcopy": system.xcopy,
}
