"""The commands of gatewayctl."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import msgspec

from gateway import VERSION
from gateway.cli.appliance import selftest, setup
from gateway.cli.emulate_command import emulate, emulator_group
from gateway.cli.exits import CliError, Exit
from gateway.cli.extract_command import extract
from gateway.cli.files import CONFIG_FILE, Places, config_from, policy_from, read_bytes
from gateway.cli.install_command import install
from gateway.cli.kept_command import original, quarantine
from gateway.cli.prompt import prompt, shell
from gateway.cli.recovery_command import recovery_key
from gateway.cli.screen import console, printable, width
from gateway.cli.update_command import update
from gateway.cli.update_data import rules, signatures
from gateway.model.filetype import BY_NAME

EXPLAINED_TO = "recipient@localhost"
"""The recipient of a mail that `explain` is told nothing about."""

_FILE = click.Path(path_type=Path, dir_okay=False)
_json = click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")
_policy = click.option(
    "--policy", type=_FILE, help="Use this policy, not the one beside gateway.toml."
)


def _complete_type(_context: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    return [name for name in BY_NAME if name.startswith(begun)]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=_FILE,
    envvar="SLUICE_CONFIG",
    help=f"The machine's settings. [default: {CONFIG_FILE}]",
)
@click.version_option(VERSION, prog_name="gatewayctl")
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Ask a Sluice gateway what it does and why."""
    context.obj = Places(config=config)


@cli.command()
@_json
@click.pass_obj
def status(places: Places, as_json: bool) -> None:
    """Show the running gateway: NIC pair, processes, counters, and what happens on failure."""
    from gateway.cli.control import ask_status, socket_path
    from gateway.cli.status_view import show_status

    state, line = ask_status(socket_path(places.read_config()))
    if as_json:
        _print_json(line)
    else:
        show_status(state, console())


@cli.command()
@click.argument("file", type=_FILE)
@_policy
@click.option("--from", "sender", default="", help="Envelope sender.")
@click.option("--to", "recipients", multiple=True, help="Envelope recipient; may be repeated.")
@click.option("--submitted", is_flag=True, help="As mail that a person's program hands in.")
@_json
@click.pass_obj
def explain(
    places: Places,
    file: Path,
    policy: Path | None,
    sender: str,
    recipients: tuple[str, ...],
    submitted: bool,
    as_json: bool,
) -> None:
    """Run the whole plan on a mail in FILE and show every step. Nothing is delivered or kept."""
    from gateway.cli.explaining import explain as run
    from gateway.cli.report_view import show_report
    from gateway.model import Envelope, Handover

    config = places.read_config()
    rules = replace(places, policy=policy).read_policy()
    mail = read_bytes(file, rules.limits.message_bytes, "a mail")
    side = Handover.SUBMITTED if submitted else Handover.RECEIVED
    envelope = Envelope(sender, recipients or (EXPLAINED_TO,), handover=side)
    report = run(mail, envelope, config, rules)
    if as_json:
        _print_json(msgspec.json.encode(report))
    else:
        show_report(report, console())


@cli.command()
@click.argument("trace_id", metavar="ID|last")
@_json
@click.pass_obj
def trace(places: Places, trace_id: str, as_json: bool) -> None:
    """Show what was done with a mail, and why. ID may be shortened; `last` is the newest."""
    from gateway.cli.journal import find_report
    from gateway.cli.report_view import show_events, show_report
    from gateway.pipeline.report import LaterReport

    report, events = find_report(places.read_config(), trace_id)
    if as_json:
        later = [LaterReport(each.at, each.what, each.by, each.detail) for each in events]
        _print_json(msgspec.json.encode(msgspec.structs.replace(report, later=later)))
    else:
        show_report(report, console())
        show_events(events, console())


@cli.command()
@click.option(
    "--type",
    "type_name",
    default="",
    help="Show what becomes of files of this type.",
    shell_complete=_complete_type,
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "svg", "json"]),
    default="text",
    show_default=True,
    help="How the workflow is drawn.",
)
@_policy
@click.pass_obj
def workflow(places: Places, type_name: str, form: str, policy: Path | None) -> None:
    """Draw the workflow from the plan and the policy that run."""
    from gateway.cli import drawing
    from gateway.stages import PLAN

    if type_name and type_name not in BY_NAME:
        raise click.BadParameter(_unknown_type(type_name), param_hint="--type")
    rules = replace(places, policy=policy).read_policy()
    picture = drawing.picture(PLAN, rules, type_name)
    forms: dict[str, Callable[[], str]] = {
        "text": lambda: drawing.as_text(picture, width()),
        "mermaid": lambda: drawing.as_mermaid(picture),
        "svg": lambda: drawing.as_svg(picture),
        "json": lambda: _indented(msgspec.json.encode(picture)),
    }
    click.echo(forms[form](), nl=False)


@cli.group(name="policy")
def policy_group() -> None:
    """Look at settings files."""


@policy_group.command()
@click.argument("file", type=_FILE)
@click.option("--gateway", "machine", is_flag=True, help="FILE is a gateway.toml.")
def check(file: Path, machine: bool) -> None:
    """Check a policy.toml, or with --gateway a gateway.toml; all errors are reported at once."""
    document = config_from(file) if machine else policy_from(file)
    click.echo(f"{printable(file.name)} has no errors; its version is {document.version}.")


@cli.command()
@click.pass_obj
def cores(places: Places) -> None:
    """Show which CPUs take interrupts, steering, workers and emulation."""
    from gateway.cli.machine import core_plan

    click.echo(core_plan(places.read_config()))


@cli.command()
@click.option("--plan", "show_plan", is_flag=True, help="Show each step that a start would take.")
@click.pass_obj
def nic(places: Places, show_plan: bool) -> None:
    """Show the machine's network interfaces, and what stands in the way of the NIC pair."""
    from gateway.cli.machine import nic_plan, show_nics

    config = places.read_config()
    if show_plan:
        click.echo(nic_plan(config))
    else:
        show_nics(config, console())


_COMMANDS = (
    *(extract, emulate, emulator_group, original, quarantine),
    *(setup, selftest, update, install, recovery_key, prompt, shell),
)
for command in _COMMANDS:
    cli.add_command(command)
for command in (signatures, rules):
    update.add_command(command)


def _unknown_type(name: str) -> str:
    from gateway.policy.values import suggestion

    return f"'{printable(name)}' is no file type the gateway knows{suggestion(name, list(BY_NAME))}"


def _indented(line: bytes) -> str:
    return msgspec.json.format(line, indent=2).decode() + "\n"


def _print_json(line: bytes) -> None:
    click.echo(_indented(line.strip()), nl=False)


def main() -> None:
    """The console script."""
    try:
        cli.main(prog_name="gatewayctl")
    except BrokenPipeError:
        # The reader has gone (`| head`). Python would complain again when it flushes at exit.
        sys.stderr.close()
        raise SystemExit(int(Exit.OTHER)) from None


__all__ = ["CliError", "cli", "main"]
