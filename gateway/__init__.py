"""Sluice: the mail-security gateway."""

VERSION = "0.1.0"
"""Of the project; pyproject.toml takes it from here, and the cache of verdicts holds to it."""
