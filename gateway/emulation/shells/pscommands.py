"""Commands of PowerShell: which are known, what each does to the emulated machine.

A command that is not known is told with its arguments; those by whose names something is only
asked or shown have no effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.contract import Kind
from gateway.emulation.shells import psnodes as n
from gateway.emulation.shells import psreach
from gateway.emulation.shells.psmachine import Leaving, Machine
from gateway.emulation.shells.psnames import ALIASES, matching
from gateway.emulation.shells.psvalues import (
    LACKING,
    UNKNOWN,
    Net,
    Unknown,
    Value,
    as_bytes,
    has_unknown,
    items,
    number,
    one,
    text,
    truth,
)
from gateway.emulation.shells.psvariables import NAMES

_SWITCHES = frozenset(
    [
        "force",
        "recurse",
        "noprofile",
        "nop",
        "noninteractive",
        "noni",
        "nologo",
        "passthru",
        "wait",
        "nonewwindow",
        "append",
        "usebasicparsing",
        "usedefaultcredentials",
        "raw",
        "asjob",
        "asplaintext",
        "confirm",
        "whatif",
        "verbose",
        "debug",
        "allusers",
        "autosize",
        "wrap",
        "hidewindow",
        "unique",
        "descending",
        "ascending",
        "notypeinformation",
        "nti",
        "noclobber",
        "quiet",
        "file",
        "directory",
        "enableexit",
        "sta",
        "mta",
        "comobject_",
        "strict",
        "hidden",
        "ashashtable",
        "leaf",
        "simplematch",
        "allmatches",
        "notmatch",
        "casesensitive",
        "nonewline",
        "noexit",
        "skipcertificatecheck",
    ]
)
_PROGRAM = re.compile(r"[\\/:]|\.(exe|com|bat|cmd|ps1|vbs|js|msi|hta|cpl|scr)$", re.IGNORECASE)
_CMDLET = re.compile(r"[a-z]+-[a-z][\w]*$", re.IGNORECASE)
_ASKING = (
    "get-",
    "test-",
    "select-",
    "sort-",
    "group-",
    "measure-",
    "format-",
    "out-",
    "write-",
    "convertto-",
    "convertfrom-",
    "compare-",
    "find-",
    "search-",
    "show-",
    "read-",
    "wait-",
    "join-",
    "split-",
    "resolve-",
    "import-csv",
    "import-clixml",
    "export-",
    "update-",
    "import-module",
    "trace-",
    "enter-",
    "exit-",
    "push-",
    "pop-",
    "limit-",
    "receive-",
    "assert-",
    "install-",
    "build-",
    "publish-",
    "compress-",
    "expand-",
    "debug-",
)
_DATA = re.compile(r"\A(hklm|hkcu|hkcr|hku|hkey_\w+|registry::\w+):?\\", re.IGNORECASE)


@dataclass(slots=True)
class Call:
    """A command's arguments: named in lower case, in order, and what the pipeline brings."""

    name: str
    named: dict[str, Value]
    given: list[Value]
    piped: list[Value] | None

    def get(self, name: str, place: int | None = None) -> Value:
        """An argument by the start of its name or by its place."""
        for key, value in self.named.items():
            if key and (name.startswith(key) or key.startswith(name)):
                return value
        return self.given[place] if place is not None and place < len(self.given) else None

    def words(self) -> list[str]:
        """As a report shows it."""
        return [*(f"-{k} {text(v)}".strip() for k, v in self.named.items()), *map(text, self.given)]


def command(m: Machine, node: n.Command, piped: list[Value] | None) -> list[Value]:
    """Run or tell a command."""
    name = m.value(node.name)
    call = _call(m, node, piped)
    out: list[Value]
    if isinstance(name, n.BlockNode):
        out = _block(m, name, call)
    elif isinstance(name, Net) and name.kind == "command":
        out = _named(m, text(name.fields["text"]), call)
    elif isinstance(name, Unknown):
        m.note("the name of a command could not be worked out")
        if name.lack:
            m.lacks("the name of a command")
        m.session.recorder.call("(unknown command)", *call.words())
        out = [UNKNOWN]
    else:
        out = _named(m, text(name).strip(), call, node.operator)
    if node.output is not None:
        target = m.value(node.output)
        if target is not None and text(target).lower() not in ("null", "nul"):
            psreach.save(m, target, "\r\n".join(map(text, out)).encode())
        return []
    return out


