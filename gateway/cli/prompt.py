"""`gatewayctl prompt`: the administrator's login shell, which knows gatewayctl and nothing else."""

from __future__ import annotations

import os
import shlex
import sys

import click

_LEAVE = frozenset({"exit", "quit", "logout"})
_SHELL = "/bin/bash"


@click.command()
@click.pass_context
def prompt(context: click.Context) -> None:
    """Ask for commands, one a line, until `exit`. The Tab key completes them."""
    root = context.find_root().command
    _complete(root)
    click.echo("This is gatewayctl. 'help' lists the commands, 'exit' leaves.")
    while True:
        try:
            words = shlex.split(input("sluice> "))
        except ValueError as error:
            click.echo(f"gatewayctl: {error}", err=True)
            continue
        except KeyboardInterrupt:
            click.echo()
            continue
        except EOFError:
            return
        if words and words[0] in _LEAVE:
            return
        if words:
            _run(root, ["--help"] if words == ["help"] else words)


@click.command()
def shell() -> None:
    """Leave gatewayctl for a real shell, as root. What is changed outside of /var is not kept."""
    sys.stdout.flush()
    os.execv(_SHELL, [_SHELL, "--login"])


def _run(root: click.Command, words: list[str]) -> None:
    """One command. However it ends, the next line is asked for."""
    try:
        root.main(words, prog_name="gatewayctl", standalone_mode=True)
    except SystemExit:
        pass
    except KeyboardInterrupt:
        click.echo()
    except Exception as error:  # noqa: BLE001 - a broken command must not log its user out
        click.echo(f"gatewayctl: this command failed: {error}", err=True)


def _complete(root: click.Command) -> None:
    """Completion of commands and options with readline, from the commands themselves."""
    try:
        import readline
    except ImportError:
        return

    def candidates(text: str, state: int) -> str | None:
        before = readline.get_line_buffer()[: readline.get_begidx()].split()
        matching = sorted(name for name in _names(root, before) if name.startswith(text))
        return f"{matching[state]} " if state < len(matching) else None

    readline.set_completer_delims(" ")
    readline.set_completer(candidates)
    readline.parse_and_bind("tab: complete")


def _names(root: click.Command, before: list[str]) -> list[str]:
    """What may stand after the words `before`: subcommands, or options."""
    command = root
    for word in before:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
    if isinstance(command, click.Group):
        return list(command.commands)
    return [
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    ]
