"""The reference of gatewayctl, from its click objects and its table of exit codes."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gateway.cli.app import cli
from gateway.cli.exits import MEANING

_INTRODUCTION = """\
# gatewayctl

Errors are one sentence on standard error (a settings file: one line for each error) and an exit
code of their own. `--json` prints the same as data. Completion: `eval
"$(_GATEWAYCTL_COMPLETE=bash_source gatewayctl)"` in bash, `zsh_source` in zsh.
"""


def page() -> str:
    """docs/generated/cli.md"""
    root = click.Context(
        cli,
        info_name="gatewayctl",
        max_content_width=80,
        terminal_width=80,
        help_option_names=["-h", "--help"],
    )
    sections = [f"{_INTRODUCTION}\n{_help(root)}"]
    sections += [f"## {context.command_path}\n\n{_help(context)}" for context in _contexts(root)]
    codes = [f"| {int(code)} | {code.name} | {text} |" for code, text in MEANING.items()]
    table = ["## Exit codes", "", "| code | name | meaning |", "|---|---|---|", *codes]
    return "\n".join([*sections, "\n".join(table)]) + "\n"


def _help(context: click.Context) -> str:
    return f"```text\n{context.get_help()}\n```\n"


def _contexts(parent: click.Context) -> Iterator[click.Context]:
    """Every command below `parent`, by name."""
    group = parent.command
    assert isinstance(group, click.Group), "only groups have commands"
    for name, command in sorted(group.commands.items()):
        context = click.Context(
            command, parent=parent, info_name=name, max_content_width=80, terminal_width=80
        )
        yield context
        if isinstance(command, click.Group):
            yield from _contexts(context)
