"""SPF (RFC 7208): whether a client may send for a domain. Pure; runs in a guest.

`ptr` never matches: it is deprecated (section 5.5), and asking for it is what section 5.5 warns of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from gateway.engines.authentication.lookup import Lookup, TemporaryError
from gateway.engines.authentication.model import Checked, RecordType, Result
from gateway.engines.authentication.spf_macros import MacroError, Names, expand

MAX_LOOKUPS: Final = 10
"""Mechanisms that ask the DNS (RFC 7208 section 4.6.4)."""
MAX_VOID_LOOKUPS: Final = 2
"""Of them without any answer (same section)."""
MAX_EXCHANGES: Final = 10
"""Mail exchangers of one `mx` (same section)."""
MAX_RECORD: Final = 4096
"""Characters of a record: far beyond what fits a DNS answer over UDP (section 3.4)."""

_QUALIFIERS: Final = {
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}
_MODIFIER: Final = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)\Z", re.DOTALL)
_DIRECTIVE: Final = re.compile(
    r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/]*(?:/[^/\d][^/]*)*))?"
    r"(?:/(\d{1,3}))?(?://(\d{1,3}))?\Z",
    re.IGNORECASE,
)
_IP: Final = re.compile(r"([+\-~?]?)(ip4|ip6):(\S+)\Z", re.IGNORECASE)


class _PermanentError(Exception):
    """The domain's record is wrong; the sentence says what is."""


@dataclass(frozen=True, slots=True)
class _Directive:
    qualifier: Result
    mechanism: str
    domain: str
    prefix4: int
    prefix6: int


@dataclass(slots=True)
class _Spent:
    """What one check has asked so far, over all records it was led to."""

    lookups: int = 0
    void: int = 0


