"""Did a program end because it was done, or because Wine lacks something? Pure.

Read from Wine's own messages; a program that forges one makes itself `unscanned`, no more.
"""

from __future__ import annotations

import re

_SIGNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"wine: Call from \S+ to unimplemented function ([\w.]+)"),
        "Wine has no function {}",
    ),
    (re.compile(r"import_dll Library ([\w.-]+) \("), "the guest has no library {}"),
    (
        re.compile(r"import_dll No implementation for ([\w.]+)"),
        "Wine has no function {}",
    ),
    (
        re.compile(r"wine: Unhandled (exception \w+|page fault|[a-z -]+?) (?:on|at|in)"),
        "it crashed: {}",
    ),
    (re.compile(r"wine: failed to (?:start|open) (\S+)"), "it does not start under Wine: {}"),
    (re.compile(r"(could not load kernel32.dll)"), "Wine did not start: {}"),
    (re.compile(r"((?:bad|Bad) EXE format)"), "it is no program that Wine can load: {}"),
)


def lacking(untrusted_line: str) -> str:
    """What is lacking, in words; empty when the line says nothing of the kind."""
    for pattern, words in _SIGNS:
        if found := pattern.search(untrusted_line):
            return words.format(found[1][:80])
    return ""
