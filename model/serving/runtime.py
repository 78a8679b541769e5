"""What computes the network: an interface, and the sizes that batches are padded to."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.contract.errors import CorruptArtefactError
from model.contract.features import CHANNELS
from model.contract.levels import LEVELS
from model.contract.window import RETURNS

f4 = NDArray[np.float32]


class Runtime(Protocol):
    """A loaded network."""

    name: str
    traces: int

    def warm(self) -> None:
        """Compiles whatever `run` will need; afterwards no request pays for it."""

    def run(self, features: f4) -> f4:
        """Quantiles of standardised features: float32 [n, 59, 3] -> float32 [n, 7], in sigma; any n above 0."""


def chunks(rows: int, sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """How a number of rows is computed at compiled sizes.

    Args:
        rows: above 0.
        sizes: the compiled sizes, ascending.

    Returns:
        (start, stop, size) for each call, size >= stop - start: full calls of the largest size, then the smallest
        one that takes the rest.
    """
    largest = sizes[-1]
    plan = [(start, start + largest, largest) for start in range(0, rows - rows % largest, largest)]
    rest = rows % largest
    if rest:
        size = next(size for size in sizes if size >= rest)
        plan.append((rows - rest, rows, size))
    return plan


def padded(features: f4, size: int) -> f4:
    """Features with zero rows appended up to a size."""
    if len(features) == size:
        return features
    block = np.zeros((size, RETURNS, CHANNELS), dtype=np.float32)
    block[: len(features)] = features
    return block


def joined(parts: Sequence[f4]) -> f4:
    """Several parts as one array, row after row."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def check_answer(answer: f4) -> None:
    """Looks at the answer to one row, before any request is answered.

    Raises:
        CorruptArtefactError: it has not the contract's shape, or is not finite.
    """
    if answer.shape != (1, len(LEVELS)) or not np.isfinite(answer).all():
        raise CorruptArtefactError(
            f"the network answers shape {list(answer.shape)}, expected [1, {len(LEVELS)}] and finite numbers"
        )
