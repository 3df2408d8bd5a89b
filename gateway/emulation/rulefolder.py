"""Which behaviour rules are in use: those beside the state where an update left some, else the
shipped ones. Looked up anew for each sample, so that an update needs no restart."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from gateway.emulation.rules import DIRECTORY, RuleError, RuleSet, load_rules

LINK = "rules"
"""In the state directory: leads to a directory whose name says its version."""

log = logging.getLogger(__name__)


def updated_rules(state: Path) -> Path | None:
    """The directory of updated rules; None while there are none."""
    with contextlib.suppress(OSError):
        folder = (state / LINK).resolve(strict=True)
        return folder if folder.is_dir() else None
    return None


def rules_in_use(state: Path) -> str:
    """A word that changes with the updated rules, for the verdict cache; empty for none."""
    folder = updated_rules(state)
    return folder.name if folder else ""


class RuleFolder:
    """The rules in use, read again when the link leads elsewhere."""

    def __init__(self, state: Path) -> None:
        """Raises RuleError when the shipped rules cannot be read."""
        self._state = state
        self._folder: Path | None = None
        self._rules = load_rules(DIRECTORY)
        self.current()

    def current(self) -> RuleSet:
        """The rules as of now. Updated ones that have errors are passed over, and said so once."""
        folder = updated_rules(self._state)
        if folder == self._folder:
            return self._rules
        self._folder = folder
        try:
            self._rules = load_rules(folder or DIRECTORY)
        except RuleError as error:
            log.warning("updated rules in %s are not used: %s", folder, str(error).splitlines()[0])
            self._rules = load_rules(DIRECTORY)
        return self._rules
