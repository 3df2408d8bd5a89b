"""JScript's own ways of writing, turned into what every JavaScript engine takes. Pure."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<kept>"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'|//[^\r\n]*|/\*.*?\*/"""
    r"""|(?:(?<=[(,=:\[!&|?{};])|(?<=return)|(?<=typeof))\s*/(?![*/])"""
    r"""(?:\\.|\[(?:\\.|[^\]\\\r\n])*\]|[^/\\\[\r\n])+/)"""
    r"""|(?<![\w$.])eval\b(?P<call>\s*\()?|(?P<open>\()|(?P<close>\))""",
    re.DOTALL,
)
"""Strings, comments and regular expressions; eval and how it is mentioned; parentheses."""
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
    return _told(text) if "eval" in text else text


def _told(text: str) -> str:
    """Plain calls of eval with their argument through `__text`, other mentions as `__eval`.

    Where the parentheses do not add up, an assignment to `__seen` tells the code as it is.
    """
    depths: list[bool] = []

    def with_text(found: re.Match[str]) -> str:
        if found["kept"] is not None:
            return found["kept"]
        if found["call"] is not None:
            depths.append(True)
            return "eval(__text("
        if found["open"] is not None:
            depths.append(False)
            return "("
        if found["close"] is not None:
            return "))" if depths.pop() else ")"
        return "__eval"

    try:
        changed = _TOKEN.sub(with_text, text)
    except IndexError:  # more parentheses closed than opened
        depths = [True]
    if not depths:
        return changed
    return _TOKEN.sub(lambda found: "eval(__seen=" if found["call"] else found[0], text)


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
