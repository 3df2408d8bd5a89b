"""`python -m tools.vm [COMMAND...]`: run COMMAND on Debian's own kernel; its exit code is ours.

Without a command: the tests of the drivers' packet path, whose gateway then says `nft` where a
kernel without nft_queue makes it say `iptables-nft`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from tools.vm.initrd import EXIT_WORDS, TAG, initrd
from tools.vm.kernel import Kernel, VmError, kernel

QEMU = "qemu-system-x86_64"
MEMORY_MB = 3000
PATH_TESTS = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/net/test_drivers_path.py")
NO_ANSWER = 1


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1)
def main(command: tuple[str, ...]) -> None:
    """Run COMMAND (default: the packet path's tests) on Debian's own kernel in QEMU."""
    if os.geteuid() != 0:
        raise click.ClickException("the guest reads this machine's files as root: run it as root")
    if shutil.which(QEMU) is None:
        raise click.ClickException(f"{QEMU} is not installed (package qemu-system-x86)")
    # Not resolved: the environment's python is a link to the system's.
    words = command or (sys.executable, *PATH_TESTS)
    try:
        found = kernel()
        with tempfile.NamedTemporaryFile(prefix="sluice-initrd-") as file:
            file.write(initrd(found, Path.cwd(), words))
            file.flush()
            code = _boot(found, file.name)
    except VmError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(code)


def _boot(found: Kernel, first: str) -> int:
    """Run the guest, its console on standard output; the exit code it told."""
    share = f"local,path=/,mount_tag={TAG},security_model=none,readonly=on,multidevs=remap"
    machine = [QEMU, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(MEMORY_MB)]
    boot = [
        "-kernel",
        str(found.image),
        "-initrd",
        first,
        "-append",
        "console=ttyS0 quiet panic=-1",
    ]
    rest = ["-virtfs", share, "-nic", "none", "-nographic", "-no-reboot"]
    code = NO_ANSWER
    with subprocess.Popen(
        [*machine, *boot, *rest],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as guest:
        assert guest.stdout is not None
        for line in guest.stdout:
            if line.startswith(EXIT_WORDS):
                code = int(line.removeprefix(EXIT_WORDS))
            else:
                click.echo(line.rstrip())
    return code


if __name__ == "__main__":
    main()
