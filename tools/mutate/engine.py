"""Choosing mutators: one to four of them, one after the other, on one source.

Mail number n depends only on the seed, n and the sources, so a mail that broke something can be
made again alone.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from random import Random
from typing import Final

from tools.mutate import attachments, bytewise, structure

Mutator = Callable[[Random, bytes, Sequence[bytes]], bytes]
"""Takes the dice, the mail and all sources (for mixing); gives the changed mail."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""A mutated mail is cut here: mutators that double things would otherwise grow without end."""

MUTATORS: Final[tuple[tuple[Mutator, int], ...]] = (
    (bytewise.flip_bits, 3),
    (bytewise.truncate, 2),
    (bytewise.insert_nuls, 1),
    (bytewise.change_line_ends, 2),
    (bytewise.duplicate_range, 1),
    (bytewise.delete_range, 2),
    (bytewise.insert_noise, 2),
    (structure.damage_boundary, 4),
    (structure.reuse_boundary, 2),
    (structure.duplicate_field, 3),
    (structure.remove_field, 3),
    (structure.swap_encoding, 3),
    (structure.damage_parameter, 3),
    (structure.huge_header, 1),
    (structure.splice_two, 2),
    (structure.nest, 1),
    (structure.nest_encoded, 1),
    (structure.drop_blank_line, 2),
    (attachments.damage_content, 8),
    (attachments.swap_content, 2),
    (attachments.rename, 2),
)
"""All mutators with their weights; attachments weigh most, as the parsers behind them are many."""


def mutate(seed: int, number: int, sources: Sequence[bytes]) -> bytes:
    """Mutated mail `number` of a seed."""
    dice = Random(f"{seed}:{number}")
    mail = dice.choice(sources)
    mutators = [mutator for mutator, _ in MUTATORS]
    weights = [weight for _, weight in MUTATORS]
    for mutator in dice.choices(mutators, weights, k=dice.choice((1, 1, 2, 2, 3, 4))):
        mail = mutator(dice, mail, sources)[:MAX_BYTES]
    return mail


def mutations(seed: int, sources: Sequence[bytes]) -> Iterator[bytes]:
    """All mutated mails of a seed, without end. Raises ValueError when there is no source."""
    if not sources:
        raise ValueError("there is no mail to mutate")
    for number in count():
        yield mutate(seed, number, sources)
