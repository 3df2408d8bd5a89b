"""Which entry of a list, and which table of [[recipients]], fits an address, host or digest.

Every answer names the line of policy that gave it. Patterns know one sign only, `*`, because
`?` and `[` are legal in addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

from gateway.policy.mail_policy import Policy
from gateway.policy.words import ScopeAction


@dataclass(frozen=True, slots=True)
class ListMatch:
    """An entry of a list of policy, and where it stands."""

    allowed: bool
    entry: str
    rule: str


@dataclass(frozen=True, slots=True)
class RecipientScope:
    """What policy wants for one recipient, and where it says so."""

    inspect: bool
    extract: bool
    inspect_rule: str
    extract_rule: str


@dataclass(frozen=True, slots=True)
class TypeScope:
    """What policy wants for files of one type, and where it says so."""

    action: ScopeAction
    rule: str


def matches(pattern: str, text: str) -> bool:
    """Whether `text` fits `pattern` (lower case), in which `*` stands for any characters.

    Linear in the length of `text` for each star: an address from outside cannot make it slow.
    """
    text = text.lower()
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return text.endswith(last) and len(text) - len(last) >= at


def host_matches(entry: str, host: str) -> bool:
    """Whether `host` is `entry` or lies under it."""
    host = host.lower().rstrip(".")
    return host == entry or host.endswith("." + entry)


def listed_hash(policy: Policy, sha256: str) -> ListMatch | None:
    """The entry of [lists] for a file's digest; a block outweighs an allow."""
    digest = sha256.lower()
    for key, entries in (
        ("block_hashes", policy.lists.block_hashes),
        ("allow_hashes", policy.lists.allow_hashes),
    ):
        if digest in entries:
            return _list_match(policy, key, entries.index(digest), digest)
    return None


def listed_sender(policy: Policy, sender: str) -> ListMatch | None:
    """The entry of [lists] for an envelope sender; a block outweighs an allow."""
    for key, entries in (
        ("block_senders", policy.lists.block_senders),
        ("allow_senders", policy.lists.allow_senders),
    ):
        for index, entry in enumerate(entries):
            if matches(entry, sender):
                return _list_match(policy, key, index, entry)
    return None


def listed_host(policy: Policy, host: str) -> ListMatch | None:
    """The entry of [lists] for a link's host; a block outweighs an allow."""
    for key, entries in (
        ("block_hosts", policy.lists.block_hosts),
        ("allow_hosts", policy.lists.allow_hosts),
    ):
        for index, entry in enumerate(entries):
            if host_matches(entry, host):
                return _list_match(policy, key, index, entry)
    return None


def listed_network(policy: Policy, address: IPv4Address | IPv6Address) -> ListMatch | None:
    """The entry of [steering] for a client's address; a drop outweighs a pass."""
    for key, entries in (
        ("drop_networks", policy.steering.drop_networks),
        ("pass_networks", policy.steering.pass_networks),
    ):
        for index, entry in enumerate(entries):
            if address in ip_network(entry):
                rule = policy.where(f"steering.{key}.{index}")
                return ListMatch(key.startswith("pass"), entry, rule)
    return None


def type_scope(policy: Policy, type_name: str) -> TypeScope:
    """What policy wants done with files of a type."""
    if type_name in policy.scope.types:
        where = policy.where(f"scope.types.{type_name}")
        return TypeScope(policy.scope.types[type_name], f"scope.types.{type_name}, {where}")
    return TypeScope(policy.scope.default, f"scope.default, {policy.where('scope.default')}")


def recipient_scope(policy: Policy, address: str) -> RecipientScope:
    """What the first matching table of [[recipients]] says of `address`; all true without one."""
    for index, table in enumerate(policy.recipients):
        if any(matches(pattern, address) for pattern in table.match):
            place = f"recipients.{index}"
            return RecipientScope(
                table.inspect,
                table.extract,
                policy.where(f"{place}.inspect"),
                policy.where(f"{place}.extract"),
            )
    default = policy.where("recipients")
    return RecipientScope(True, True, default, default)


def _list_match(policy: Policy, key: str, index: int, entry: str) -> ListMatch:
    rule = policy.where(f"lists.{key}.{index}")
    return ListMatch(key.startswith("allow"), entry, rule)
