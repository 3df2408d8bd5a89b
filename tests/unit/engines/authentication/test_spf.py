"""SPF by a table: zone, envelope, result. Names of sections are those of RFC 7208."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gateway.engines.authentication import Result
from gateway.engines.authentication.spf import spf_of
from gateway.engines.authentication.spf_macros import MacroError, Names, expand
from tests.unit.engines.authentication.zones import Zone, asked

FOUR, SIX = "192.0.2.3", "2001:db8::3"
SENDER = "strong-bad@email.example.com"


def spf(
    zone: Zone, client: str = FOUR, sender: str = "a@example.org", helo: str = "mx.h"
) -> Result:
    return asked(zone, lambda lookup: spf_of(client, helo, sender, lookup))[0].result


def record(
    text: str, **more: tuple[str, ...] | str | None
) -> dict[str, tuple[str, ...] | str | None]:
    names = {key.replace("__", " ").replace("_", "."): value for key, value in more.items()}
    return {"TXT example.org": text, **names}


RECORDS: list[tuple[str, str, Result]] = [
    ("v=spf1 -all", FOUR, Result.FAIL),
    ("v=spf1 ~all", FOUR, Result.SOFTFAIL),
    ("v=spf1 ?all", FOUR, Result.NEUTRAL),
    ("v=spf1 all", FOUR, Result.PASS),
    ("v=spf1", FOUR, Result.NEUTRAL),
    ("V=SPF1 IP4:192.0.2.3 -ALL", FOUR, Result.PASS),
    ("v=spf1 ip4:192.0.2.0/24 -all", FOUR, Result.PASS),
    ("v=spf1 ip4:192.0.2.4 -all", FOUR, Result.FAIL),
    ("v=spf1 ip4:192.0.2.9/29 -all", FOUR, Result.FAIL),
    ("v=spf1 ip6:2001:db8::/32 -all", SIX, Result.PASS),
    ("v=spf1 ip6:2001:db8::3 -all", SIX, Result.PASS),
    ("v=spf1 ip4:192.0.2.0/24 -all", SIX, Result.FAIL),
    ("v=spf1 -ip4:192.0.2.3 all", FOUR, Result.FAIL),
    ("v=spf1  ip4:192.0.2.3   -all", FOUR, Result.PASS),
    ("v=spf1 unknown=1 ip4:192.0.2.3 -all", FOUR, Result.PASS),
    ("v=spf1 ptr -all", FOUR, Result.FAIL),
    # 4.6: the whole record has to be right, also behind what matches
    ("v=spf1 ip4:192.0.2.3 nonsense", FOUR, Result.PERMERROR),
    ("v=spf1 ip4:192.0.2.3/33 -all", FOUR, Result.PERMERROR),
    ("v=spf1 ip4:300.0.2.3 -all", FOUR, Result.PERMERROR),
    ("v=spf1 ip4:2001:db8::3 -all", FOUR, Result.PERMERROR),
    ("v=spf1 ip4 -all", FOUR, Result.PERMERROR),
    ("v=spf1 include -all", FOUR, Result.PERMERROR),
    ("v=spf1 a/33 -all", FOUR, Result.PERMERROR),
    ("v=spf1 all:example.org", FOUR, Result.PERMERROR),
    ("v=spf1 redirect=a.example redirect=b.example", FOUR, Result.PERMERROR),
    # no record of this version
    ("v=spf10 -all", FOUR, Result.NONE),
    ("spf1 -all", FOUR, Result.NONE),
]


@pytest.mark.parametrize(("text", "client", "result"), RECORDS)
def test_records(text: str, client: str, result: Result) -> None:
    assert spf(record(text), client) is result


ZONES: list[tuple[Zone, str, Result]] = [
    (record("v=spf1 a -all", A__example_org=("192.0.2.9", FOUR)), FOUR, Result.PASS),
    (record("v=spf1 a -all", A__example_org="192.0.2.9"), FOUR, Result.FAIL),
    (record("v=spf1 a/24 -all", A__example_org="192.0.2.9"), FOUR, Result.PASS),
    (record("v=spf1 a//64 -all", AAAA__example_org="2001:db8::9"), SIX, Result.PASS),
    (record("v=spf1 a:m.example/24//64 -all", AAAA__m_example="2001:db8::9"), SIX, Result.PASS),
    (record("v=spf1 a -all", A__example_org="not an address"), FOUR, Result.FAIL),
    (
        record("v=spf1 mx -all", MX__example_org=("m1.example", "m2.example"), A__m2_example=FOUR),
        FOUR,
        Result.PASS,
    ),
    (record("v=spf1 mx:o.example -all", MX__o_example="m.o", A__m_o=FOUR), FOUR, Result.PASS),
    (
        record("v=spf1 mx -all", MX__example_org=tuple(f"m{n}.example" for n in range(11))),
        FOUR,
        Result.PERMERROR,
    ),
    (record("v=spf1 include:o.example -all", TXT__o_example="v=spf1 all"), FOUR, Result.PASS),
    (record("v=spf1 include:o.example -all", TXT__o_example="v=spf1 -all"), FOUR, Result.FAIL),
    (record("v=spf1 include:o.example ~all", TXT__o_example="v=spf1 ?all"), FOUR, Result.SOFTFAIL),
    (record("v=spf1 include:o.example all"), FOUR, Result.PERMERROR),
    (record("v=spf1 redirect=o.example", TXT__o_example="v=spf1 -all"), FOUR, Result.FAIL),
    (record("v=spf1 redirect=o.example"), FOUR, Result.PERMERROR),
    (record("v=spf1 ~all redirect=o.example"), FOUR, Result.SOFTFAIL),
    (record("v=spf1 include:example.org -all"), FOUR, Result.PERMERROR),
    (record("v=spf1 redirect=example.org"), FOUR, Result.PERMERROR),
    (record("v=spf1 exists:%{ir}.x.o -all", **{"A 3.2.0.192.x.o": "127.0.0.2"}), FOUR, Result.PASS),
    (record("v=spf1 exists:%{ir}.x.o -all"), FOUR, Result.FAIL),
    (record("v=spf1 a:a.o a:b.o a:c.o all"), FOUR, Result.PERMERROR),
    (record("v=spf1 a:a.o a:b.o all"), FOUR, Result.PASS),
    ({"TXT example.org": ("v=spf1 -all", "v=spf1 all")}, FOUR, Result.PERMERROR),
    ({"TXT example.org": ("google-site=1", "v=spf1 all")}, FOUR, Result.PASS),
    ({"TXT example.org": None}, FOUR, Result.TEMPERROR),
    (record("v=spf1 a -all", A__example_org=None), FOUR, Result.TEMPERROR),
    ({}, FOUR, Result.NONE),
]


@pytest.mark.parametrize(("zone", "client", "result"), ZONES)
def test_zones(zone: Zone, client: str, result: Result) -> None:
    assert spf(zone, client) is result


def test_no_more_than_ten_look_ups() -> None:
    chain = {f"TXT d{n}.example": f"v=spf1 include:d{n + 1}.example -all" for n in range(30)}
    zone = {**chain, "TXT example.org": "v=spf1 include:d0.example -all"}
    found, questions = asked(zone, lambda lookup: spf_of(FOUR, "h", "a@example.org", lookup))
    assert found.result is Result.PERMERROR and "more than 10 look-ups" in found.words
    assert len(questions) == 11


def test_a_bounce_is_checked_by_its_helo() -> None:
    zone = {"TXT mx.example.org": "v=spf1 ip4:192.0.2.3 -all"}
    found, _ = asked(zone, lambda lookup: spf_of(FOUR, "mx.example.org", "", lookup))
    assert (found.result, found.domain) == (Result.PASS, "mx.example.org")


@pytest.mark.parametrize(
    "sender",
    ["a@", "@", "a@" + "x" * 64 + ".org", "a@bad name.org", "a@[192.0.2.1]", "a@ä.example"],
)
def test_what_is_no_domain_is_asked_about_nowhere(sender: str) -> None:
    found, questions = asked({}, lambda lookup: spf_of(FOUR, "", sender, lookup))
    assert found.result is Result.NONE
    assert not [question for question in questions if "[" not in question]


NAMES = Names(ip_address(FOUR), "h.example", SENDER, "email.example.com")
MACROS = [
    # Section 7.4's own examples.
    ("%{s}", "strong-bad@email.example.com"),
    ("%{o}", "email.example.com"),
    ("%{d}", "email.example.com"),
    ("%{d4}", "email.example.com"),
    ("%{d3}", "email.example.com"),
    ("%{d2}", "example.com"),
    ("%{d1}", "com"),
    ("%{dr}", "com.example.email"),
    ("%{d2r}", "example.email"),
    ("%{l}", "strong-bad"),
    ("%{l-}", "strong.bad"),
    ("%{lr}", "strong-bad"),
    ("%{lr-}", "bad.strong"),
    ("%{l1r-}", "strong"),
    ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
    ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
    ("%%%_%-", "% %20"),
    ("%{S}", "strong-bad%40email.example.com"),
    ("%{h}", "h.example"),
]


@pytest.mark.parametrize(("text", "expanded"), MACROS)
def test_macros(text: str, expanded: str) -> None:
    assert expand(text, NAMES) == expanded


def test_an_ipv6_address_is_dotted() -> None:
    names = Names(ip_address("2001:db8::cb01"), "h", SENDER, "email.example.com")
    dotted = "1.0.b.c." + "0." * 20 + "8.b.d.0.1.0.0.2.ip6._spf.example.com"
    assert expand("%{ir}.%{v}._spf.%{d2}", names) == dotted


@pytest.mark.parametrize("text", ["%", "%{", "%{z}", "%{d0}", "%x", "%{}"])
def test_macros_that_do_not_exist(text: str) -> None:
    with pytest.raises(MacroError):
        expand(text, NAMES)


def test_a_name_that_is_too_long_loses_labels_from_the_left() -> None:
    made = expand("%{l}." * 9 + "example.com", Names(NAMES.client, "h", "x" * 40 + "@o", "d"))
    assert len(made) <= 253 and made.endswith(".example.com")
