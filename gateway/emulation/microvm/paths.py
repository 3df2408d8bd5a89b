"""Windows' paths in one spelling, so that rules can compare them. Pure."""

from __future__ import annotations

import ntpath
import re

from gateway.emulation.windows.facts import DOWNLOADS, SYSTEM

_PREFIXES = ("\\\\?\\", "\\??\\", "\\\\.\\")
_FIRST_WORD = re.compile(r'\s*(?:"([^"]*)"|(\S+))')


class Paths:
    """Spells each path as it was first spelled in full."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def full(self, untrusted_path: str) -> str:
        """An absolute path; one without a drive lies where the sample was started."""
        path = untrusted_path.replace("/", "\\")
        for prefix in _PREFIXES:
            path = path.removeprefix(prefix)
        if not re.match(r"[A-Za-z]:\\|\\\\", path):
            drive = re.match(r"\\", path)
            path = f"C:{path}" if drive else f"{DOWNLOADS}\\{path}"
        path = ntpath.normpath(path)
        return self._known.setdefault(path.lower(), path)

    def program(self, application: str, line: str) -> str:
        """The path of the program that a command line starts."""
        if application:
            return self.full(application)
        word = _FIRST_WORD.match(line)
        name = (word[1] or word[2] or "") if word else ""
        if "\\" in name or "/" in name or ":" in name:
            return self.full(name)
        here = self._known.get(f"{DOWNLOADS}\\{name}".lower())
        ending = "" if "." in name else ".exe"
        return here or self.full(f"{SYSTEM}\\{name}{ending}")
