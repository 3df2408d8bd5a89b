"""JScript's own ways of writing, turned into what every JavaScript engine takes. Pure."""

from __future__ import annotations

import re

_EVAL = re.compile(
    r"""(?P<kept>"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'|//[^\r\n]*|/\*.*?\*/)"""
    r"""|(?<![\w$.])eval\s*\((?!\s*\))""",
    re.DOTALL,
)
_CONDITIONAL = re.compile(r"@(cc_on|set|if|elif|else|end)\b", re.IGNORECASE)
_VARIABLES = {
    "_jscript": "true",
    "_jscript_version": "5.8",
    "_jscript_build": "16384",
    "_win32": "true",
    "_win64": "false",
    "_win16": "false",
    "_mac": "false",
    "_x86": "true",
    "_amd64": "false",
}
_CALL_ASSIGNMENT = re.compile(
    r"(?P<owner>[A-Za-z_$][\w$.]*?)(?:\.(?P<name>[A-Za-z_$]\w*))?\((?P<arguments>[^()]*)\)"
    r"\s*=(?!=)\s*(?P<value>[^;\r\n]+)"
)


def adapted(source: str) -> str:
    """The source with conditional compilation resolved, and eval telling what it runs."""
    text = source.removeprefix("\ufeff").replace("<!--", "//")
    if "@" in text and _CONDITIONAL.search(text):
        text = _resolved(text)
    return _EVAL.sub(lambda found: found["kept"] or "eval(__seen=", text)


def _resolved(text: str) -> str:
    """`/*@cc_on … @*/` is code; `@if`, `@elif`, `@else`, `@end` become statements."""
    text = re.sub(r"/\*@(cc_on|if|set)?", lambda m: f" @{m[1]} " if m[1] else " ", text)
    text = re.sub(r"//@cc_on", " ", text)
    text = text.replace("@*/", " ")
    text = re.sub(r"@cc_on\b", " ", text)
    text = re.sub(r"@set\s+@(\w+)\s*=", r"var __cc_\1 =", text)
    text = re.sub(r"@if\s*\(([^)]*)\)", r"if (\1) {", text)
    text = re.sub(r"@elif\s*\(([^)]*)\)", r"} else if (\1) {", text)
    text = re.sub(r"@else\b", "} else {", text)
    text = re.sub(r"@end\b", "}", text)
    return re.sub(r"@(_?\w+)", lambda m: _VARIABLES.get(m[1].lower(), f"__cc_{m[1]}"), text)


def without_call_assignments(source: str) -> str:
    """`object.Item(key) = value`, which only JScript takes, as a call of the prelude's."""

    def call(found: re.Match[str]) -> str:
        name = found["name"] or ""
        arguments, value = found["arguments"], found["value"]
        return f'__put({found["owner"]}, "{name}", [{arguments}], {value})'

    return _CALL_ASSIGNMENT.sub(call, adapted(source))
