"""Patterns, lists and recipients: which entry fits, and where it stands."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gateway.policy import (
    ListMatch,
    Policy,
    RecipientScope,
    ScopeAction,
    TypeScope,
    listed_hash,
    listed_host,
    listed_network,
    listed_sender,
    load_policy,
    recipient_scope,
    type_scope,
)
from gateway.policy.matching import host_matches, matches

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("pattern", "address", "fits"),
    [
        ("*@example.org", "Ann@Example.ORG", True),
        ("*@example.org", "ann@sub.example.org", False),
        ("*@*.example.org", "ann@sub.example.org", True),
        ("ann@example.org", "ann@example.org", True),
        ("ann@example.org", "joann@example.org", False),
        ("*", "", True),
        ("a*a@x", "a@x", False),
        ("a*b*c@x", "a-b-c@x", True),
        ("a*b*c@x", "a-c-b@x", False),
        ("*ab@x", "ab@xab@x", True),
        ("a?@x", "ab@x", False),
    ],
)
def test_a_star_stands_for_any_characters_and_nothing_else_does(
    pattern: str, address: str, fits: bool
) -> None:
    assert matches(pattern, address) is fits


@pytest.mark.parametrize(
    ("host", "fits"),
    [
        ("example.org", True),
        ("WWW.Example.org.", True),
        ("badexample.org", False),
        ("example.org.evil.net", False),
    ],
)
def test_a_host_stands_for_what_lies_under_it(host: str, fits: bool) -> None:
    assert host_matches("example.org", host) is fits


def test_a_block_outweighs_an_allow_and_says_where_it_stands() -> None:
    policy = load_policy(
        f'[lists]\nallow_hashes = ["{DIGEST}"]\nblock_hashes = ["{DIGEST}"]\n'
        'allow_senders = ["*@example.org"]\nblock_senders = ["spy@example.org"]\n'
        'allow_hosts = ["example.org"]\nblock_hosts = ["bad.example.org"]\n'
    )
    assert listed_hash(policy, DIGEST.upper()) == ListMatch(False, DIGEST, "policy.toml line 3")
    assert listed_hash(policy, "0" * 64) is None
    assert listed_sender(policy, "Spy@example.org") == ListMatch(
        False, "spy@example.org", "policy.toml line 5"
    )
    assert listed_sender(policy, "a@example.org") == ListMatch(
        True, "*@example.org", "policy.toml line 4"
    )
    assert listed_sender(policy, "") is None
    assert listed_host(policy, "x.bad.example.org") == ListMatch(
        False, "bad.example.org", "policy.toml line 7"
    )
    assert listed_host(policy, "example.net") is None


def test_networks_hold_both_families_and_a_drop_outweighs_a_pass() -> None:
    policy = load_policy(
        '[steering]\npass_networks = ["192.0.2.0/24", "2001:db8::/32"]\n'
        'drop_networks = ["192.0.2.7/32"]\n'
    )
    dropped = listed_network(policy, ip_address("192.0.2.7"))
    assert dropped == ListMatch(False, "192.0.2.7/32", "policy.toml line 3")
    passed = listed_network(policy, ip_address("2001:db8::1"))
    assert passed == ListMatch(True, "2001:db8::/32", "policy.toml line 2")
    assert listed_network(policy, ip_address("198.51.100.1")) is None


def test_the_first_table_that_matches_a_recipient_counts() -> None:
    policy = load_policy(
        '[[recipients]]\nmatch = ["boss@example.org"]\nextract = false\n'
        '[[recipients]]\nmatch = ["*@example.org"]\ninspect = false\n'
    )
    default = "built-in default"
    assert recipient_scope(policy, "Boss@example.org") == RecipientScope(
        True, False, default, "policy.toml line 3"
    )
    assert recipient_scope(policy, "x@example.org") == RecipientScope(
        False, True, "policy.toml line 6", default
    )
    assert recipient_scope(Policy(), "x@example.org") == RecipientScope(
        True, True, default, default
    )


def test_a_type_has_its_own_scope_or_the_default() -> None:
    policy = load_policy('[scope.types]\nmsi = "block"\n')
    assert type_scope(policy, "msi") == TypeScope(
        ScopeAction.BLOCK, "scope.types.msi, policy.toml line 2"
    )
    assert type_scope(policy, "pdf") == TypeScope(
        ScopeAction.INSPECT, "scope.default, built-in default"
    )
