"""What a verdict rests on besides the file, the plan and the policy: it is part of the cache's key.

When any of it changes, verdicts reached before are not used again.
"""

from __future__ import annotations

from gateway import VERSION
from gateway.engines.reputation import Feeds


def engine_versions(feeds: Feeds, antivirus: str, rules: str) -> tuple[str, ...]:
    """The gateway, the scanner with its signatures, behaviour rules that were updated, and the feed
    files that were read."""
    return (f"sluice {VERSION}", antivirus, rules, *feeds.version)
