"""The console's questions, from which a setup.toml is made. A wrong answer is explained and asked
again. Pure but for the three functions that it is given: ask, ask a secret, say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.appliance.derive import NoSuchNicError, resolve_nic
from gateway.appliance.setup_file import load_setup
from gateway.policy import SettingsError

SHORTEST_PASSWORD = 10
"""Letters. The console and the serial line can be reached by whoever reaches the machine."""


class Person(Protocol):
    """Who is asked."""

    def ask(self, question: str, default: str) -> str: ...

    def secret(self, question: str) -> str: ...

    def say(self, words: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Key:
    """One key of setup.toml and how it is asked for; `many`: a list, with commas."""

    table: str
    name: str
    question: str
    default: str = ""
    many: bool = False


_PAIR = (
    Key("pair", "client", "Interface on the side that mail comes from (name or address)"),
    Key("pair", "server", "Interface on the side of the mail server"),
    Key("pair", "mode", "Joined how: bridge or routed", "bridge"),
)
_BRIDGED = (
    Key(
        "pair", "addresses", "The bridge's own addresses, such as 192.0.2.1/24 (or none)", many=True
    ),
)
_ROUTED = (
    Key(
        "pair", "client_addresses", "Addresses on the client side, such as 192.0.2.1/24", many=True
    ),
    Key("pair", "server_addresses", "Addresses on the server side", many=True),
)
_BEHIND = (
    Key("pair", "gateways", "Default routers behind the pair (or none)", many=True),
    Key("pair", "routes", "Ways further, each NETWORK via ROUTER (or none)", many=True),
)
_MANAGEMENT = (Key("management", "nic", "Interface for management (empty: only this console)"),)
_STATIC = (
    Key("management", "addresses", "Its addresses, IPv4 or IPv6, such as 192.0.2.5/24", many=True),
    Key("management", "gateways", "Its routers", many=True),
    Key("management", "dns", "Name servers", many=True),
)
_RELAY = (Key("release", "relay", "Mail server for released mails if their own is gone (or none)"),)
_REST = (
    Key("time", "zone", "Time zone", "UTC"),
    Key("time", "servers", "Time servers (empty: Debian's)", many=True),
    Key("", "hostname", "Name of this machine", "sluice"),
    Key("", "on_failure", "Mail that cannot be inspected: hold or bypass", "hold"),
)


def interview(person: Person, nics: Mapping[str, str], hashed: Callable[[str], str]) -> str:
    """Ask everything; the text of a setup.toml that is valid for a machine with `nics`.

    `hashed` makes a password's hash.
    """
    person.say("Interfaces of this machine:")
    for name, address in sorted(nics.items()):
        person.say(f"  {name}  {address}")
    answers: dict[tuple[str, str], object] = {}
    for key in _keys(person, answers):
        answers[key.table, key.name] = _answer(person, key, answers, nics)
    answers["", "password"] = hashed(_password(person))
    _certificate(person, answers)
    return toml(answers)


def toml(answers: Mapping[tuple[str, str], object]) -> str:
    """setup.toml of the answers; empty ones are left out."""
    lines: list[str] = []
    for table in ("", "pair", "management", "release", "time", "tls"):
        given = [(name, value) for (place, name), value in answers.items() if place == table]
        keys = [f"{name} = {json.dumps(value)}" for name, value in given if value != "" and value]
        if value_false := [name for name, value in given if value is False]:
            keys += [f"{name} = false" for name in value_false]
        if keys:
            lines += [f"[{table}]"] if table else []
            lines += [*keys, ""]
    return "\n".join(lines)


def _keys(person: Person, answers: dict[tuple[str, str], object]) -> Iterator[Key]:
    """The questions in their order; later ones depend on earlier answers."""
    yield from _PAIR
    yield from _ROUTED if answers["pair", "mode"] == "routed" else _BRIDGED
    yield from _BEHIND
    person.say("There is no next hop to set: each mail goes to the server that its sender meant.")
    yield from _RELAY
    yield from _MANAGEMENT
    if answers["management", "nic"]:
        dhcp = _yes(person, "Does the network give it its address (DHCP)", default=True)
        answers["management", "dhcp"] = dhcp
        if not dhcp:
            yield from _STATIC
    yield from _REST


def _answer(
    person: Person, key: Key, answers: Mapping[tuple[str, str], object], nics: Mapping[str, str]
) -> object:
    """Ask until the answer is one that setup.toml may hold."""
    while True:
        text = person.ask(key.question, key.default).strip()
        text = "" if text.lower() == "none" else text
        value: object = (
            [one.strip() for one in text.split(",") if one.strip()] if key.many else text
        )
        try:
            load_setup(toml({**answers, (key.table, key.name): value}))
            if key.name in ("client", "server") and not text:
                raise NoSuchNicError("an interface is needed here")
            if key.name in ("client", "server", "nic"):
                resolve_nic(text.lower() if ":" in text else text, nics)
        except SettingsError as error:
            person.say(f"  That does not do: {error.problems[0].message}.")
        except NoSuchNicError as error:
            person.say(f"  That does not do: {error}.")
        else:
            return value


def _yes(person: Person, question: str, *, default: bool) -> bool:
    while True:
        answer = person.ask(f"{question}: yes or no", "yes" if default else "no").strip().lower()
        if answer in ("y", "yes"):
            return True
        if answer in ("n", "no"):
            return False
        person.say("  That does not do: answer yes or no.")


def _password(person: Person) -> str:
    while True:
        first = person.secret("Password of the account admin")
        if len(first) < SHORTEST_PASSWORD:
            person.say(f"  That does not do: it needs {SHORTEST_PASSWORD} letters or more.")
        elif person.secret("The same again") != first:
            person.say("  That does not do: the two are different.")
        else:
            return first


def _certificate(person: Person, answers: dict[tuple[str, str], object]) -> None:
    """Certificate and key, pasted; none means a self-signed one."""
    while _yes(person, "Paste a certificate for TLS (else a self-signed one)", default=False):
        certificate = _pasted(person, "the certificate chain")
        key = _pasted(person, "its private key")
        tls = {("tls", "certificate"): certificate, ("tls", "key"): key}
        try:
            load_setup(toml(tls))
        except SettingsError as error:
            person.say(f"  That does not do: {error.problems[0].message}.")
            continue
        answers.update(tls)
        return


def _pasted(person: Person, what: str) -> str:
    person.say(f"Paste {what} (PEM), then an empty line.")
    lines: list[str] = []
    while line := person.ask("", ""):
        lines.append(line)
    return "\n".join(lines) + "\n"
