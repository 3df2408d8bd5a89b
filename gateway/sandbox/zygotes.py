"""The names of the zygotes: each is the module of operations that its guests serve."""

from typing import Final

PARSERS: Final = "gateway.sandbox.operations"
"""Serves everything but second opinions."""

OPINION: Final = "gateway.sandbox.opinion"
"""The second opinion on types: it alone loads the model, which makes forks dear."""

DETONATIONS: Final = "gateway.sandbox.detonations"
"""Runs scripts and macros for the emulator, in guests of its own host."""