def _call(m: Machine, node: n.Command, piped: list[Value] | None) -> Call:
    named: dict[str, Value] = {}
    given: list[Value] = []
    waiting = ""
    for argument in node.arguments:
        if isinstance(argument, n.Parameter):
            waiting = argument.name.lower()
            named[waiting] = m.value(argument.value) if argument.value is not None else True
            waiting = "" if argument.value is not None or waiting in _SWITCHES else waiting
            continue
        value = m.value(argument)
        if isinstance(argument, n.Var) and argument.splat:
            if isinstance(value, dict):
                named.update(value)
            else:
                given += items(value)
        elif waiting:
            named[waiting] = value
            waiting = ""
        else:
            given.append(value)
    return Call("", named, given, piped)


def _block(m: Machine, block: n.BlockNode, call: Call) -> list[Value]:
    return m.run_block(block, call.given, call.named, call.piped)


def _named(m: Machine, name: str, call: Call, operator: str = "") -> list[Value]:
    low = name.lower()
    for _ in range(4):
        low = m.aliases.get(low, ALIASES.get(low, low))
    low = low.rsplit("\\", 1)[-1] if low.startswith("microsoft.powershell") else low
    call.name = low
    if low in m.functions:
        function = m.functions[low]
        return m.run_block(function, call.given, call.named, call.piped)
    handler = _HANDLERS.get(low)
    if handler is not None:
        return handler(m, call)
    if "*" in low or "?" in low:
        found = matching(low)
        if found is not None:
            return _named(m, found, call)
    if _CMDLET.match(low) and not _PROGRAM.search(low):
        return _other(m, low, name, call)
    if not low:
        return []
    psreach.launch(m, " ".join([_quoted(name), *_line(call)]).strip())
    return [UNKNOWN]


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word and not word.startswith('"') else word


def _line(call: Call) -> list[str]:
    words: list[str] = []
    for key, value in call.named.items():
        words += [f"-{key}"] if value is True else [f"-{key}", _quoted(text(value))]
    return [*words, *[_quoted(text(each)) for each in call.given]]


def _other(m: Machine, low: str, name: str, call: Call) -> list[Value]:
    if not low.startswith(_ASKING):
        m.session.recorder.call(name, *call.words())
    for each in (*call.given, *call.named.values(), *(call.piped or [])[:50]):
        if isinstance(each, n.BlockNode) and not low.startswith("assert-"):
            m.run_block(each, [], piped=[UNKNOWN])
    return [UNKNOWN]


def _iex(m: Machine, call: Call) -> list[Value]:
    code = call.get("command", 0)
    if code is None:
        code = one(call.piped or [])
    return [] if code is None else m.run_text(code, "Invoke-Expression")


def _new_object(m: Machine, call: Call) -> list[Value]:
    com = call.get("comobject")
    if com is not None:
        try:
            made = m.session.world.create(text(com))
        except ScriptError as error:
            m.note(f"New-Object -ComObject {text(com)}: {error}")
            return [UNKNOWN]
        from gateway.emulation.shells.pscom import from_com

        return [from_com(made)]
    kind = text(call.get("typename", 0))
    arguments = call.get("argumentlist")
    args: list[Value]
    if arguments is not None:
        args = [arguments] if isinstance(arguments, bytes) else items(arguments)
    else:
        args = call.given if "typename" in call.named else call.given[1:]
    if len(args) == 1 and isinstance(args[0], list):
        args = args[0]
    made_net = psreach.create(m, kind, args)
    properties = call.get("property")
    if isinstance(properties, dict) and kind.lower() in ("psobject", "pscustomobject", "object"):
        return [properties]
    return [made_net]


