"""DMARC: whether what From says is borne out by SPF or DKIM, and what its domain asks for.

RFC 7489, with the domain that speaks for others found by walking up the tree, as its successor does
(draft-ietf-dmarc-dmarcbis section 4.10), so that no list of public suffixes is needed. Pure; runs
in a guest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.engines.authentication.lookup import Lookup, TemporaryError
from gateway.engines.authentication.model import Checked, Result

MAX_WALK: Final = 8
"""Names that one walk asks for at most."""
_ASKS: Final = {
    "none": "asks for nothing to be done",
    "quarantine": "asks for quarantine",
    "reject": "asks for refusal",
}


@dataclass(frozen=True, slots=True)
class _Policy:
    """A record: the domain that has it, and its tags."""

    domain: str
    tags: dict[str, str]

    def asked_for(self, domain: str) -> str:
        """What is asked for mails of `domain`."""
        own = self.tags["p"]
        return own if domain == self.domain else self.tags.get("sp", own)

    def strict(self, tag: str) -> bool:
        return self.tags.get(tag, "r") == "s"


def dmarc_of(
    from_domains: tuple[str, ...], spf: Checked, signed_by: tuple[str, ...], lookup: Lookup
) -> Checked:
    """DMARC for a mail. Raises NeededError."""
    if len(from_domains) != 1:
        words = "it has no From" if not from_domains else "its From names several domains"
        return Checked(Result.PERMERROR, "", words)
    domain = from_domains[0]
    try:
        found = list(_walk(domain, lookup))
    except TemporaryError as error:
        return Checked(Result.TEMPERROR, domain, str(error))
    if not found:
        return Checked(Result.NONE, domain, f"{domain} does not say how its mails are to be known")
    policy, organisation = found[0], found[-1].domain
    passed = [name for name in signed_by if _aligned(name, domain, organisation, policy, "adkim")]
    if spf.result is Result.PASS and _aligned(spf.domain, domain, organisation, policy, "aspf"):
        passed.append(spf.domain)
    if passed:
        return Checked(Result.PASS, domain, f"{passed[0]} stands for {domain}")
    asks = _ASKS[policy.asked_for(domain)]
    return Checked(Result.FAIL, domain, f"nothing shows that it is from {domain}, which {asks}")


def _walk(domain: str, lookup: Lookup) -> list[_Policy]:
    """The records of the domain and of those above it, the nearest first."""
    labels = domain.split(".")
    names = [".".join(labels[at:]) for at in range(len(labels))]
    if len(names) > MAX_WALK:
        names = [names[0], *names[-(MAX_WALK - 1) :]]
    found = (_record(name, lookup) for name in names)
    return [policy for policy in found if policy is not None]


def _record(domain: str, lookup: Lookup) -> _Policy | None:
    """The record of one domain; none where there are several, or where it is no valid one."""
    texts = [text for text in lookup.records(f"_dmarc.{domain}", "TXT") if _is_dmarc(text)]
    if len(texts) != 1:
        return None
    tags: dict[str, str] = {}
    for part in texts[0].split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip().lower())
    asked = (tags.setdefault("p", "none"), tags.get("sp", "none"))
    return _Policy(domain, tags) if all(one in _ASKS for one in asked) else None


def _is_dmarc(text: str) -> bool:
    return text.partition(";")[0].replace(" ", "").lower() == "v=dmarc1"


def _aligned(name: str, domain: str, organisation: str, policy: _Policy, tag: str) -> bool:
    if policy.strict(tag):
        return name == domain
    return name == organisation or name.endswith(f".{organisation}")
