"""What a system call does, in the words of the contract. Pure; one small function per call.

Arguments arrive as gVisor prints them: a pointer, then what it points to (`0x7ffe /tmp/x`), a
descriptor with its file (`0x3 /tmp/x`), or a directory with a path relative to it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.emulation.contract import Kind
from gateway.emulation.noise import LOCAL_SOCKETS, WRITE_TARGETS, is_noise_read
from gateway.emulation.strace import Call, string_list

LONG_SLEEP = 2.0
"""Seconds from which waiting is worth telling; polling loops stay below."""

_ANY_HOST = {"AF_INET": "0.0.0.0", "AF_INET6": "::"}
"""gVisor prints nothing for the address of no host, which is one's own where one connects to it."""

_TEXT_LIMIT = 300
"""Characters kept of one argument."""

_POINTER = r"0x[0-9a-f]+"
_NUMBERS = r"(?:, (?:S_\w+\|)*0[0-9a-fox]+)"
_PATH = re.compile(rf"{_POINTER} (.*?){_NUMBERS}?$", re.DOTALL)
_AT = rf"(AT_FDCWD|{_POINTER}) (.*?), {_POINTER} (.*?)"
_AT_PATH = re.compile(rf"{_AT}{_NUMBERS}*$", re.DOTALL)
_OPENAT = re.compile(rf"{_AT}, (O_[\w|]+|{_POINTER}), 0o[0-7]+$", re.DOTALL)
_OPEN = re.compile(rf"{_POINTER} (.*), (O_[\w|]+|{_POINTER}), 0o[0-7]+$", re.DOTALL)
_TWO = re.compile(rf"{_POINTER} (.*?), {_POINTER} (.*)$", re.DOTALL)
_LAX_AT = rf"(AT_FDCWD|{_POINTER})(?: (/.*?))??, {_POINTER} (.*?)"
_TWO_AT = re.compile(rf"{_AT}, {_LAX_AT}(?:, {_POINTER})?$", re.DOTALL)
"""Lax because gVisor prints the second directory of renameat2 as a bare number."""
_SYMLINK_AT = re.compile(rf"{_POINTER} (.*?), {_AT}$", re.DOTALL)
_DESCRIPTOR = re.compile(r"0x[0-9a-f]+ (.*?)(?:, .*)?$", re.DOTALL)
_MODE = re.compile(r", ((?:S_\w+\|)*)0o([0-7]+)(?:, 0x[0-9a-f]+)?$")
_SPECIAL_BITS = {"S_ISUID": 0o4000, "S_ISGID": 0o2000, "S_ISVTX": 0o1000}
_EXECUTE = re.compile(rf"(?:.*?, )??{_POINTER} (/.*?|[^,]*?), {_POINTER} (\[.*)$", re.DOTALL)
_ADDRESS = re.compile(r"\{Family: (\w+), Addr: (.*?)(?:, Port: (\d+))?\}", re.DOTALL)
_DUPLICATE = re.compile(r"0x[0-9a-f]+ (socket:\[\d+\]), 0x([0-2])\b")
_SLEEP = re.compile(r"\{sec=(\d+) nsec=\d+\}")
_NUMBER = re.compile(r"(0x[0-9a-f]+|-?\d+)")

_ANY_EXECUTE = 0o111
_WRITE_EXECUTE = 0x2 | 0x4
"""PROT_WRITE and PROT_EXEC (mprotect(2))."""

_PR_SET_NAME = 15
"""The option of prctl(2) that gives the calling thread another name."""

_GROWS_DOWN = 0x1000000
"""PROT_GROWSDOWN: the loader giving a stack the rights that a library's header asks for."""
_WRITING = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND")


@dataclass(frozen=True, slots=True)
class Effect:
    """A behaviour without its time and actor. `target` is absolute where it is a path."""

    kind: Kind
    action: str
    target: str
    arguments: tuple[str, ...] = ()


Translate = Callable[[Call, str], Effect | None]


def effect(call: Call, directory: str) -> Effect | None:
    """What `call` does from the working `directory`; None where it is not behaviour."""
    translate = _TABLE.get(call.name)
    return translate(call, directory) if translate else None


def absolute(directory: str, path: str) -> str:
    """A path as seen from `directory`, without `.` and `..`."""
    joined = posixpath.normpath(posixpath.join(directory, path))
    return joined.replace("//", "/", 1) if joined.startswith("//") else joined


