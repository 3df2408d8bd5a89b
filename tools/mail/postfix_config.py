"""The configuration of the lab's Postfix: main.cf, master.cf and the table of refusals.

Every departure from Postfix's defaults serves one of three ends: all of it lies in one folder,
the mail is kept as it came, and the server offers the extensions of a large mail system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MESSAGE_SIZE_LIMIT = 100 * 1024 * 1024
"""Above any mail of the demo; SIZE offers it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one recipient is refused: code with enhanced status, and words."""

    code: str
    words: str


def configuration_files(
    folder: Path,
    listen: Sequence[tuple[str, int]],
    domain: str,
    refused: Mapping[str, Refusal],
    owner: tuple[int, int],
) -> dict[str, str]:
    """The files of Postfix's configuration folder, by name."""
    return {
        "main.cf": _main(folder, listen, domain, owner),
        "master.cf": _master(listen),
        "refused": "".join(f"{who} {why.code} {why.words}\n" for who, why in refused.items()),
        "mailboxes": f"@{domain} all/\n",
    }


def _main(
    folder: Path, listen: Sequence[tuple[str, int]], domain: str, owner: tuple[int, int]
) -> str:
    has_ipv6 = any(":" in address for address, _ in listen)
    settings = {
        "compatibility_level": "3.6",
        # One folder.
        "queue_directory": folder / "queue",
        "data_directory": folder / "data",
        "maillog_file": folder / "log" / "postfix.log",
        "maillog_file_prefixes": folder / "log",
        "myhostname": f"mx.{domain}",
        "mydestination": "",
        "alias_maps": "",
        "inet_interfaces": "all",
        "inet_protocols": "all" if has_ipv6 else "ipv4",
        "mynetworks": "127.0.0.0/8",
        "biff": "no",
        # Every address of the domain is kept in one Maildir; Delivered-To tells them apart.
        "virtual_mailbox_domains": domain,
        "virtual_mailbox_maps": f"texthash:{folder}/etc/mailboxes",
        "virtual_mailbox_base": folder / "mail",
        "virtual_mailbox_limit": "0",
        "virtual_uid_maps": f"static:{owner[0]}",
        "virtual_gid_maps": f"static:{owner[1]}",
        "virtual_minimum_uid": "1",
        "smtpd_recipient_restrictions": (
            f"check_recipient_access texthash:{folder}/etc/refused, reject_unauth_destination"
        ),
        "smtpd_relay_restrictions": "reject_unauth_destination",
        # Kept as it came: no header is dropped, added or rewritten, no MIME is looked at.
        "message_drop_headers": "",
        "local_header_rewrite_clients": "",
        "always_add_missing_headers": "no",
        "disable_mime_input_processing": "yes",
        "header_size_limit": "1000000",
        "line_length_limit": "1000000",
        "receive_override_options": "no_header_body_checks",
        # Extensions: PIPELINING, SIZE, 8BITMIME, DSN, CHUNKING, ENHANCEDSTATUSCODES are defaults.
        "message_size_limit": str(MESSAGE_SIZE_LIMIT),
        "smtputf8_enable": "yes",
        "smtpd_tls_security_level": "may",
        "smtpd_tls_chain_files": f"{folder}/etc/key.pem, {folder}/etc/certificate.pem",
        "tls_random_source": "dev:/dev/urandom",
        # A test may connect as often and err as much as it likes, from one address.
        "smtpd_client_connection_count_limit": "0",
        "smtpd_client_connection_rate_limit": "0",
        "smtpd_error_sleep_time": "0",
        "smtpd_hard_error_limit": "1000",
        "smtpd_peername_lookup": "no",
        "in_flow_delay": "0",
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


_SERVICES = """\
pickup    unix  n  -  n  60    1  pickup
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
flush     unix  n  -  n  1000? 0  flush
proxymap  unix  -  -  n  -     -  proxymap
proxywrite unix -  -  n  -     1  proxymap
smtp      unix  -  -  n  -     -  smtp
relay     unix  -  -  n  -     -  smtp
showq     unix  n  -  n  -     -  showq
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
discard   unix  -  -  n  -     -  discard
local     unix  -  n  n  -     -  local
virtual   unix  -  n  n  -     -  virtual
anvil     unix  -  -  n  -     1  anvil
postlog   unix-dgram n - n  -  1  postlogd
"""


def _master(listen: Sequence[tuple[str, int]]) -> str:
    """One smtpd per address, no chroot anywhere: the folder holds no copy of the system."""
    inet = "".join(
        f"[{address}]:{port} inet n - n - - smtpd\n"
        if ":" in address
        else f"{address}:{port} inet n - n - - smtpd\n"
        for address, port in listen
    )
    return inet + _SERVICES
