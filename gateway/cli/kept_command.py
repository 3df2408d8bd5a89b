"""`gatewayctl original` and `gatewayctl quarantine`: two groups of the same four commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from gateway.cli.exits import CliError, Exit
from gateway.cli.files import POLICY_FILE, Places
from gateway.cli.screen import console

if TYPE_CHECKING:
    from gateway.cli.kept import Store

_ID = click.argument("mail_id", metavar="ID")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")
_TO = click.option(
    "--to", "recipients", multiple=True, help="Only for this recipient; may be repeated."
)


@click.group()
def original() -> None:
    """Mails as they came, of which somebody got an extracted copy. ID may be shortened."""


@click.group()
def quarantine() -> None:
    """Mails that were accepted and not delivered. ID may be shortened."""


@original.command("ls")
@_JSON
@click.pass_obj
def original_ls(places: Places, as_json: bool) -> None:
    """List the originals, oldest first."""
    _ls("original", places, as_json=as_json)


@quarantine.command("ls")
@_JSON
@click.pass_obj
def quarantine_ls(places: Places, as_json: bool) -> None:
    """List the mails in quarantine, oldest first."""
    _ls("quarantine", places, as_json=as_json)


@original.command("show")
@_ID
@_JSON
@click.option("--raw", is_flag=True, help="Print the mail itself, byte for byte.")
@click.pass_obj
def original_show(places: Places, mail_id: str, as_json: bool, raw: bool) -> None:
    """Show what is known of an original, or the mail itself."""
    _show("original", places, mail_id, as_json=as_json, raw=raw)


@quarantine.command("show")
@_ID
@_JSON
@click.option("--raw", is_flag=True, help="Print the mail itself, byte for byte.")
@click.pass_obj
def quarantine_show(places: Places, mail_id: str, as_json: bool, raw: bool) -> None:
    """Show what is known of a mail in quarantine, or the mail itself."""
    _show("quarantine", places, mail_id, as_json=as_json, raw=raw)


@original.command("release")
@_ID
@_TO
@click.option("--at-once", is_flag=True, help="Do not inspect it again, whatever policy says.")
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Use this policy instead of {POLICY_FILE}.",
)
@click.pass_obj
def original_release(
    places: Places,
    mail_id: str,
    recipients: tuple[str, ...],
    at_once: bool,
    policy: Path | None,
) -> None:
    """Deliver an original byte for byte, past the inspection. It stays kept.

    Policy's originals.release says whether a new inspection has to call it clean first.
    """
    from gateway.cli.kept import clean_or_refuse, release

    config, rules = places.read_config(), replace(places, policy=policy).read_policy()
    with _store("original", places) as store:
        mail = store.find(mail_id)
        clean_or_refuse(store, mail, config, rules, at_once=at_once)
        released = release(store, mail, recipients, config)
    click.echo(f"released: {released.receipt.text}")


@quarantine.command("release")
@_ID
@_TO
@click.pass_obj
def quarantine_release(places: Places, mail_id: str, recipients: tuple[str, ...]) -> None:
    """Deliver a mail from quarantine as it came, past the inspection.

    It leaves the quarantine once all its recipients have it.
    """
    from gateway.cli.kept import release

    with _store("quarantine", places) as store:
        mail = store.find(mail_id)
        released = release(store, mail, recipients, places.read_config())
        if set(released.receipt.recipients) == set(mail.recipients):
            store.drop(mail.id)
    click.echo(f"released: {released.receipt.text}")


@original.command("drop")
@_ID
@click.pass_obj
def original_drop(places: Places, mail_id: str) -> None:
    """Delete an original for good. Links to it lead nowhere from then on."""
    _drop("original", places, mail_id)


@quarantine.command("drop")
@_ID
@click.pass_obj
def quarantine_drop(places: Places, mail_id: str) -> None:
    """Delete a mail from quarantine for good. Nobody is told."""
    _drop("quarantine", places, mail_id)


@contextmanager
def _store(name: str, places: Places) -> Iterator[Store]:
    """The store called `name`; its errors become exit codes."""
    from gateway.cli.kept import OriginalStore, QuarantineStore
    from gateway.store import NotKeptError, StoreError

    config = places.read_config()
    try:
        yield OriginalStore(config) if name == "original" else QuarantineStore(config)
    except NotKeptError as error:
        raise CliError(Exit.NOT_FOUND, str(error)) from None
    except StoreError as error:
        raise CliError(Exit.STORE, str(error)) from None


def _ls(name: str, places: Places, *, as_json: bool) -> None:
    from gateway.cli.kept_view import show_list

    with _store(name, places) as store:
        mails = store.all()
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(mails), indent=2))
        else:
            show_list(mails, store.noun, console())


def _show(name: str, places: Places, mail_id: str, *, as_json: bool, raw: bool) -> None:
    from gateway.cli.kept_view import show_one

    with _store(name, places) as store:
        mail = store.find(mail_id)
        if raw:
            click.echo(store.body(mail.id), nl=False)
        elif as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(mail), indent=2))
        else:
            show_one(mail, console())


def _drop(name: str, places: Places, mail_id: str) -> None:
    from gateway.cli.kept import drop

    with _store(name, places) as store:
        mail = store.find(mail_id)
        drop(store, mail, places.read_config())
    click.echo(f"deleted: {mail.id}")
