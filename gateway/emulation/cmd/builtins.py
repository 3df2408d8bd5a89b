"""Commands that cmd.exe has of its own: variables, control flow, output, and the table of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.emulation.cmd import arithmetic, files, programs, routines
from gateway.emulation.cmd.tables import ASSOCIATIONS, FILE_TYPES, VERSION
from gateway.emulation.cmd.variables import UNKNOWN
from gateway.emulation.cmd.words import words
from gateway.emulation.shells import lines

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

Handler = Callable[["Shell", str], "bool | None"]


def named(text: str) -> tuple[Handler, str] | None:
    """The built-in command that a text starts with, and what follows its name."""
    found = _NAMED.match(text)
    if found is None:
        return None
    name = found[1].lower()
    following = text[found.end() : found.end() + 1]
    if following in (".", ":", "(", "[", "]", "+", "\\") and name not in _LOOSE:
        return None
    return _HANDLERS[name], text[found.end() :]


def _echo(shell: Shell, rest: str) -> bool | None:
    words_ = rest.strip().lower()
    if words_ in ("on", "off"):
        return True
    if not words_ and rest[:1] not in (".", ":", "(", "/", "\\", "+", "[", "]", ",", ";", "="):
        shell.say("ECHO is off.\r\n")
        return True
    shell.say(rest[1:] + "\r\n")
    return True


def _set(shell: Shell, rest: str) -> bool | None:
    plain = rest.strip(" \t,;=")
    if re.match(r"/a", plain, re.IGNORECASE):
        return _sum(shell, plain[2:])
    if re.match(r"/p", plain, re.IGNORECASE):
        return _ask(shell, plain[2:].strip())
    name, equals, value = _assigned(rest.lstrip(" \t,;="))
    if not equals:
        return _list(shell, name.strip())
    if name.strip() or name:
        shell.variables.put(name.lstrip(), value, tainted=shell.tainted)
    return True


def _assigned(text: str) -> tuple[str, str, str]:
    """`name=value`, `"name=value" what follows is nothing`."""
    if text.startswith('"'):
        inner = text[1:]
        end = inner.rfind('"')
        return (inner[:end] if end >= 0 else inner).partition("=")
    return text.partition("=")


def _list(shell: Shell, prefix: str) -> bool | None:
    found = sorted(shell.variables.environment().items(), key=lambda pair: pair[0].lower())
    found_lines = [
        f"{k}={v}\r\n" for k, v in found if k.lower().startswith(prefix.lower().strip('"'))
    ]
    if shell.captures:
        shell.say("".join(found_lines))
    return bool(found_lines)


def _sum(shell: Shell, text: str) -> bool | None:
    variables = shell.variables
    try:
        value = arithmetic.calculate(
            text, variables.get, lambda k, v: variables.put(k, v, tainted=shell.tainted)
        )
    except arithmetic.NotKnown:
        for name in re.findall(r"([A-Za-z_]\w*)\s*(?:<<|>>|[-+*/%&|^])?=", text):
            variables.put(name, UNKNOWN)
        return None
    if shell.frame is None:
        shell.say(str(value))  # on a command line the sum is printed
    return True


def _ask(shell: Shell, text: str) -> bool | None:
    """`set /p name=prompt`: from the input where that is known, else from a person."""
    name, _, prompt = _assigned(text)
    shell.say(prompt.strip('"') if shell.captures else "")
    if shell.told is not None:
        line = shell.told.split("\n", 1)[0].rstrip("\r")
        if line and name.strip():
            shell.variables.put(name.strip(), line)
        return bool(line)
    shell.asked += 1
    if name.strip():
        shell.variables.put(name.strip(), UNKNOWN)
    return None


def _goto(shell: Shell, rest: str) -> bool | None:
    found = re.match(r"[\s,;=]*:?[\s,;=]*([^\s:+,;=&|<>()]+)", rest)
    if found is None:
        return False
    if UNKNOWN in found[1]:
        shell.lacks("the label that a goto leads to")
    routines.go(shell, found[1])
    return True


def _call(shell: Shell, rest: str) -> bool | None:
    arguments = shell.frame.arguments if shell.frame is not None else None
    text = shell.variables.percent(rest.lstrip(), arguments)
    if text.startswith(":"):
        label, *given = lines.kept_words(text[1:]) or [""]
        routines.call(shell, label, tuple(given))
        return shell.errorlevel == 0 if shell.errorlevel is not None else None
    return shell.command(text)


def _exit(shell: Shell, rest: str) -> bool | None:
    found = [word for word in rest.split() if not word.lower().startswith("/b")]
    code = found[0] if found else ""
    if code.lstrip("-").isdigit():
        shell.errorlevel = int(code)
    whole = "/b" not in rest.lower()
    routines.leave(shell, whole=whole)
    return True


def _setlocal(shell: Shell, rest: str) -> bool | None:
    shell.saved.append((shell.variables.copy(), shell.late))
    low = rest.lower()
    if "enabledelayed" in low:
        shell.late = True
    elif "disabledelayed" in low:
        shell.late = False
    return True


def _endlocal(shell: Shell, rest: str) -> bool | None:
    if shell.saved:
        shell.variables, shell.late = shell.saved.pop()
    return True


def _shift(shell: Shell, rest: str) -> bool | None:
    if shell.frame is not None:
        first, *others = shell.frame.arguments
        shell.frame.arguments = (first, *others[1:])
    return True


def _start(shell: Shell, rest: str) -> bool | None:
    """`start ["title"] [/options] program`."""
    text = rest.strip()
    how = ["by start"]
    if text.startswith('"'):
        end = text.find('"', 1)
        title, after = text[1:end], text[end + 1 :].strip() if end > 0 else ""
        text = after or f'"{title}"'
    while found := re.match(r'/(d)\s*("[^"]*"|\S+)\s*|/(\w+)\s*', text, re.IGNORECASE):
        how += ["minimized"] if (found[3] or "").lower() == "min" else []
        text = text[found.end() :]
    if not text or text == '""':
        return True
    return programs.started(shell, text, *how)


def _pause(shell: Shell, rest: str) -> bool | None:
    shell.asked += 1
    return True


def _assoc(shell: Shell, rest: str) -> bool | None:
    return _table(shell, ASSOCIATIONS, rest)


def _ftype(shell: Shell, rest: str) -> bool | None:
    return _table(shell, FILE_TYPES, rest)


def _table(shell: Shell, table: dict[str, str], rest: str) -> bool | None:
    name, equals, value = rest.strip().partition("=")
    if equals:
        shell.recorder.call("association", f"{name}={value}")
        return True
    if shell.captures:
        found = [(k, v) for k, v in table.items() if not name or k.lower() == name.lower()]
        shell.say("".join(f"{k}={v}\r\n" for k, v in found))
    return True


def _version(shell: Shell, rest: str) -> bool | None:
    shell.say(f"\r\n{VERSION}\r\n" if shell.captures else "")
    return True


def _path(shell: Shell, rest: str) -> bool | None:
    if rest.strip(" ="):
        shell.variables.put("Path", rest.strip(" ="))
    return True


def _moment(shell: Shell, rest: str) -> bool | None:
    """`date /t`, `time /t`, `vol`: told, but nothing is made of it."""
    shell.say(UNKNOWN + "\r\n" if shell.captures else "")
    return True


def _mklink(shell: Shell, rest: str) -> bool | None:
    shell.recorder.call("mklink", *words(rest)[:4])
    return True


def _nothing(shell: Shell, rest: str) -> bool | None:
    return True


_HANDLERS: dict[str, Handler] = {
    "assoc": _assoc,
    "break": _nothing,
    "call": _call,
    "cd": files.change_folder,
    "chdir": files.change_folder,
    "cls": _nothing,
    "color": _nothing,
    "copy": files.copy,
    "date": _moment,
    "del": files.delete,
    "dir": files.listing,
    "echo": _echo,
    "endlocal": _endlocal,
    "erase": files.delete,
    "exit": _exit,
    "ftype": _ftype,
    "goto": _goto,
    "md": files.make_folder,
    "mkdir": files.make_folder,
    "mklink": _mklink,
    "move": files.move,
    "path": _path,
    "pause": _pause,
    "popd": files.pop_folder,
    "prompt": _nothing,
    "pushd": files.push_folder,
    "rd": files.remove_folder,
    "rem": _nothing,
    "ren": files.rename,
    "rename": files.rename,
    "rmdir": files.remove_folder,
    "set": _set,
    "setlocal": _setlocal,
    "shift": _shift,
    "start": _start,
    "time": _moment,
    "title": _nothing,
    "type": files.show,
    "ver": _version,
    "verify": _nothing,
    "vol": _moment,
}
_LOOSE = frozenset({"echo", "cd", "chdir", "goto", "rem", "cls", "exit"})
"""Commands whose name may end at a mark: `echo.`, `cd\\`, `goto:eof`."""

_NAMED = re.compile(
    rf"[\s,;=@]*({'|'.join(sorted(_HANDLERS, key=len, reverse=True))})"
    r'(?=[\s,;=/.:(\[\]+\\"<>|&]|\Z)',
    re.IGNORECASE,
)
