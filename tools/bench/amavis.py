"""Debian's amavisd-new in a private directory: virus checks by a given clamd, spam checks off.

Debian's own defaults are read first (decoders, policy), then the few settings of the benchmark. The
system's amavis, its directories and its configuration are left alone. Must be started as root:
amavisd changes to its own user after it has bound its port.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.mail.netns import family_of, open_socket, prefix

START_SECONDS = 30.0
STOP_SECONDS = 15.0
PORT = 10024
USER = "amavis"

DEBIAN = (
    Path("/usr/share/amavis/conf.d/10-debian_scripts"),
    Path("/usr/share/amavis/conf.d/20-package"),
    Path("/etc/amavis/conf.d/01-debian"),
    Path("/etc/amavis/conf.d/20-debian_defaults"),
)
"""Debian's own files for programs and policy; the rest of conf.d is about this host's name."""

_CONFIGURATION = """\
# Written by tools.bench. Every path lies in this directory.
use strict;
$daemon_user = '{user}'; $daemon_group = '{user}';
$MYHOME = '{home}'; $TEMPBASE = "$MYHOME/tmp"; $ENV{{TMPDIR}} = $TEMPBASE;
$db_home = "$MYHOME/db"; $helpers_home = $MYHOME;
$pid_file = "$MYHOME/amavisd.pid"; $lock_file = "$MYHOME/amavisd.lock";
$QUARANTINEDIR = undef; $virus_quarantine_to = undef; $banned_quarantine_to = undef;
$mydomain = 'server.example'; $myhostname = 'mx.server.example';
@local_domains_maps = (['.server.example']);
$max_servers = {processes};
$unix_socketname = undef;
$inet_socket_port = {port}; $inet_socket_bind = '{address}';
@inet_acl = qw(0.0.0.0/0 [::]/0);
$forward_method = 'smtp:[{next_host}]:{next_port}'; $notify_method = $forward_method;
$DO_SYSLOG = 0; $LOGFILE = "$MYHOME/amavis.log"; $log_level = 0;
# Viruses are looked for (Debian's package has that off) and refused; no SpamAssassin, no DKIM.
@bypass_virus_checks_maps = (0); @bypass_spam_checks_maps = (1);
$final_virus_destiny = D_REJECT;
$enable_dkim_verification = 0; $enable_dkim_signing = 0;
@av_scanners = (
  ['ClamAV-clamd', \\&ask_daemon, ["CONTSCAN {{}}\\n", '{clamd}'],
   qr/\\bOK$/m, qr/\\bFOUND$/m, qr/^.*?: (?!Infected Archive)(.*) FOUND$/m],
);
@av_scanners_backup = ();
1;
"""


class AmavisError(RuntimeError):
    """amavisd-new is missing or did not start; one sentence."""


@contextmanager
def amavis(
    directory: Path,
    *,
    netns: str,
    address: str,
    next_hop: tuple[str, int],
    clamd: Path,
    processes: int,
) -> Iterator[int]:
    """amavisd with `processes` children on `address`:PORT in `netns`; its master's pid.

    Raises AmavisError.
    """
    program = shutil.which("amavisd") or shutil.which("amavisd", path="/usr/sbin")
    if program is None:
        raise AmavisError("amavisd is not installed (package amavisd-new)")
    home = _lay_out(directory)
    own = directory / "amavisd.conf"
    own.write_text(
        _CONFIGURATION.format(
            user=USER,
            home=home,
            processes=processes,
            address=address,
            port=PORT,
            next_host=next_hop[0],
            next_port=next_hop[1],
            clamd=clamd,
        )
    )
    settings = [word for file in (*DEBIAN, own) if file.exists() for word in ("-c", str(file))]
    with (directory / "amavisd.out").open("wb") as out:
        process = subprocess.Popen(
            [*prefix(netns), program, *settings, "foreground"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        _await(process, netns, address, directory)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _lay_out(directory: Path) -> Path:
    """The directories of its user; its home."""
    try:
        owner = pwd.getpwnam(USER)
    except KeyError as error:
        raise AmavisError(f"the account {USER} is missing (package amavisd-new)") from error
    home = directory / "home"
    for path in (home, home / "tmp", home / "db"):
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, owner.pw_uid, owner.pw_gid)
    return home


def _await(process: subprocess.Popen[bytes], netns: str, address: str, directory: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        if greets(netns, address, PORT):
            return
        time.sleep(0.1)
    said = (directory / "amavisd.out").read_text(errors="replace").strip().splitlines()
    raise AmavisError(f"amavisd did not start: {said[-1] if said else 'without a word'}")


def greets(netns: str, address: str, port: int) -> bool:
    """Whether an SMTP server answers there with 220."""
    with open_socket(family_of(address), netns, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect((address, port))
            greeting = probe.recv(200)
            probe.sendall(b"QUIT\r\n")
        except OSError:
            return False
    return greeting.startswith(b"220")
