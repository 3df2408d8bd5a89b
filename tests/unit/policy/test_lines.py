"""The TOML walker: every key that tomllib finds has a line, and the right one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.document import KeyPath
from gateway.policy.lines import key_lines

EVERYTHING = '''\
# a comment with [brackets] = and "quotes
top = 1 # trailing
"quoted key" = """
[not.a.table]
x = 1 \\""" still inside
"""
'literal.key' = \'\'\'
a = 2\'\'\'\'
"\\u0041" = "#no comment"
dotted . inner = { a = 1, b = [1, { c = "]" }], "d e" = {} }

[table.deep]
list = [ # comment ]
  "one",
  [ 2, 3 ],   # two
  { x = 1 },
]
when = 1979-05-27 07:32:00
empty = ""
[[array]]
n = 1
[[array]]
n = 2
[[array.inner]]
m = 1
[array.inner.sub]
z = inf
'''


def paths(value: object, at: KeyPath = ()) -> Iterator[KeyPath]:
    items: Iterator[tuple[str | int, object]]
    match value:
        case dict():
            items = iter(value.items())
        case list():
            items = iter(enumerate(value))
        case _:
            return
    for step, inner in items:
        yield (*at, step)
        yield from paths(inner, (*at, step))


def test_every_kind_of_key_is_found_on_its_line() -> None:
    lines = key_lines(EVERYTHING)
    assert set(paths(tomllib.loads(EVERYTHING))) <= set(lines)
    assert lines[("top",)] == 2
    assert lines[("quoted key",)] == 3
    assert lines[("literal.key",)] == 7
    assert lines[("A",)] == 9
    assert lines[("dotted", "inner", "b", 1, "c")] == 10
    assert lines[("table", "deep")] == 12
    assert lines[("table", "deep", "list", 0)] == 14
    assert lines[("table", "deep", "list", 2, "x")] == 16
    assert lines[("array", 0, "n")] == 21
    assert lines[("array", 1, "n")] == 23
    assert lines[("array", 1, "inner", 0, "m")] == 25
    assert lines[("array", 1, "inner", 0, "sub", "z")] == 27


_KEYS = st.sampled_from(["a", "b-c", '"d.e"', "'f'", "3"])
_SCALARS = st.sampled_from(
    ["1", "-2.5", "true", '"x"', "'#'", '"""a\n]"""', "1979-05-27", '"\\""', "''''''"]
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3).flatmap(
        lambda items: st.sampled_from(
            [f"[{', '.join(items)}]", "[\n" + "".join(f"{item}, # c\n" for item in items) + "]"]
        )
    ),
    max_leaves=6,
)
_PAIRS = st.dictionaries(_KEYS, _VALUES, max_size=3).map(
    lambda pairs: "".join(f"{key} = {value}\n" for key, value in pairs.items())
)


@given(top=_PAIRS, tables=st.lists(_PAIRS, max_size=3), array=st.lists(_PAIRS, max_size=3))
def test_no_key_of_any_document_is_without_a_line(
    top: str, tables: list[str], array: list[str]
) -> None:
    # Invariant: for every text tomllib accepts, each of its paths has a line, and the text of
    # that line holds the key's last name.
    text = top
    text += "".join(f"[t{number}.x]\n{body}\n" for number, body in enumerate(tables))
    text += "".join(f"[[list]]\n{body}" for body in array)
    lines, rows = key_lines(text), text.split("\n")
    for path in paths(tomllib.loads(text)):
        assert path in lines
        if isinstance(path[-1], str):
            assert path[-1] in rows[lines[path] - 1]
