"""Commands that reach outside: the web, programs, WMI, tasks, time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.contract import Kind
from gateway.emulation.powershell import outside
from gateway.emulation.powershell.commands.calls import Call, Handler, quoted
from gateway.emulation.powershell.values import (
    UNKNOWN,
    Net,
    Unknown,
    Value,
    items,
    number,
    one,
    text,
)
from gateway.emulation.windows import sinkhole

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine


def _web_request(m: Machine, call: Call) -> list[Value]:
    url = call.get("uri", 0)
    method = text(call.get("method") or "GET")
    data = outside.fetch(m, url, method, text(call.get("body"))[:2000])
    target = call.get("outfile")
    if target is not None:
        outside.save(m, target, data, f"from {text(url)[:200]}")
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
    data = outside.fetch(m, url)
    if target is not None:
        outside.save(m, target, data, f"from {text(url)[:200]}")
    return [UNKNOWN]


def _start_process(m: Machine, call: Call) -> list[Value]:
    program = call.get("filepath", 0)
    arguments = call.get("argumentlist", 1)
    if isinstance(program, Unknown):
        outside.launch(m, program)
        return [UNKNOWN]
    words = " ".join(text(each) for each in items(arguments))
    how = [f"window {text(call.get('windowstyle')).lower()}" if call.get("windowstyle") else ""]
    how.append("as administrator" if text(call.get("verb")).lower() == "runas" else "")
    outside.launch(m, f"{quoted(text(program))} {words}".strip(), *how)
    return [UNKNOWN]


def _invoke_item(m: Machine, call: Call) -> list[Value]:
    outside.launch(m, quoted(text(call.get("path", 0))))
    return []


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
        outside.launch(m, one(items(arguments)[:1]), "by WMI")
    return [UNKNOWN]


def _wmi(m: Machine, call: Call) -> list[Value]:
    kind = text(call.get("class", 0)) or text(call.get("classname")) or text(call.get("query"))
    m.session.recorder.call("Get-WmiObject", kind)
    if "shadowcopy" in kind.lower():
        return [Net("Win32_ShadowCopy")]
    return [UNKNOWN]


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


def _resolve(m: Machine, call: Call) -> list[Value]:
    m.effects += 1
    m.session.recorder.note(
        Kind.NETWORK, "resolve", text(call.get("name", 0) or call.get("hostname", 0))
    )
    if text(call.get("type", 1)).lower() != "txt":
        return [UNKNOWN]
    answer = sinkhole.TEXT.strip()  # a record of words: who runs them runs the network's code
    return [Net("dnsrecord", {"text": answer, "strings": [answer], "type": "TXT"})]


def _sleep(m: Machine, call: Call) -> list[Value]:
    seconds = number(call.get("seconds", 0))
    millis = number(call.get("milliseconds"))
    m.effects += 1
    if call.get("milliseconds") is not None and not isinstance(millis, Unknown):
        m.session.recorder.sleep(millis / 1000)
    elif not isinstance(seconds, Unknown):
        m.session.recorder.sleep(seconds)
    return []


HANDLERS: dict[str, Handler] = {
    "invoke-webrequest": _web_request,
    "invoke-restmethod": _web_request,
    "start-bitstransfer": _bits,
    "start-process": _start_process,
    "invoke-item": _invoke_item,
    "start-sleep": _sleep,
    "invoke-wmimethod": _wmi_method,
    "invoke-cimmethod": _wmi_method,
    "get-wmiobject": _wmi,
    "get-ciminstance": _wmi,
    "resolve-dnsname": _resolve,
    "remove-wmiobject": _remove_object,
    "remove-ciminstance": _remove_object,
    "new-scheduledtaskaction": _action,
    "register-scheduledtask": _register,
}
