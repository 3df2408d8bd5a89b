"""For which host a JavaScript file is written: Windows' script host, node, or both. Pure.

Only names decide that one host alone gives. What hides them is met by trying: see `Host.UNSURE`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

LOOKED_AT = 1 << 20
"""Bytes of a script in which the signs of its host are looked for."""

FOR_NODE = "it is written for node"
"""How an engine that is not node begins to say that a script misses one of node's own names."""

NODE_NAMES = frozenset(
    {
        *("require", "module", "exports", "process", "Buffer", "global", "globalThis"),
        *("__dirname", "__filename", "setImmediate"),
    }
)
"""Names that node gives and Windows does not."""


_REMEMBERED = 4
"""Scripts whose answer is kept: who chooses an environment, asks one and tells why, all look."""


class Host(StrEnum):
    """Who runs the script. UNSURE: Windows by default, but it knows words of node's."""

    WINDOWS = "Windows"
    NODE = "node"
    BOTH = "Windows and node"
    UNSURE = "Windows, perhaps node"


@dataclass(frozen=True, slots=True)
class Written:
    """For which host, and by which words of the script; no words where nothing told."""

    host: Host
    signs: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """For people: `written for node: require("fs")`; empty where nothing told."""
        shown = ", ".join(self.signs)
        return f"written for {self.host}: {shown}" if shown else ""


_MODULES = "|".join(
    (
        *(
            "child_process",
            "fs",
            "fs/promises",
            "os",
            "path",
            "http",
            "https",
            "http2",
            "net",
            "dns",
        ),
        *("dgram", "tls", "crypto", "zlib", "util", "stream", "url", "vm", "worker_threads"),
        *("cluster", "readline", "events", "process", "buffer", "module", "timers", "v8"),
    )
)
_NODE = re.compile(
    r"\A#!.*\bnode(?:js)?\b"
    rf"|\b(?:require|import)\s*\(\s*(['\"`])(?:node:)?(?:{_MODULES})\1\s*\)"
    r"|^\s*(?:(?:const|let|var)\s+[\w{},\s:]+=\s*)?require\(['\"][\w@./:-]+['\"]\)"
    r"|^\s*import\s[^;\n]*from\s*['\"][^'\"\n]+['\"]|^\s*import\s*['\"][^'\"\n]+['\"]"
    r"|^\s*export\s+(?:default|const|let|function|async|class|[{*])"
    r"|^\s*(?:module\.)?exports\b[^=\n]*="
    r"|\bprocess\s*\.\s*(?:argv|env|exit|stdout|platform|cwd|binding|mainModule|versions)\b",
    re.MULTILINE,
)
_WINDOWS = re.compile(r"ActiveXObject|\bWScript\b|GetObject\s*\(|@cc_on", re.IGNORECASE)
_WORDS = re.compile(rf"\b(?:fetch|{'|'.join(sorted(NODE_NAMES))})\b")
_SIGN_LIMIT = 50
"""Characters of a sign: it stands in one line of the trace."""


def written_for(untrusted_script: bytes) -> Written:
    """Look at a script's beginning and say whose it is."""
    return _told(untrusted_script[:LOOKED_AT])


@lru_cache(maxsize=_REMEMBERED)
def _told(untrusted_beginning: bytes) -> Written:
    text = untrusted_beginning.decode("utf-8", "replace")
    node, windows = _NODE.search(text), _WINDOWS.search(text)
    signs = tuple(_shown(match[0]) for match in (windows, node) if match)
    if node:
        return Written(Host.BOTH if windows else Host.NODE, signs)
    perhaps = None if windows else _WORDS.search(text)
    return Written(Host.UNSURE, (_shown(perhaps[0]),)) if perhaps else Written(Host.WINDOWS, signs)


def is_module(untrusted_script: bytes) -> bool:
    """Whether node has to read it as a module (ECMA-262, 16.2): it imports or exports."""
    text = untrusted_script[:LOOKED_AT].decode("utf-8", "replace")
    return _MODULE.search(text) is not None and _COMMON.search(text) is None


_MODULE = re.compile(
    r"^\s*(?:import\s+(?:[\w*{][^;]*?\sfrom\s*)?['\"]|export\s+(?:default|const|let|function|class|[{*]))",
    re.MULTILINE,
)
_COMMON = re.compile(
    r"\bmodule\.exports\b|^\s*(?:const|let|var)\s[^=\n]*=\s*require\(", re.MULTILINE
)


def _shown(sign: str) -> str:
    line = " ".join(sign.split())
    return line if len(line) <= _SIGN_LIMIT else line[: _SIGN_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"
