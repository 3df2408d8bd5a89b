"""Spells the one queue rule for `iptables-nft-restore --noflush` (and its IPv6 twin).

Used only where the kernel has no `nft_queue`. All matching is done by the nft rules, which leave
the asking mark; here stands nothing but that mark and the target. The rule lives in a chain of
its own, so that loading the text again replaces it in one transaction.
"""

from __future__ import annotations

from drivers.config import OnFailure
from drivers.marks import ASK_BIT, FAMILY_MASK
from drivers.rules import RuleSet

CHAIN = "SLUICE"
JUMP = f"PREROUTING -j {CHAIN}"


def render_queue(rules: RuleSet, *, first: bool) -> str:
    """The text for one family. `first` also hooks our chain into PREROUTING."""
    mark = f"-m mark --mark {rules.marks.base | ASK_BIT:#x}/{FAMILY_MASK | ASK_BIT:#x}"
    lines = [
        "*mangle",
        f":{CHAIN} - [0:0]",
        f"-A {CHAIN} -p tcp {mark} -j NFQUEUE {_options(rules)}",
        *([f"-A {JUMP}"] if first else []),
        "COMMIT",
    ]
    return "\n".join(lines) + "\n"


def _options(rules: RuleSet) -> str:
    if rules.queues > 1:
        words = [f"--queue-balance {rules.queue_base}:{rules.last_queue}", "--queue-cpu-fanout"]
    else:
        words = [f"--queue-num {rules.queue_base}"]
    if rules.on_failure is OnFailure.BYPASS:
        words.append("--queue-bypass")
    return " ".join(words)
