"""Members of objects by which a script reaches outside: the web, files, programs, the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.contract import Kind
from gateway.emulation.shells import psmembers
from gateway.emulation.shells.psnodes import BlockNode
from gateway.emulation.shells.psvalues import (
    LACKING,
    UNKNOWN,
    Net,
    Type,
    Unknown,
    Value,
    as_bytes,
    has_unknown,
    items,
    text,
    truth,
)
from gateway.emulation.windows import sinkhole

if TYPE_CHECKING:
    from gateway.emulation.shells.psmachine import Machine

_SHOWN = 400
_QUIET_TYPES = (
    "string",
    "convert",
    "text.",
    "math",
    "char",
    "array",
    "datetime",
    "environment",
    "io.path",
    "guid",
    "int",
    "console",
    "timespan",
    "bitconverter",
    "regex",
    "io.file",
    "io.directory",
    "enum",
    "version",
    "security.principal",
    "net.servicepointmanager",
    "globalization",
    "collections",
    "io.compression",
    "xml",
    "drawing",
    "windows.forms",
    "diagnostics.stopwatch",
    "threading.thread",
    "long",
    "double",
    "bool",
    "uri",
    "net.dns",
    "stringsplitoptions",
    "stringcomparison",
    "void",
    "io.searchoption",
    "web.",
    "net.securityprotocoltype",
    "management.automation.host",
    "byte",
    "float",
    "data.",
    "net.webutility",
    "net.networkinformation",
    "net.webrequest",
    "random",
    "security.cryptography",
    "activator",
    "io.stream",
    "io.seekorigin",
    "consolecolor",
    "io.filemode",
    "io.fileaccess",
    "io.memorystream",
    "uint",
    "ipaddress",
    "net.mail",
    "decimal",
    "nullable",
    "pscustomobject",
    "psobject",
    "hashtable",
    "system.",
    "microsoft.win32.registry",
    "diagnostics.process",
    "diagnostics.eventlog",
    "net.credentialcache",
    "net.webclient",
    "net.ipaddress",
    "xml.linq",
    "text.regularexpressions",
)
"""Types whose members that are not known here only tell about the machine or do nothing outside."""

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


def _words(values: list[Value]) -> list[str]:
    return [text(value)[:_SHOWN] for value in values[:8]]


def member(m: Machine, target: Value, name: str, arguments: list[Value] | None) -> Value:
    """A member of anything; what is unknown stays unknown, what may act is told."""
    low = name.lower()
    match target:
        case Unknown():
            if arguments:
                _tell_secret(m, "(unknown)", name, arguments)
            return target
        case str():
            found = psmembers.of_text(target, low, arguments)
            return found if found is not None else UNKNOWN
        case Type():
            return _static(m, target.name, low, name, arguments)
        case Net():
            return _net(m, target, low, name, arguments or [], arguments is not None)
        case ComObject():
            return _com(m, target, name, arguments or [])
        case BlockNode():
            return _block(m, target, low, arguments)
        case dict():
            return _table(target, low, arguments)
        case list() | bytes():
            return _row(m, target, low, name, arguments)
        case int() | float() if low == "tostring":
            return _number_text(target, arguments)
        case None:
            return None
        case _:
            return text(target) if low == "tostring" else UNKNOWN


def _number_text(value: int | float, arguments: list[Value] | None) -> Value:
    form = text(arguments[0]) if arguments else ""
    if form[:1] in ("x", "X") and isinstance(value, int):
        made = f"{value:x}".zfill(int(form[1:]) if form[1:].isdigit() and len(form) < 4 else 0)
        return made.upper() if form[0] == "X" else made
    return text(value)


def _table(target: dict[str, Value], low: str, arguments: list[Value] | None) -> Value:
    if low in target:
        return target[low]
    match low:
        case "keys":
            return list(target)
        case "values":
            return list(target.values())
        case "count":
            return len(target)
        case "add" if arguments and len(arguments) > 1:
            target[text(arguments[0]).lower()] = arguments[1]
            return None
        case "containskey" | "contains":
            return bool(arguments) and text((arguments or [""])[0]).lower() in target
        case "getenumerator":
            return [Net("entry", {"key": k, "name": k, "value": v}) for k, v in target.items()]
    return None


def _row(
    m: Machine, target: list[Value] | bytes, low: str, name: str, arguments: list[Value] | None
) -> Value:
    if low in ("length", "count", "longlength"):
        return len(target)
    if isinstance(target, list):
        if low in ("add", "addrange") and arguments:
            target.extend(items(arguments[0]) if low == "addrange" else [arguments[0]])
            return None
        if low == "reverse":
            target.reverse()
            return None
        if low in ("toarray", "clone", "getenumerator"):
            return target
        if low in ("foreach", "where") and arguments and isinstance(arguments[0], BlockNode):
            made: list[Value] = []
            for item in target:
                out = m.run_block(arguments[0], [], piped=[item])
                made += (
                    out
                    if low == "foreach"
                    else [item]
                    if truth(out[0] if out else None) is not False
                    else []
                )
            return made
        if low == "contains":
            return bool(arguments) and (arguments or [None])[0] in target
    return (
        [member(m, item, name, arguments) for item in target]
        if isinstance(target, list)
        else UNKNOWN
    )


def _block(m: Machine, target: BlockNode, low: str, arguments: list[Value] | None) -> Value:
    if low in ("invoke", "invokereturnasis", "invokewithcontext"):
        out = m.run_block(target, arguments or [])
        return out[0] if len(out) == 1 else out
    return (
        target
        if low == "getnewclosure"
        else target.source
        if low in ("tostring", "ast")
        else UNKNOWN
    )


def _com(m: Machine, target: ComObject, name: str, arguments: list[Value]) -> Value:
    from gateway.emulation.shells.pscom import from_com, to_com

    try:
        return from_com(target.get(name, [to_com(each) for each in arguments]))
    except ScriptError as error:
        m.note(f"{target.type_name}.{name}: {error}")
        return UNKNOWN


def put(m: Machine, target: Value, name: str, value: Value) -> None:
    """Set a property."""
    from gateway.emulation.shells.pscom import to_com

    match target:
        case dict():
            target[name.lower()] = value
        case Net():
            target.fields[name.lower()] = value
        case ComObject():
            try:
                target.put(name, [], to_com(value))
            except ScriptError as error:
                m.note(f"{target.type_name}.{name}: {error}")
        case Type():
            m.session.recorder.call(f"[{target.name}]::{name} =", text(value)[:_SHOWN])


def _tell_secret(m: Machine, where: str, name: str, arguments: list[Value]) -> None:
    words = " ".join([where, name, *_words(arguments)]).lower()
    if any(sign in words for sign in _SECRET):
        m.session.recorder.call(f"{where}.{name}", *_words(arguments))


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
    from gateway.emulation.shells.follow import started

    words = text(line)
    if isinstance(line, Unknown):
        m.note("a program's name could not be worked out")
        if line.lack:
            m.lacks("the name of a program that is started")
    started(m.session, words, m.nested, *how)


def _static(m: Machine, kind: str, low: str, name: str, arguments: list[Value] | None) -> Value:
    if kind == "array" and low == "reverse" and arguments and isinstance(arguments[0], list):
        arguments[0].reverse()
        return None
    if low == "new":
        return create(m, kind, arguments or [])
    given = arguments or []
    if "assembly" in kind and low.startswith(("load", "unsafeload")):
        return _assembly(m, given)
    found = psmembers.static(kind, low, arguments)
    if found is not None:
        return found
    if kind in ("scriptblock", "management.automation.scriptblock") and low == "create":
        return _made_block(m, given)
    if kind in (
        "io.file",
        "io.directory",
        "io.path",
        "environment",
        "threading.thread",
        "net.dns",
        "diagnostics.process",
        "activator",
        "microsoft.win32.registry",
        "net.webrequest",
    ):
        return _system(m, kind, low, given)
    m.session.recorder.call(f"[{kind}]::{name}", *_words(given)) if arguments is not None else None
    _tell_secret(m, f"[{kind}]", name, given)
    if (
        arguments is not None
        and not kind.startswith(_QUIET_TYPES)
        and kind not in ("ref", "appdomain", "diagnostics.debugger")
    ):
        m.lacks(f"[{kind}]::{name}")
    return Type(f"{kind}.{low}") if kind == "ref" else UNKNOWN


def _made_block(m: Machine, given: list[Value]) -> Value:
    from gateway.emulation.shells.psparser import parse

    code = given[0] if given else ""
    if has_unknown(code):
        m.lacks("a block of code that could not be worked out")
        return LACKING
    m.session.world.evaluated(text(code))
    return parse(text(code))


def _assembly(m: Machine, given: list[Value]) -> Value:
    data = given[0] if given else None
    if isinstance(
        data, str
    ):  # a library's name or file: the script's own ones alone tell something
        file = m.session.world.disk.get(data)
        if file is None or not file.written:
            return UNKNOWN
    m.session.recorder.note(Kind.SCRIPT, "execute", "program in memory", text(data)[:_SHOWN])
    if isinstance(data, bytes) and data:
        m.session.drop("assembly.dll", data)
    return Net("assembly")


def _system(m: Machine, kind: str, low: str, given: list[Value]) -> Value:
    first = given[0] if given else None
    second = given[1] if len(given) > 1 else None
    if kind == "io.file":
        if low.startswith(("writeall", "appendall")):
            data = as_bytes(second) if low.endswith("bytes") else text(second).encode()
            save(m, first, data if isinstance(data, bytes) else b"")
            return None
        if low.startswith("readall"):
            file = m.session.world.disk.get(text(first))
            m.session.recorder.note(Kind.FILE, "read", m.session.world.disk.full(text(first)))
            if file is None:
                return UNKNOWN
            return file.data if low.endswith("bytes") else file.data.decode("utf-8", "replace")
        if low in ("delete", "copy", "move"):
            m.session.recorder.note(
                Kind.FILE,
                "delete" if low == "delete" else "write",
                m.session.world.disk.full(text(second if low != "delete" else first)),
            )
        return UNKNOWN
    if kind == "environment":
        if low == "getfolderpath":
            from gateway.emulation.windows import facts

            known = {
                "startup": facts.STARTUP,
                "applicationdata": facts.ROAMING,
                "localapplicationdata": facts.LOCAL,
                "desktop": facts.DESKTOP,
                "mydocuments": facts.DOCUMENTS,
                "userprofile": facts.HOME,
                "commonapplicationdata": r"C:\ProgramData",
                "system": facts.SYSTEM,
            }
            return known.get(text(first).lower(), UNKNOWN)
        if low == "getenvironmentvariable":
            return m.variable(f"env:{text(first).lower()}")
        simple: dict[str, Value] = {
            "newline": "\r\n",
            "username": "anna",
            "machinename": "DESK-17",
            "tickcount": 81234567,
            "commandline": "powershell.exe",
        }
        return simple.get(low, UNKNOWN)
    if kind == "threading.thread" and low == "sleep":
        seconds = first if isinstance(first, int) else 0
        m.session.recorder.sleep(seconds / 1000)
        m.effects += 1
        return None
    if kind == "net.dns":
        m.session.recorder.note(Kind.NETWORK, "resolve", text(first))
        return UNKNOWN
    if kind == "diagnostics.process" and low == "start":
        if isinstance(first, Net):
            line = [text(first.fields.get(name)) for name in ("filename", "arguments")]
            launch(m, " ".join(line).strip(), text(first.fields.get("windowstyle")).lower())
        else:
            launch(
                m,
                f"{text(first)} {text(second)}".strip()
                if not isinstance(first, Unknown)
                else first,
            )
        return UNKNOWN
    if kind == "io.path" and low == "gettemppath":
        return m.variable("env:temp") or UNKNOWN
    if kind == "io.path":
        return (
            rf"{text(m.variable('env:temp'))}\tmp4A1C.tmp"
            if low == "gettempfilename"
            else "k3vq2x1m.t0w"
        )
    if kind == "net.webrequest" and low == "create":
        return Net("net.httpwebrequest", {"url": first})
    if kind == "activator" and low == "createinstance":
        return create(m, first.name, given[1:]) if isinstance(first, Type) else UNKNOWN
    if kind == "microsoft.win32.registry" and low == "setvalue":
        m.session.world.registry.write(
            f"{text(first)}\\{text(second)}",
            text(given[2] if len(given) > 2 else ""),
            text(given[2] if len(given) > 2 else ""),
        )
    return UNKNOWN


def create(m: Machine, kind: str, args: list[Value]) -> Value:
    """New-Object and ::new()."""
    short = kind.lower().removeprefix("system.")
    if short == "string":
        count = args[1] if len(args) > 1 else 1
        return (
            text(args[0]) * min(count, 1 << 20)
            if isinstance(count, int) and args and isinstance(args[0], str)
            else "".join(text(i) for i in items(args[0] if args else ""))
        )
    if short == "collections.arraylist" or short.startswith("collections.generic.list"):
        return list(items(args[0])) if args and isinstance(args[0], list) else []
    if short in ("hashtable", "collections.hashtable") or short.startswith(
        "collections.generic.dictionary"
    ):
        return {}
    if short.endswith("[]"):
        count = args[0] if args else 0
        return [0] * min(count, 1 << 20) if isinstance(count, int) else []
    made = psmembers.made(short, args)
    if made is not None:
        return made
    if short in ("net.sockets.tcpclient", "net.sockets.socket"):
        m.effects += 1
        if len(args) >= 2 and isinstance(args[0], str):
            m.session.recorder.note(
                Kind.NETWORK, "connect", f"{text(args[0])}:{text(args[1])}", "socket"
            )
        return Net("net.sockets.tcpclient")
    fields: dict[str, Value] = {f"a{number}": each for number, each in enumerate(args)}
    if short == "uri":
        fields["text"] = text(args[0] if args else "")
    if "diagnostics.processstartinfo" in short and args:
        fields["filename"] = args[0]
        fields["arguments"] = args[1] if len(args) > 1 else ""
    return Net(short, fields)


def _net(m: Machine, target: Net, low: str, name: str, given: list[Value], called: bool) -> Value:
    if not called and low in target.fields:
        return target.fields[low]
    found = psmembers.of_object(target, low, given if called else None)
    if found is not None:
        return found
    kind = target.kind
    first = given[0] if given else None
    second = given[1] if len(given) > 1 else None
    if kind in ("net.webclient", "net.http.httpclient", "webclient"):
        return _web(m, low, first, second, given)
    if kind == "net.httpwebrequest" and low == "getresponse":
        return Net("response", {"data": fetch(m, target.fields.get("url"))})
    if kind == "response" and low == "getresponsestream":
        return Net("stream", {"data": target.fields.get("data", b"")})
    if kind == "net.sockets.tcpclient":
        if low in ("connect", "beginconnect", "connectasync") and given:
            m.effects += 1
            m.session.recorder.note(
                Kind.NETWORK, "connect", f"{text(first)}:{text(second)}", "socket"
            )
        return Net("net.sockets.stream") if low == "getstream" else UNKNOWN
    if kind.endswith("diagnostics.process") and low == "start":
        info = target.fields.get("startinfo")
        holder = info if isinstance(info, Net) else target
        launch(
            m,
            f"{text(holder.fields.get('filename'))} {text(holder.fields.get('arguments'))}".strip(),
        )
        return True
    if kind == "executioncontext":
        return Net("executioncontext") if not called else _execution(m, low, given)
    if kind == "powershell" or low == "addscript":
        if low == "addscript":
            m.run_text(first, "AddScript")
        return target
    if kind in ("wmiclass", "wmi") and low == "create":
        launch(m, first, "by WMI")
        return UNKNOWN
    if kind == "assembly" and called:
        m.session.recorder.call(f"assembly.{name}", *_words(given))
        return Net("assembly")
    if called:
        m.session.recorder.call(f"{kind}.{name}", *_words(given))
        _tell_secret(m, kind, name, given)
    return UNKNOWN


def _execution(m: Machine, low: str, given: list[Value]) -> Value:
    first = given[0] if given else None
    if low in ("invokescript", "newscriptblock"):
        made = _made_block(m, given)
        return (
            made
            if low == "newscriptblock" or not isinstance(made, BlockNode)
            else (m.run_block(made, []) or [None])[0]
        )
    if low == "expandstring":
        from gateway.emulation.shells.psscan import interpolated

        return m.value(interpolated(text(first)))
    if low in ("getcommand", "getcmdlet", "getcommandname", "getcmdlets"):
        from gateway.emulation.shells.psnames import matching

        return matching(text(first))
    return UNKNOWN


def _web(m: Machine, low: str, first: Value, second: Value, given: list[Value]) -> Value:
    if low.startswith(("downloadfile",)):
        data = fetch(m, first)
        save(m, second, data, f"from {text(first)[:200]}")
        return None
    if low.startswith(("downloaddata", "openread", "getbytearray", "getstream")):
        data = fetch(m, first)
        return Net("stream", {"data": data}) if "stream" in low or low == "openread" else data
    if low.startswith(("downloadstring", "getstring")):
        return fetch(m, first).decode("latin-1")
    if low.startswith(("uploadstring", "uploaddata", "uploadfile", "uploadvalues", "postasync")):
        fetch(m, first, "POST", text(given[-1])[:2000])
        return UNKNOWN
    return UNKNOWN