def host_and_port(host: str, port: str) -> str:
    """A network target; an address of IPv6 stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def mode_action(bits: int) -> str:
    """What giving a file these permissions is called."""
    return "make-executable" if bits & _ANY_EXECUTE else "change-mode"


def changed_directory(call: Call, directory: str) -> str:
    """The working directory after a successful chdir or fchdir."""
    path = _first(_PATH if call.name == "chdir" else _DESCRIPTOR, call.arguments)
    return absolute(directory, path) if path else directory


def executed(call: Call, directory: str) -> tuple[str, tuple[str, ...]] | None:
    """Program and argument list of an execve."""
    match = _EXECUTE.match(call.arguments)
    if match is None:
        return None
    words = tuple(word[:_TEXT_LIMIT] for word in string_list(match[2]))
    return absolute(directory, match[1]), words


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return match[1] if match else ""


def _at(match: re.Match[str], first: int, directory: str) -> str:
    """The path of the `_AT` whose groups begin after group `first`."""
    base, path = match[first + 2] or directory, match[first + 3]
    return absolute(base if base.startswith("/") else directory, path)


def _opened(path: str, flags: str) -> Effect | None:
    if any(flag in flags for flag in _WRITING):
        if path in WRITE_TARGETS:
            return None
        words = {"O_CREAT": "create", "O_TRUNC": "truncate", "O_APPEND": "append"}
        return Effect(
            Kind.FILE, "write", path, tuple(word for flag, word in words.items() if flag in flags)
        )
    return None if is_noise_read(path) else Effect(Kind.FILE, "read", path)


def _openat(call: Call, directory: str) -> Effect | None:
    match = _OPENAT.match(call.arguments)
    if match is None or "O_DIRECTORY" in match[4] or "O_PATH" in match[4]:
        return None
    return _opened(_at(match, 0, directory), match[4])


def _open(call: Call, directory: str) -> Effect | None:
    match = _OPEN.match(call.arguments)
    if match is None or "O_DIRECTORY" in match[2]:
        return None
    return _opened(absolute(directory, match[1]), match[2])


def _creat(call: Call, directory: str) -> Effect | None:
    path = _first(_PATH, call.arguments)
    return _opened(absolute(directory, path), "O_CREAT|O_TRUNC") if path else None


def _on_path(kind: Kind, action: str) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        path = _first(_PATH, call.arguments)
        return Effect(kind, action, absolute(directory, path)) if path else None

    return translate


def _on_at_path(kind: Kind, action: str) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        match = _AT_PATH.match(call.arguments)
        return Effect(kind, action, _at(match, 0, directory)) if match else None

    return translate


def _on_descriptor(action: str) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        path = _first(_DESCRIPTOR, call.arguments)
        return Effect(Kind.FILE, action, path) if path.startswith("/") else None

    return translate


def _mode_change(locate: Translate) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        found = locate(call, directory)
        mode = _MODE.search(call.arguments)
        if found is None or mode is None:
            return None
        bits = int(mode[2], 8) | sum(_SPECIAL_BITS.get(name, 0) for name in mode[1].split("|"))
        return Effect(Kind.FILE, mode_action(bits), found.target, (f"{bits:o}",))

    return translate


def _two_paths(action: str) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        match = _TWO.match(call.arguments)
        if match is None:
            return None
        source, target = (absolute(directory, path) for path in match.groups())
        return Effect(Kind.FILE, action, target, (source,))

    return translate


def _two_at_paths(action: str) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        match = _TWO_AT.match(call.arguments)
        if match is None:
            return None
        return Effect(Kind.FILE, action, _at(match, 3, directory), (_at(match, 0, directory),))

    return translate


def _symlinkat(call: Call, directory: str) -> Effect | None:
    match = _SYMLINK_AT.match(call.arguments)
    return Effect(Kind.FILE, "link", _at(match, 1, directory), (match[1],)) if match else None


def _address(action: str) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        match = _ADDRESS.search(call.arguments)
        if match is None or match[1] in (LOCAL_SOCKETS, "AF_NETLINK", "AF_UNSPEC"):
            return None
        host, port = match[2].strip('"') or _ANY_HOST[match[1]], match[3] or "0"
        if port == "0" and action == "connect":
            return None  # the C library sorts addresses by connecting datagram sockets to port 0
        return Effect(Kind.NETWORK, action, host_and_port(host, port))

    return translate


def _socket(call: Call, directory: str) -> Effect | None:
    raw = "SOCK_RAW" in call.arguments or "AF_PACKET" in call.arguments
    if not raw or "AF_NETLINK" in call.arguments:
        return None
    return Effect(Kind.NETWORK, "raw-socket", call.arguments.partition(",")[0])


def _duplicated(call: Call, directory: str) -> Effect | None:
    """A socket put in the place of standard input or output: the heart of a remote shell."""
    match = _DUPLICATE.match(call.arguments)
    return (
        Effect(Kind.NETWORK, "redirect", match[1], (f"descriptor {match[2]}",)) if match else None
    )


def _sleep(call: Call, directory: str) -> Effect | None:
    match = _SLEEP.search(call.arguments)
    seconds = int(match[1]) if match else 0
    return Effect(Kind.PROCESS, "sleep", f"{seconds} s") if seconds >= LONG_SLEEP else None


def _kill(call: Call, directory: str) -> Effect | None:
    number, _, rest = call.arguments.partition(", ")
    signal = rest.rpartition(", ")[2] if call.name == "tgkill" else rest
    pid = _signed(number)
    if signal.startswith("0x0") or signal == "0":
        return None
    return Effect(
        Kind.PROCESS, "kill", "every process" if pid == -1 else f"process {pid}", (signal,)
    )


def _signed(word: str) -> int:
    match = _NUMBER.match(word)
    value = int(match[1], 0) if match else 0
    for bits in (32, 64):
        if (1 << (bits - 1)) <= value < (1 << bits):
            return value - (1 << bits)
    return value


def _identity(call: Call, directory: str) -> Effect | None:
    wanted = {_signed(word) for word in call.arguments.split(", ")}
    return Effect(Kind.PROCESS, "set-identity", "root", (call.name,)) if 0 in wanted else None


def _rename_self(call: Call, directory: str) -> Effect | None:
    """gVisor prints a number and a pointer, but the line of the exit begins with the new name."""
    if _signed(call.arguments) != _PR_SET_NAME or not call.process:
        return None
    return Effect(Kind.PROCESS, "rename-self", call.process)


def _anonymous_file(call: Call, directory: str) -> Effect | None:
    """A program in memory is often given no name at all."""
    match = _PATH.match(call.arguments)
    return Effect(Kind.MEMORY, "anonymous-file", f"memfd:{match[1]}") if match else None


def _protect(call: Call, directory: str) -> Effect | None:
    protection = _signed(call.arguments.rpartition(", ")[2])
    if protection & _WRITE_EXECUTE == _WRITE_EXECUTE and not protection & _GROWS_DOWN:
        return Effect(Kind.MEMORY, "make-executable", "writable memory")
    return None


def _plain(kind: Kind, action: str) -> Translate:
    def translate(call: Call, directory: str) -> Effect | None:
        return Effect(kind, action, call.name, (call.arguments[:_TEXT_LIMIT],))

    return translate


def _trace(call: Call, directory: str) -> Effect | None:
    return Effect(Kind.PROCESS, "trace", call.arguments.partition(",")[0])


_PROCESS, _FILE, _NETWORK, _MEMORY = Kind.PROCESS, Kind.FILE, Kind.NETWORK, Kind.MEMORY

_TABLE: dict[str, Translate] = {
    "openat": _openat,
    "open": _open,
    "creat": _creat,
    "unlink": _on_path(_FILE, "delete"),
    "rmdir": _on_path(_FILE, "delete"),
    "unlinkat": _on_at_path(_FILE, "delete"),
    "rename": _two_paths("rename"),
    "renameat": _two_at_paths("rename"),
    "renameat2": _two_at_paths("rename"),
    "link": _two_paths("link"),
    "linkat": _two_at_paths("link"),
    "symlink": _two_paths("link"),
    "symlinkat": _symlinkat,
    "chmod": _mode_change(_on_path(_FILE, "change-mode")),
    "fchmod": _mode_change(_on_descriptor("change-mode")),
    "fchmodat": _mode_change(_on_at_path(_FILE, "change-mode")),
    "chown": _on_path(_FILE, "change-owner"),
    "lchown": _on_path(_FILE, "change-owner"),
    "fchown": _on_descriptor("change-owner"),
    "fchownat": _on_at_path(_FILE, "change-owner"),
    "mkdir": _on_path(_FILE, "make-directory"),
    "mkdirat": _on_at_path(_FILE, "make-directory"),
    "truncate": _on_path(_FILE, "truncate"),
    "ftruncate": _on_descriptor("truncate"),
    "mount": _plain(_FILE, "mount"),
    "umount2": _plain(_FILE, "mount"),
    "pivot_root": _plain(_FILE, "mount"),
    "chroot": _plain(_PROCESS, "isolate"),
    "unshare": _plain(_PROCESS, "isolate"),
    "setns": _plain(_PROCESS, "isolate"),
    "connect": _address("connect"),
    "bind": _address("listen"),
    "sendto": _address("send"),
    "sendmsg": _address("send"),
    "sendmmsg": _address("send"),
    "socket": _socket,
    "dup2": _duplicated,
    "dup3": _duplicated,
    "ptrace": _trace,
    "process_vm_writev": _plain(_MEMORY, "write-foreign"),
    "memfd_create": _anonymous_file,
    "mprotect": _protect,
    "kill": _kill,
    "tkill": _kill,
    "tgkill": _kill,
    "setuid": _identity,
    "setgid": _identity,
    "setreuid": _identity,
    "setresuid": _identity,
    "nanosleep": _sleep,
    "clock_nanosleep": _sleep,
    "prctl": _rename_self,
    "setsid": _plain(_PROCESS, "detach"),
    "init_module": _plain(_PROCESS, "load-module"),
    "finit_module": _plain(_PROCESS, "load-module"),
    "bpf": _plain(_PROCESS, "load-module"),
    "reboot": _plain(_PROCESS, "reboot"),
    "settimeofday": _plain(_PROCESS, "set-clock"),
    "clock_settime": _plain(_PROCESS, "set-clock"),
}
