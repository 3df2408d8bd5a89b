"""Deterministic mutations of mails: the same seed and sources give the same bytes, on every
machine."""

from tools.mutate.engine import mutate, mutations
from tools.mutate.sources import built_in, load

__all__ = ["built_in", "load", "mutate", "mutations"]
