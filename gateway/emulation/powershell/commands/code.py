"""Commands that run code or go through what the pipeline brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.powershell import members, objects, sources
from gateway.emulation.powershell import nodes as n
from gateway.emulation.powershell.commands.calls import Call, Handler
from gateway.emulation.powershell.leaving import Leaving
from gateway.emulation.powershell.statements import PROCESS
from gateway.emulation.powershell.values import (
    UNKNOWN,
    Unknown,
    Value,
    items,
    number,
    one,
    text,
    truth,
)

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine


def _iex(m: Machine, call: Call) -> list[Value]:
    code = call.get("command", 0)
    if code is None:
        code = one(call.piped or [])
    return [] if code is None else m.run_text(code, "Invoke-Expression")


def _invoke_command(m: Machine, call: Call) -> list[Value]:
    block = call.get("scriptblock", 0)
    where = call.get("computername")
    if where is not None:
        m.session.recorder.call("Invoke-Command on another computer", text(where))
    if isinstance(block, n.BlockNode):
        return m.run_block(block, items(call.get("argumentlist")))
    return [UNKNOWN]


def _new_object(m: Machine, call: Call) -> list[Value]:
    com = call.get("comobject")
    if com is not None:
        return [objects.com(m, text(com))]
    kind = text(call.get("typename", 0))
    arguments = call.get("argumentlist")
    args: list[Value]
    if arguments is not None:
        args = [arguments] if isinstance(arguments, bytes) else items(arguments)
    else:
        args = call.given if "typename" in call.named else call.given[1:]
    if len(args) == 1 and isinstance(args[0], list):
        args = args[0]
    made_net = objects.create(m, kind, args)
    properties = call.get("property")
    if isinstance(properties, dict) and kind.lower() in ("psobject", "pscustomobject", "object"):
        return [properties]
    return [made_net]


def _add_type(m: Machine, call: Call) -> list[Value]:
    code = call.get("typedefinition", 0) or call.get("memberdefinition")
    if call.get("assemblyname") is not None or call.get("path") is not None or code is None:
        return [UNKNOWN]
    source = text(code)
    m.session.recorder.call("Add-Type", source[:3000])
    if not sources.is_quiet(source):
        m.lacks("the C# source of Add-Type")
        return [UNKNOWN]
    m.note("not run: the C# source of Add-Type, which does nothing outside")
    m.own_types.update(sources.names(source) | {text(call.get("name")).lower()})
    return [UNKNOWN]


def _process(m: Machine, call: Call) -> list[Value]:
    """A function's process block: once for each value that is piped in, which its first parameter
    without a value gets too; once where nothing is piped in."""
    block, scope = call.given[0], m.scopes[-1]
    if not isinstance(block, n.BlockNode):
        return []
    if "_" not in scope:
        return m.run(block.body)
    names = [name for name in scope if name not in ("input", "_", "psitem", "args")]
    bound = next((name for name in names if scope[name] in (None, UNKNOWN)), "_")
    out: list[Value] = []
    for item in items(scope["input"])[:100_000]:
        m.tick()
        scope["_"] = scope["psitem"] = scope[bound] = item
        out += m.run(block.body)
    return out


def _for_each(m: Machine, call: Call) -> list[Value]:
    block = call.get("process", 0)
    blocks = [
        each
        for each in (call.get("begin"), block, *call.given[1:])
        if isinstance(each, n.BlockNode)
    ]
    if not blocks:
        return [
            members.member(m, item, text(block), None if len(call.given) < 2 else call.given[1:])
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
        return [members.member(m, item, text(expand), None) for item in piped]
    return piped


HANDLERS: dict[str, Handler] = {
    PROCESS: _process,
    "invoke-expression": _iex,
    "new-object": _new_object,
    "invoke-command": _invoke_command,
    "start-job": _invoke_command,
    "start-threadjob": _invoke_command,
    "foreach-object": _for_each,
    "where-object": _where,
    "select-object": _select,
    "add-type": _add_type,
}
