"""Interface of the runtimes that compute the network, and the padding of batches to compiled sizes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from model.contract.arrays import f4
from model.contract.errors import CorruptArtefactError
from model.contract.features import CHANNELS
from model.contract.levels import LEVELS
from model.contract.window import RETURNS


class Runtime(Protocol):
    """A loaded network.

    Attributes:
        name: `tensorflow` or `onnx`.
        traces: Number of times the network was traced.
    """

    name: str
    traces: int

    def warm(self) -> None:
        """Compile and run the network once, so that the first request is not delayed."""

    def run(self, features: f4) -> f4:
        """Compute quantiles.

        Args:
            features: Float32 [n, 59, 3], standardised; n > 0.

        Returns:
            Float32 [n, 7], in sigma.
        """


def plan_batches(rows: int, sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Split a batch into calls of compiled sizes: full calls of the largest size, then the smallest that suffices.

    Args:
        rows: Number of rows, above 0.
        sizes: Compiled sizes, ascending.

    Returns:
        (start, stop, size) for each call, with size >= stop - start.
    """
    largest = sizes[-1]
    plan = [(start, start + largest, largest) for start in range(0, rows - rows % largest, largest)]
    rest = rows % largest
    if rest:
        size = next(size for size in sizes if size >= rest)
        plan.append((rows - rest, rows, size))
    return plan


def pad_rows(features: f4, size: int) -> f4:
    """Append rows of zeros to features, up to `size` rows."""
    if len(features) == size:
        return features
    block = np.zeros((size, RETURNS, CHANNELS), dtype=np.float32)
    block[: len(features)] = features
    return block


def concatenate(parts: Sequence[f4]) -> f4:
    """Concatenate parts along their rows."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def check_output(answer: f4) -> None:
    """Check the output of the network for one row, before a version is served.

    Raises:
        CorruptArtefactError: The output has another shape than [1, 7], or is not finite.
    """
    if answer.shape != (1, len(LEVELS)) or not np.isfinite(answer).all():
        raise CorruptArtefactError(
            f"network: expected an output of shape [1, {len(LEVELS)}] with finite numbers, got {list(answer.shape)}"
        )