def _web_request(m: Machine, call: Call) -> list[Value]:
    url = call.get("uri", 0)
    method = text(call.get("method") or "GET")
    data = psreach.fetch(m, url, method, text(call.get("body"))[:2000])
    target = call.get("outfile")
    if target is not None:
        psreach.save(m, target, data, f"from {text(url)[:200]}")
        return []
    words = data.decode("latin-1")
    if call.name == "invoke-restmethod":
        return [words]
    return [
        Net(
            "webresponse", {"text": words, "content": words, "statuscode": 200, "rawcontent": words}
        )
    ]


def _bits(m: Machine, call: Call) -> list[Value]:
    url, target = call.get("source", 0), call.get("destination", 1)
    data = psreach.fetch(m, url)
    if target is not None:
        psreach.save(m, target, data, f"from {text(url)[:200]}")
    return [UNKNOWN]


def _start_process(m: Machine, call: Call) -> list[Value]:
    program = call.get("filepath", 0)
    arguments = call.get("argumentlist", 1)
    if isinstance(program, Unknown):
        psreach.launch(m, program)
        return [UNKNOWN]
    words = " ".join(text(each) for each in items(arguments))
    how = [f"window {text(call.get('windowstyle')).lower()}" if call.get("windowstyle") else ""]
    how.append("as administrator" if text(call.get("verb")).lower() == "runas" else "")
    psreach.launch(m, f"{_quoted(text(program))} {words}".strip(), *how)
    return [UNKNOWN]


def _invoke_item(m: Machine, call: Call) -> list[Value]:
    psreach.launch(m, _quoted(text(call.get("path", 0))))
    return []


def _invoke_command(m: Machine, call: Call) -> list[Value]:
    block = call.get("scriptblock", 0)
    where = call.get("computername")
    if where is not None:
        m.session.recorder.call("Invoke-Command on another computer", text(where))
    if isinstance(block, n.BlockNode):
        return m.run_block(block, items(call.get("argumentlist")))
    return [UNKNOWN]


def _set_alias(m: Machine, call: Call) -> list[Value]:
    m.aliases[text(call.get("name", 0)).lower()] = text(call.get("value", 1)).lower()
    return []


def _set_variable(m: Machine, call: Call) -> list[Value]:
    name = text(call.get("name", 0)).lower()
    m.store(n.Var(name), call.get("value", 1))
    return []


def _set_item(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0))
    low = path.lower()
    value = call.get("value", 1)
    if low.startswith("variable:"):
        m.store(n.Var(low[9:].lstrip("\\/")), value)
    elif low.startswith("alias:"):
        m.aliases[low[6:].lstrip("\\/")] = text(value).lower()
    elif low.startswith("env:"):
        m.scopes[0][low] = value
    elif _DATA.match(path):
        m.session.world.registry.write(_key(path), text(value), text(value))
    return []


def _get_variable(m: Machine, call: Call) -> list[Value]:
    name = text(call.get("name", 0)).lower()
    full = name
    if "*" in name or "?" in name:
        from fnmatch import fnmatchcase

        full = next((key for key in NAMES if fnmatchcase(key, name)), name)
    value = m.variable(full)
    if call.get("valueonly"):
        return [value]
    return [Net("variable", {"name": NAMES.get(full, full), "value": value, "text": text(value)})]


def _get_item(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0)) or text(call.get("literalpath"))
    low = path.lower()
    if low.startswith("variable:"):
        return _get_variable(m, Call("", {}, [low[9:].lstrip("\\/")], None))
    if low.startswith("env:"):
        value = m.variable("env:" + low[4:].lstrip("\\/"))
        return [Net("variable", {"name": path[4:], "value": value, "text": text(value)})]
    if low.startswith("alias:"):
        return [
            Net("command", {"text": m.aliases.get(low[6:].lstrip("\\/"), low[6:].lstrip("\\/"))})
        ]
    return [UNKNOWN]