@dataclass(frozen=True, slots=True)
class Spf:
    """One client that says it sends for `sender` (empty for a bounce, then `helo` counts)."""

    client: IPv4Address | IPv6Address
    helo: str
    sender: str
    lookup: Lookup
    spent: _Spent = field(default_factory=_Spent)

    def check(self) -> Checked:
        """The result for the envelope. Raises NeededError."""
        domain = (self.sender or f"postmaster@{self.helo}").rpartition("@")[2].rstrip(".").lower()
        try:
            result = self._of(domain)
        except _PermanentError as error:
            return Checked(Result.PERMERROR, domain, f"the record of {domain} is wrong: {error}")
        except TemporaryError as error:
            return Checked(Result.TEMPERROR, domain, str(error))
        return Checked(result, domain, _WORDS[result].format(client=self.client, domain=domain))

    def _of(self, domain: str) -> Result:
        record = self._record(domain)
        if record is None:
            return Result.NONE
        directives, redirect = self._parsed(record, domain)
        for directive in directives:
            if self._matches(directive, domain):
                return directive.qualifier
        if not redirect:
            return Result.NEUTRAL
        self._spend()
        result = self._of(self._expanded(redirect, domain))
        if result is Result.NONE:
            raise _PermanentError(f"redirect leads to {redirect}, which has none")
        return result

    def _record(self, domain: str) -> str | None:
        found = [
            text
            for text in self.lookup.records(domain, "TXT")
            if text.lower() == "v=spf1" or text[:7].lower() == "v=spf1 "
        ]
        if len(found) > 1:
            raise _PermanentError(f"{domain} has more than one")
        return found[0][:MAX_RECORD] if found else None

    def _parsed(self, record: str, domain: str) -> tuple[list[_Directive], str]:
        """Directives in order, and where it redirects to. The whole record has to be right."""
        directives: list[_Directive] = []
        redirect: list[str] = []
        for term in record.split(" ")[1:]:
            if not term:
                continue
            modifier = _MODIFIER.match(term)
            if modifier is None:
                directives.append(self._directive(term))
            elif modifier[1].lower() == "redirect":
                redirect.append(modifier[2])
        if len(redirect) > 1:
            raise _PermanentError("it redirects twice")
        ends = any(directive.mechanism == "all" for directive in directives)
        return directives, "" if ends or not redirect else redirect[0]

    def _directive(self, term: str) -> _Directive:
        if address := _IP.match(term):
            qualifier = _QUALIFIERS[address[1] or "+"]
            return _Directive(qualifier, address[2].lower(), address[3], 0, 0)
        found = _DIRECTIVE.match(term)
        if found is None or found[2].lower() in ("ip4", "ip6"):
            raise _PermanentError(f"'{term[:60]}' is no mechanism")
        mechanism, domain = found[2].lower(), found[3]
        if mechanism in ("include", "exists") and not domain:
            raise _PermanentError(f"{mechanism} without a domain")
        if mechanism == "all" and domain is not None:
            raise _PermanentError("all with a domain")
        prefix4, prefix6 = int(found[4] or 32), int(found[5] or 128)
        if prefix4 > 32 or prefix6 > 128:
            raise _PermanentError(f"'{term[:60]}' has a prefix that is too long")
        return _Directive(_QUALIFIERS[found[1] or "+"], mechanism, domain or "", prefix4, prefix6)

    def _matches(self, directive: _Directive, domain: str) -> bool:
        match directive.mechanism:
            case "all":
                return True
            case "ip4" | "ip6":
                return self._in_network(directive)
            case "include":
                self._spend()
                return self._included(self._expanded(directive.domain, domain))
            case "exists":
                self._spend()
                name = self._expanded(directive.domain, domain)
                return bool(self._asked(self.lookup.records(name, "A")))
            case "a":
                self._spend()
                return self._at(self._expanded(directive.domain or "%{d}", domain), directive)
            case "mx":
                self._spend()
                return self._at_exchange(directive, domain)
            case _:  # ptr
                self._spend()
                return False

    def _included(self, domain: str) -> bool:
        match self._of(domain):
            case Result.PASS:
                return True
            case Result.NONE:
                raise _PermanentError(f"it includes {domain}, which has none")
            case _:
                return False

    def _in_network(self, directive: _Directive) -> bool:
        try:
            network = ip_network(directive.domain, strict=False)
        except ValueError:
            raise _PermanentError(f"'{directive.domain[:60]}' is no network") from None
        if (network.version == 4) != (directive.mechanism == "ip4"):
            raise _PermanentError(f"'{directive.domain[:60]}' is of another family")
        return self.client.version == network.version and self.client in network

    def _at(self, name: str, directive: _Directive) -> bool:
        records = self._asked(self.lookup.records(name, self._address_type))
        return any(self._near(record, directive) for record in records)

    def _at_exchange(self, directive: _Directive, domain: str) -> bool:
        name = self._expanded(directive.domain or "%{d}", domain)
        exchanges = self._asked(self.lookup.records(name, "MX"))
        if len(exchanges) > MAX_EXCHANGES:
            raise _PermanentError(f"{name} has more than {MAX_EXCHANGES} mail exchangers")
        return any(
            self._near(record, directive)
            for exchange in exchanges
            for record in self.lookup.records(exchange, self._address_type)
        )

    def _near(self, untrusted_record: str, directive: _Directive) -> bool:
        """Whether an address of the DNS, widened by the prefix, holds the client."""
        prefix = directive.prefix4 if self.client.version == 4 else directive.prefix6
        try:
            network = ip_network(f"{untrusted_record}/{prefix}", strict=False)
        except ValueError:
            return False
        return network.version == self.client.version and self.client in network

    @property
    def _address_type(self) -> RecordType:
        return "A" if self.client.version == 4 else "AAAA"

    def _expanded(self, text: str, domain: str) -> str:
        names = Names(self.client, self.helo, self.sender or f"postmaster@{self.helo}", domain)
        try:
            return expand(text, names)
        except MacroError as error:
            raise _PermanentError(str(error)) from None

    def _spend(self) -> None:
        self.spent.lookups += 1
        if self.spent.lookups > MAX_LOOKUPS:
            raise _PermanentError(f"it needs more than {MAX_LOOKUPS} look-ups")

    def _asked(self, records: tuple[str, ...]) -> tuple[str, ...]:
        self.spent.void += not records
        if self.spent.void > MAX_VOID_LOOKUPS:
            raise _PermanentError(f"more than {MAX_VOID_LOOKUPS} of its names do not exist")
        return records


_WORDS: Final = {
    Result.PASS: "{client} may send for {domain}",
    Result.FAIL: "{client} must not send for {domain}",
    Result.SOFTFAIL: "{client} should not send for {domain}",
    Result.NEUTRAL: "{domain} says nothing about {client}",
    Result.NONE: "{domain} does not say who may send for it",
}


def spf_of(client: str, helo: str, sender: str, lookup: Lookup) -> Checked:
    """SPF for an envelope. Raises NeededError; ValueError when `client` is no address."""
    return Spf(ip_address(client), helo, sender, lookup).check()
