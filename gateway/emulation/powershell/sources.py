"""Classes that a script brings along, in C# or PowerShell: whether they can act outside. Pure.

They are not run. One whose source names nothing by which it could reach outside is passed over;
any other leaves the script unscanned.
"""

from __future__ import annotations

import re

_ACTS = re.compile(
    r"(?i)\b(process|webclient|webrequest|httpclient|sockets?|tcpclient|assembly|reflection"
    r"|appdomain|marshal|intptr|unsafe|delegate|activator|invoke\w*|iex|iwr|irm|start-\w+"
    r"|file|directory|streamwriter|filestream|registry\w*|frombase64\w*|download\w*|shell\w*"
    r"|gettype\w*|get(?:static)?(?:method|field|member|constructor|property)\w*|methodinfo|typeof"
    r"|bindingflags|invokemember|new-object|com|scriptblock|add-type|eval\w*|codedom\w*|virtual\w+|dynamic|environment"
    r"|cryptography|deflatestream|gzipstream|[sn]et-\w*item\w*|remove-\w+|copy-\w+|move-\w+)\b"
    r"|\\u[0-9a-f]{4}|(?:\.|::)\s*[$('\"]|(?:^|[|;{(=])\s*[&.]\s*[$('\"{]",
    re.MULTILINE,
)
_IMPORTED = re.compile(r"\bextern\s+[\w.\[\]<>]+\s+(\w+)\s*\(")
_HARMLESS = frozenset(
    {
        *("lockworkstation", "showwindow", "showwindowasync", "getconsolewindow", "messagebeep"),
        *("setforegroundwindow", "getforegroundwindow", "messagebox", "getsystemmetrics"),
        *("systemparametersinfo", "getwindowtext", "getlastinputinfo", "setcursorpos", "beep"),
        *("setthreadexecutionstate", "getwindowrect", "movewindow", "setwindowpos", "findwindow"),
        *("getdiskfreespaceex", "flashwindow", "setprocessdpiaware", "getdevicecaps"),
    }
)
"""Functions of Windows that show, move or ask something."""

_NAMES = re.compile(r"\b(?:class|struct|enum|interface)\s+(\w+)", re.IGNORECASE)


def is_quiet(source: str) -> bool:
    """Whether nothing in a source can act outside."""
    imported = [name.lower() for name in _IMPORTED.findall(source)]
    if any(name not in _HARMLESS for name in imported):
        return False
    if "dllimport" in source.lower() and not imported:
        return False
    return _ACTS.search(re.sub(r"\bIntPtr\s+\w+", "", source) if imported else source) is None


def names(source: str) -> set[str]:
    """The types that a source defines, in lower case."""
    return {name.lower() for name in _NAMES.findall(source)}