def _get_command(m: Machine, call: Call) -> list[Value]:
    wanted = text(call.get("name", 0))
    found = matching(wanted) if "*" in wanted or "?" in wanted else wanted
    return [Net("command", {"text": found, "name": found, "source": found})] if found else [UNKNOWN]


def _get_content(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0)) or text(call.get("literalpath"))
    disk = m.session.world.disk
    m.session.recorder.note(Kind.FILE, "read", disk.full(path))
    file = disk.get(path)
    if file is None or (not file.written and disk.full(path).lower() != disk.sample_path.lower()):
        return [UNKNOWN]
    if text(call.get("encoding")).lower() == "byte":
        return [file.data]
    words = file.data.decode("utf-8", "replace")
    return [words] if call.get("raw") else list(words.splitlines())


def _set_content(m: Machine, call: Call) -> list[Value]:
    path = call.get("path", 0) if call.get("path") is not None else call.get("filepath", 0)
    path = path if path is not None else call.get("literalpath")
    value = call.get("value", 1)
    if value is None:
        value = call.get("inputobject")
    value = value if value is not None else one(call.piped or [])
    data = (
        as_bytes(value)
        if isinstance(value, bytes) or text(call.get("encoding")).lower() == "byte"
        else "\r\n".join(text(i) for i in items(value)).encode()
    )
    if _DATA.match(text(path)):
        return []
    psreach.save(m, path, data if isinstance(data, bytes) else b"")
    return []


def _key(path: str) -> str:
    return re.sub(r"\A(registry::)?(\w+):?\\", r"\2\\", path, flags=re.IGNORECASE)


def _property(m: Machine, call: Call) -> list[Value]:
    """Set-ItemProperty, New-ItemProperty."""
    path = text(call.get("path", 0)) or text(call.get("literalpath"))
    name = text(call.get("name", 1))
    value = call.get("value", 2)
    if _DATA.match(path):
        m.session.world.registry.write(f"{_key(path)}\\{name}", text(value), text(value))
    return []


def _new_item(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0))
    name = text(call.get("name"))
    value = call.get("value")
    full = f"{path}\\{name}" if name and path else name or path
    low = full.lower()
    if low.startswith("alias:"):
        m.aliases[low[6:].lstrip("\\/")] = text(value).lower()
    elif _DATA.match(full):
        m.session.world.registry.write(_key(full) + "\\", text(value), text(value))
    elif text(call.get("itemtype")).lower() == "file":
        psreach.save(m, full, text(value).encode())
    elif low:
        m.session.world.disk._add_folder(m.session.world.disk.full(full))
    return [UNKNOWN]


def _remove_item(m: Machine, call: Call) -> list[Value]:
    path = call.get("path", 0) if call.get("path", 0) is not None else call.get("literalpath")
    for each in items(path):
        if _DATA.match(text(each)):
            m.session.world.registry.delete(_key(text(each)))
        elif not isinstance(each, Unknown):
            _each_file(m, text(each), "delete")
    return []


def _each_file(m: Machine, path: str, action: str) -> None:
    disk = m.session.world.disk
    full = disk.full(path)
    found = disk.matching(full)
    for file in found[:200]:
        m.session.recorder.note(Kind.FILE, action, file.path)
    if not found:
        m.session.recorder.note(Kind.FILE, action, full, failed="no such file")


def _copy_item(m: Machine, call: Call) -> list[Value]:
    source, target = call.get("path", 0), call.get("destination", 1)
    disk = m.session.world.disk
    file = disk.get(text(source))
    mine = disk.full(text(source)).lower() == disk.sample_path.lower()
    if target is not None and not has_unknown(target):
        how = [f"copy of {text(source)}"] + (["the sample itself"] if mine else [])
        psreach.save(m, target, file.data if file is not None and file.written else b"", *how)
    return []


