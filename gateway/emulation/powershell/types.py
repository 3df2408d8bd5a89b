"""Static members of .NET's types by which a script reaches outside, or loads code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.contract import Kind
from gateway.emulation.powershell import members, objects, outside, statics, system
from gateway.emulation.powershell.outside import SHOWN, shown, tell_secret
from gateway.emulation.powershell.values import UNKNOWN, Net, Type, Value, text

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

_QUIET_TYPES = (
    *("string", "convert", "text.", "math", "char", "array", "datetime", "environment"),
    *("io.path", "guid", "int", "console", "timespan", "bitconverter", "regex", "io.file"),
    *("io.directory", "enum", "version", "security.principal", "net.servicepointmanager"),
    *("globalization", "collections", "io.compression", "xml", "drawing", "windows.forms"),
    *("diagnostics.stopwatch", "threading.thread", "long", "double", "bool", "uri"),
    *("net.dns", "stringsplitoptions", "stringcomparison", "void", "io.searchoption"),
    *("web.", "net.securityprotocoltype", "management.automation.host", "byte", "float"),
    *("data.", "net.webutility", "net.networkinformation", "net.webrequest", "random"),
    *("security.cryptography", "activator", "io.stream", "io.seekorigin", "consolecolor"),
    *("io.filemode", "io.fileaccess", "io.memorystream", "uint", "ipaddress", "net.mail"),
    *("decimal", "nullable", "pscustomobject", "psobject", "hashtable", "system."),
    *("microsoft.win32.registry", "diagnostics.process", "diagnostics.eventlog"),
    *("net.credentialcache", "net.webclient", "net.ipaddress", "xml.linq"),
    *("text.regularexpressions", "directoryservices", "management.automation.credential"),
    *("management.automation.ps", "microsoft.updateservices", "microsoft.exchange"),
    *("microsoft.sharepoint", "microsoft.sqlserver", "microsoft.activedirectory"),
    *("microsoft.web", "microsoft.identity", "microsoft.open", "microsoft.azure", "security.acce"),
    *("io.fileinfo", "io.directoryinfo", "io.streamreader", "io.streamwriter", "io.driveinfo"),
    *("windows.", "serviceprocess", "net.http", "net.mail", "text.json", "numerics", "printing"),
)
"""Types whose members that are not known here only tell about the machine or do nothing outside."""


def static(m: Machine, kind: str, low: str, name: str, arguments: list[Value] | None) -> Value:
    """A member of the type `kind`; low is its name in lower case, no arguments means no call."""
    if kind == "array" and low == "reverse" and arguments and isinstance(arguments[0], list):
        arguments[0].reverse()
        return None
    if low == "new":
        return objects.create(m, kind, arguments or [])
    given = arguments or []
    if "assembly" in kind and low.startswith(("load", "unsafeload")):
        return load(m, given)
    if kind == "appdomain" and low == "currentdomain":
        return Net("appdomain")
    if kind.startswith("security.cryptography.") and low == "create":
        return Net(kind)
    if kind.rsplit(".", 1)[-1] in m.own_types:
        return UNKNOWN
    if kind == "microsoft.visualbasic.interaction":
        return _basic(m, low, given)
    found = statics.static(kind, low, arguments)
    if found is not None:
        return found
    if kind in ("scriptblock", "management.automation.scriptblock") and low == "create":
        return m.block_of(given[0] if given else "")
    if kind in system.TYPES:
        return system.TYPES[kind](m, low, given)
    m.session.recorder.call(f"[{kind}]::{name}", *shown(given)) if arguments is not None else None
    tell_secret(m, f"[{kind}]", name, given)
    if (
        arguments is not None
        and not kind.startswith(_QUIET_TYPES)
        and kind not in ("ref", "appdomain", "diagnostics.debugger")
    ):
        m.lacks(f"[{kind}]::{name}")
    return Type(f"{kind}.{low}") if kind == "ref" else UNKNOWN


def _basic(m: Machine, low: str, given: list[Value]) -> Value:
    """VisualBasic's Interaction: CallByName, Shell, CreateObject."""
    if low == "callbyname" and len(given) > 1:
        rest = given[3:]
        passed = rest[0] if len(rest) == 1 and isinstance(rest[0], list) else rest
        return members.member(m, given[0], text(given[1]), list(passed))
    if low == "shell" and given:
        outside.launch(m, given[0])
    elif low == "createobject" and given:
        return objects.com(m, text(given[0]))
    return UNKNOWN


def load(m: Machine, given: list[Value]) -> Value:
    """Load(bytes), Load(name): a program that comes of data is told and handed back."""
    data = given[0] if given else None
    if isinstance(data, str):  # a library's name or file: the script's own alone tell something
        file = m.session.world.disk.get(data)
        if file is None or not file.written:
            return UNKNOWN
    m.session.recorder.note(Kind.SCRIPT, "execute", "program in memory", text(data)[:SHOWN])
    if isinstance(data, bytes) and data:
        m.session.drop("assembly.dll", data)
    return Net("assembly")
