"""Invariant: whatever the bytes of a mail, `explain` ends with a complete trace, lets no exception
out, answers every recipient, and what it extracted has nothing left in it to take out.

`python -m tools.fuzz explain --count 10000` is the same with more mails (docs/FUZZING.md).
"""

from __future__ import annotations

import pytest

from tools.fuzz.campaign import Campaign, run_here
from tools.fuzz.explainer import Setup
from tools.fuzz.sources import CORPUS

MAILS = 200


def test_mutated_mails_of_the_corpus() -> None:
    if not CORPUS.is_dir():
        pytest.skip("../shared/corpus is not there")
    tally = run_here(Campaign(1001, 0, MAILS, CORPUS, Setup()))
    assert tally.failures == []
    assert tally.mails == MAILS and tally.rows > 17 * MAILS


def test_mutated_mails_of_our_own() -> None:
    """These reach extraction and rebuild more often, and need no corpus."""
    tally = run_here(Campaign(1002, 0, MAILS, CORPUS / "none", Setup()))
    assert tally.failures == []
    assert tally.extracted > 0
