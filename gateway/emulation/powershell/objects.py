"""Objects of .NET that a script makes, and their members that act: web, processes, WMI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.contract import Kind
from gateway.emulation.powershell import outside, streams, types
from gateway.emulation.powershell.com import from_com
from gateway.emulation.powershell.names import matching
from gateway.emulation.powershell.nodes import BlockNode
from gateway.emulation.powershell.outside import shown, tell_secret
from gateway.emulation.powershell.parser import interpolated
from gateway.emulation.powershell.values import UNKNOWN, Net, Value, items, text

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine


def com(m: Machine, name: str) -> Value:
    """New-Object -ComObject, CreateObject."""
    try:
        return from_com(m.session.world.create(name))
    except ScriptError as error:
        m.note(f"New-Object -ComObject {name}: {error}")
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
    made = streams.made(short, args)
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
    if short == "diagnostics.process":
        fields["startinfo"] = Net("diagnostics.processstartinfo")
    if "diagnostics.processstartinfo" in short and args:
        fields["filename"] = args[0]
        fields["arguments"] = args[1] if len(args) > 1 else ""
    return Net(short, fields)


def member(m: Machine, target: Net, low: str, name: str, given: list[Value], called: bool) -> Value:
    """A member of an object; low is its name in lower case, called: with parentheses."""
    if not called and low in target.fields:
        return target.fields[low]
    found = streams.of_object(target, low, given if called else None)
    if found is not None:
        return found
    kind = target.kind
    first = given[0] if given else None
    second = given[1] if len(given) > 1 else None
    if kind in ("net.webclient", "net.http.httpclient", "webclient"):
        return _web(m, low, first, second, given)
    if kind == "net.httpwebrequest" and low == "getresponse":
        return Net("response", {"data": outside.fetch(m, target.fields.get("url"))})
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
        outside.launch(
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
        outside.launch(m, first, "by WMI")
        return UNKNOWN
    if kind == "appdomain" and low == "load":
        return types.load(m, given)
    if kind == "assembly" and called:
        m.session.recorder.call(f"assembly.{name}", *shown(given))
        return Net("assembly")
    if called:
        m.session.recorder.call(f"{kind}.{name}", *shown(given))
        tell_secret(m, kind, name, given)
    return UNKNOWN


def _execution(m: Machine, low: str, given: list[Value]) -> Value:
    first = given[0] if given else None
    if low in ("invokescript", "newscriptblock"):
        made = m.block_of(given[0] if given else "")
        return (
            made
            if low == "newscriptblock" or not isinstance(made, BlockNode)
            else (m.run_block(made, []) or [None])[0]
        )
    if low == "expandstring":
        return m.value(interpolated(text(first)))
    if low in ("getcommand", "getcmdlet", "getcommandname", "getcmdlets"):
        return matching(text(first))
    return UNKNOWN


def _web(m: Machine, low: str, first: Value, second: Value, given: list[Value]) -> Value:
    if low.startswith(("downloadfile",)):
        data = outside.fetch(m, first)
        outside.save(m, second, data, f"from {text(first)[:200]}")
        return None
    if low.startswith(("downloaddata", "openread", "getbytearray", "getstream")):
        data = outside.fetch(m, first)
        return Net("stream", {"data": data}) if "stream" in low or low == "openread" else data
    if low.startswith(("downloadstring", "getstring")):
        return outside.fetch(m, first).decode("latin-1")
    if low.startswith(("uploadstring", "uploaddata", "uploadfile", "uploadvalues", "postasync")):
        outside.fetch(m, first, "POST", text(given[-1])[:2000])
        return UNKNOWN
    return UNKNOWN
