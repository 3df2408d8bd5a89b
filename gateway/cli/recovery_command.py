"""`gatewayctl recovery-key`: what opens the state partition when the TPM is gone."""

from __future__ import annotations

import subprocess

import click

from gateway.cli.exits import CliError, Exit


@click.command("recovery-key")
def recovery_key() -> None:
    """Make a recovery key for the encrypted state partition, and show it once. The key made before
    opens it no more."""
    from gateway.appliance.encryption import EncryptionError, new_recovery_key

    try:
        key = new_recovery_key()
    except (EncryptionError, subprocess.SubprocessError) as error:
        raise CliError(Exit.OTHER, str(error)) from None
    except OSError as error:
        raise CliError(Exit.OTHER, f"no recovery key: {error}") from None
    print_key(key)


def print_key(key: str) -> None:
    """The key, with what to do with it; it fits into 80 columns."""
    click.echo("Recovery key of the state partition. Write it down; it is shown only now:")
    click.echo(f"  {key}")
    click.echo("The console asks for it when the TPM or the firmware's Secure Boot is another.")


def offer_key() -> None:
    """At the end of a setup that somebody sits at: show a key, where there is something to open."""
    from gateway.appliance.encryption import EncryptionError, encrypted, new_recovery_key

    try:
        if encrypted():
            print_key(new_recovery_key())
    except (EncryptionError, OSError, subprocess.SubprocessError) as error:
        click.echo(f"No recovery key: {error}. `gatewayctl recovery-key` tries again.")
