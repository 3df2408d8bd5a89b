"""From the setup to the files that programs read: networkd, timesyncd, gateway.toml. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.appliance.setup_file import Setup

TLS_DIRECTORY = "/etc/sluice/tls"


class NoSuchNicError(Exception):
    """The setup names an interface that the machine does not have; one sentence."""


def resolve_nic(reference: str, nics: Mapping[str, str]) -> str:
    """The name of the interface that `reference` means; `nics` maps names to hardware addresses.

    Raises NoSuchNicError.
    """
    if not reference or reference in nics:
        return reference
    for name, address in nics.items():
        if address.lower() == reference:
            return name
    there = ", ".join(f"{name} ({address})" for name, address in sorted(nics.items()))
    raise NoSuchNicError(f"there is no interface {reference}; there are: {there or 'none'}")


def gateway_toml(setup: Setup, nics: Mapping[str, str], *, emulates: bool) -> str:
    """gateway.toml for `setup`. Raises NoSuchNicError."""
    pair = setup.pair
    lines = [
        "# Written from the setup; yours to change from now on. `gatewayctl setup` writes it anew.",
        f'on_failure = "{setup.on_failure.value}"',
        "",
        "[nic]",
        f"client = {_quoted(resolve_nic(pair.client, nics))}",
        f"server = {_quoted(resolve_nic(pair.server, nics))}",
        f'mode = "{pair.mode.value}"',
    ]
    lines += [
        f"{key} = [{', '.join(map(_quoted, values))}]"
        for key in ("addresses", "client_addresses", "server_addresses", "gateways", "routes")
        if (values := getattr(pair, key))
    ]
    if setup.tls.certificate:
        lines += [
            "",
            "[tls]",
            f'certificate = "{TLS_DIRECTORY}/certificate.pem"',
            f'key = "{TLS_DIRECTORY}/key.pem"',
        ]
    if setup.release.relay:
        lines += ["", "[release]", f"relay = {_quoted(setup.release.relay)}"]
    if not emulates:
        lines += ["", "[emulator]", "enabled = false"]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Network:
    """What networkd reads, by file name, and a sentence for each interface that is not there."""

    files: dict[str, str]
    missing: tuple[str, ...]


def network(setup: Setup, nics: Mapping[str, str]) -> Network:
    """For /run/systemd/network: the pair is left alone, the management NIC is set up.

    An interface that is gone takes nothing from the others: without one of its pair the machine
    can still be reached where it is managed."""
    files: dict[str, str] = {}
    missing: list[str] = []

    def there(*references: str) -> list[str]:
        names = []
        for reference in filter(None, references):
            try:
                names.append(resolve_nic(reference, nics))
            except NoSuchNicError as error:
                missing.append(str(error))
        return names

    if pair := there(setup.pair.client, setup.pair.server):
        match = f"[Match]\nName={' '.join(pair)}\n"
        files["10-pair.network"] = f"{match}\n[Link]\nUnmanaged=yes\n"
    management = setup.management
    for name in there(management.nic):
        settings = [f"DHCP={'yes' if management.dhcp else 'no'}"]
        settings += [f"Address={address}" for address in management.addresses]
        settings += [f"Gateway={gateway}" for gateway in management.gateways]
        settings += [f"DNS={server}" for server in management.dns]
        body = "\n".join(settings)
        files["20-management.network"] = f"[Match]\nName={name}\n\n[Network]\n{body}\n"
    return Network(files, tuple(missing))


def time_file(setup: Setup) -> str:
    """A drop-in for timesyncd; empty when Debian's own servers are asked."""
    if not setup.time.servers:
        return ""
    return f"[Time]\nNTP={' '.join(setup.time.servers)}\n"


def shadow(base: str, name: str, password: str) -> str:
    """`base`, a shadow(5) file, with the password hash of account `name`.

    Without a hash the account stays locked, as it is in the image.
    """
    return "".join(_with_password(line, name, password) for line in base.splitlines(keepends=True))


def _with_password(line: str, name: str, password: str) -> str:
    fields = line.split(":")
    if fields[0] != name or not password:
        return line
    return ":".join([name, password, *fields[2:]])


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's is one, for text that was validated as printable."""
    return json.dumps(text)