def _for_each(m: Machine, call: Call) -> list[Value]:
    block = call.get("process", 0)
    blocks = [
        each
        for each in (call.get("begin"), block, *call.given[1:])
        if isinstance(each, n.BlockNode)
    ]
    if not blocks:
        return [
            psreach.member(m, item, text(block), None if len(call.given) < 2 else call.given[1:])
            for item in call.piped or []
        ]
    out: list[Value] = []
    main = block if isinstance(block, n.BlockNode) else blocks[0]
    for item in (call.piped or [])[:300_000]:
        m.tick()
        before = m.scopes[-1].get("_")
        m.scopes[-1]["_"] = item
        m.scopes[-1]["psitem"] = item
        try:
            out += m.run(main.body)
        except Leaving as leaving:
            if leaving.word not in ("return", "continue"):
                raise
            out += items(leaving.value)
        finally:
            m.scopes[-1]["_"] = before
    return out


def _where(m: Machine, call: Call) -> list[Value]:
    block = call.get("filterscript", 0)
    if not isinstance(block, n.BlockNode):
        return [UNKNOWN] if call.piped else []
    out: list[Value] = []
    for item in call.piped or []:
        m.scopes[-1]["_"] = item
        if truth(one(m.run(block.body))) is not False:
            out.append(item)
    return out


def _select(m: Machine, call: Call) -> list[Value]:
    piped = call.piped or []
    for key, count in call.named.items():
        size = number(count)
        if not isinstance(size, Unknown):
            if "first".startswith(key):
                return piped[: int(size)]
            if "last".startswith(key):
                return piped[-int(size) :]
            if "skip".startswith(key):
                return piped[int(size) :]
    expand = call.get("expandproperty")
    if expand is not None:
        return [psreach.member(m, item, text(expand), None) for item in piped]
    return piped


def _pass(m: Machine, call: Call) -> list[Value]:
    return call.piped if call.piped is not None else call.given


def _say(m: Machine, call: Call) -> list[Value]:
    m.session.world.say(" ".join(map(text, call.given)) or text(one(call.piped or [])))
    return []


def _quiet(m: Machine, call: Call) -> list[Value]:
    return []


def _sleep(m: Machine, call: Call) -> list[Value]:
    seconds = number(call.get("seconds", 0))
    millis = number(call.get("milliseconds"))
    m.effects += 1
    if call.get("milliseconds") is not None and not isinstance(millis, Unknown):
        m.session.recorder.sleep(millis / 1000)
    elif not isinstance(seconds, Unknown):
        m.session.recorder.sleep(seconds)
    return []


def _add_type(m: Machine, call: Call) -> list[Value]:
    code = call.get("typedefinition", 0) or call.get("memberdefinition")
    if call.get("assemblyname") is not None or call.get("path") is not None or code is None:
        return [UNKNOWN]
    m.session.recorder.call("Add-Type", text(code)[:3000])
    m.lacks("the C# source of Add-Type")
    return [UNKNOWN]


def _wmi_method(m: Machine, call: Call) -> list[Value]:
    words = " ".join(call.words())
    arguments = call.get("argumentlist")
    if isinstance(arguments, dict):
        arguments = arguments.get("commandline")
    table = call.get("arguments")
    if isinstance(table, dict):
        arguments = table.get("commandline")
    m.session.recorder.call(call.name, words)
    if "win32_process" in words.lower() and arguments is not None:
        psreach.launch(m, one(items(arguments)[:1]), "by WMI")
    return [UNKNOWN]


def _wmi(m: Machine, call: Call) -> list[Value]:
    kind = text(call.get("class", 0)) or text(call.get("classname")) or text(call.get("query"))
    m.session.recorder.call("Get-WmiObject", kind)
    if "shadowcopy" in kind.lower():
        return [Net("Win32_ShadowCopy")]
    return [UNKNOWN]


def _join_path(m: Machine, call: Call) -> list[Value]:
    first, second = call.get("path", 0), call.get("childpath", 1)
    return [f"{text(first).rstrip(chr(92))}\\{text(second).lstrip(chr(92))}"]


