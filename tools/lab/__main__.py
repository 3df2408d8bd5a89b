"""`python -m tools.lab up|down|status`: the lab by hand. Exit code 1 with one sentence on error."""

from __future__ import annotations

import json
import sys

import click

from drivers.config import Mode
from drivers.errors import DriverError
from tools.lab.layout import CLIENT_NIC, SERVER_NIC, layout
from tools.lab.namespaces import Lab, Status, down, status, up

NAME = click.option("--name", default="lab", show_default=True, help="Name of the lab.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")


@click.group(help="A sender, a gateway and a mail server in network namespaces.")
def main() -> None:
    pass


@main.command("up", help="Make the lab (or keep it, when it is there already).")
@NAME
@JSON
@click.option(
    "--mode", type=click.Choice([mode.value for mode in Mode]), default="bridge", show_default=True
)
def up_command(name: str, as_json: bool, mode: str) -> None:
    lab = up(name, Mode(mode))
    click.echo(json.dumps(_data(status(name))) if as_json else _picture(lab))


@main.command("down", help="Remove the lab and end what runs in it.")
@NAME
@JSON
def down_command(name: str, as_json: bool) -> None:
    down(name)
    click.echo(json.dumps(_data(status(name))) if as_json else f"The lab {name!r} is gone.")


@main.command("status", help="Show what of the lab is there.")
@NAME
@JSON
def status_command(name: str, as_json: bool) -> None:
    found = status(name)
    if as_json:
        click.echo(json.dumps(_data(found)))
    elif found.complete and found.mode:
        click.echo(_picture(Lab(layout(name, found.mode))))
        for space, count in found.processes.items():
            click.echo(f"  {count} processes in {space}")
    else:
        there = [space for space, present in found.namespaces.items() if present]
        click.echo(f"The lab {name!r} is not up." + (f" Left over: {there}" if there else ""))


def _data(found: Status) -> dict[str, object]:
    return {
        "name": found.name,
        "up": found.complete,
        "mode": found.mode.value if found.mode else None,
        "namespaces": found.namespaces,
        "processes": found.processes,
    }


def _picture(lab: Lab) -> str:
    """At most 80 columns wide for names of up to 20 characters."""
    plan = lab.layout
    gateway = plan.bridge_addresses or (*plan.client_addresses, *plan.server_addresses)
    return "\n".join(
        [
            f"The lab {plan.name!r} is up in {plan.mode} mode:",
            f"  sender   {plan.sender.namespace:<28} {plan.sender.v4:<17} {plan.sender.v6}",
            f"  gateway  {plan.gateway:<28} NICs {CLIENT_NIC} and {SERVER_NIC}",
            *(f"           {'for the pair:':<28} {address}" for address in gateway),
            f"  server   {plan.server.namespace:<28} {plan.server.v4:<17} {plan.server.v6}",
            f"Run something in it: ip netns exec {plan.sender.namespace} COMMAND",
        ]
    )


def run() -> None:
    """Errors of the lab are one sentence on standard error."""
    try:
        main(prog_name="./build.sh lab")
    except DriverError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    run()
