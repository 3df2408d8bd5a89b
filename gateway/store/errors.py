"""What goes wrong with the store. Each is one sentence, fit for an administrator."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used."""


class NotKeptError(StoreError):
    """There is no such mail in the store."""