def _split_path(m: Machine, call: Call) -> list[Value]:
    import ntpath

    path = text(call.get("path", 0)) or text(one(call.piped or []))
    return [ntpath.basename(path) if call.get("leaf") else ntpath.dirname(path)]


def _resolve(m: Machine, call: Call) -> list[Value]:
    m.effects += 1
    m.session.recorder.note(
        Kind.NETWORK, "resolve", text(call.get("name", 0) or call.get("hostname", 0))
    )
    return [UNKNOWN]


def _secure(m: Machine, call: Call) -> list[Value]:
    if call.get("key") is not None or call.get("securekey") is not None:
        return [LACKING]
    return [call.get("string", 0)]


def _remove_object(m: Machine, call: Call) -> list[Value]:
    target = one(call.piped or [])
    m.session.recorder.call(
        call.name, target.kind if isinstance(target, Net) else text(target), *call.words()
    )
    if isinstance(target, Net) and target.kind == "Win32_ShadowCopy":
        m.session.recorder.call("Win32_ShadowCopy.Delete")
    return []


def _action(m: Machine, call: Call) -> list[Value]:
    m.session.recorder.call("New-ScheduledTaskAction", *call.words())
    return [Net("task", {"text": f"{text(call.get('execute', 0))} {text(call.get('argument'))}"})]


def _register(m: Machine, call: Call) -> list[Value]:
    m.session.recorder.call("Register-ScheduledTask", *call.words())
    return [UNKNOWN]


def _new_alias_like(m: Machine, call: Call) -> list[Value]:
    return _set_alias(m, call)


def _import(m: Machine, call: Call) -> list[Value]:
    m.note(f"not followed: the module {text(call.get('name', 0))}")
    return []


_HANDLERS: dict[str, Callable[[Machine, Call], list[Value]]] = {
    "invoke-expression": _iex,
    "new-object": _new_object,
    "invoke-webrequest": _web_request,
    "invoke-restmethod": _web_request,
    "start-bitstransfer": _bits,
    "start-process": _start_process,
    "invoke-item": _invoke_item,
    "invoke-command": _invoke_command,
    "start-job": _invoke_command,
    "start-threadjob": _invoke_command,
    "set-alias": _set_alias,
    "new-alias": _new_alias_like,
    "set-variable": _set_variable,
    "new-variable": _set_variable,
    "set-item": _set_item,
    "get-variable": _get_variable,
    "get-item": _get_item,
    "get-command": _get_command,
    "get-alias": _get_command,
    "get-content": _get_content,
    "set-content": _set_content,
    "add-content": _set_content,
    "out-file": _set_content,
    "tee-object": _set_content,
    "set-itemproperty": _property,
    "new-itemproperty": _property,
    "new-item": _new_item,
    "remove-item": _remove_item,
    "remove-itemproperty": _quiet,
    "copy-item": _copy_item,
    "move-item": _copy_item,
    "foreach-object": _for_each,
    "where-object": _where,
    "select-object": _select,
    "write-output": _pass,
    "out-string": _pass,
    "sort-object": _pass,
    "write-host": _say,
    "out-host": _say,
    "out-null": _quiet,
    "set-location": _quiet,
    "set-strictmode": _quiet,
    "set-executionpolicy": _quiet,
    "clear-host": _quiet,
    "start-transcript": _quiet,
    "stop-transcript": _quiet,
    "start-service": _quiet,
    "restart-service": _quiet,
    "import-module": _import,
    "start-sleep": _sleep,
    "add-type": _add_type,
    "invoke-wmimethod": _wmi_method,
    "invoke-cimmethod": _wmi_method,
    "get-wmiobject": _wmi,
    "get-ciminstance": _wmi,
    "join-path": _join_path,
    "split-path": _split_path,
    "resolve-dnsname": _resolve,
    "convertto-securestring": _secure,
    "remove-wmiobject": _remove_object,
    "remove-ciminstance": _remove_object,
    "new-scheduledtaskaction": _action,
    "register-scheduledtask": _register,
}
