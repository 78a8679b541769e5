"""Split of batches into compiled sizes: every row once, in order, and with the least padding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.serving.runtime import concatenate, pad_rows, plan_batches

sizes = st.sets(st.integers(1, 300), min_size=1, max_size=6).map(sorted)


@given(st.integers(1, 2000), sizes)
def test_chunks_cover_every_row_once(rows: int, compiled: list[int]) -> None:
    plan = plan_batches(rows, compiled)
    assert [index for start, stop, _ in plan for index in range(start, stop)] == list(range(rows))
    for start, stop, size in plan:
        assert size in compiled
        assert stop - start <= size
        smaller = [other for other in compiled if other < size]
        assert not smaller or stop - start > max(smaller)


@pytest.mark.parametrize(
    ("rows", "plan"),
    [
        (1, [(0, 1, 1)]),
        (3, [(0, 3, 4)]),
        (16, [(0, 16, 16)]),
        (33, [(0, 16, 16), (16, 32, 16), (32, 33, 1)]),
    ],
)
def test_chunks_of_examples(rows: int, plan: list[tuple[int, int, int]]) -> None:
    assert plan_batches(rows, [1, 4, 16]) == plan


def test_padding_adds_zeros_and_does_not_copy_if_the_size_fits() -> None:
    features = np.ones((3, 59, 3), dtype=np.float32)
    assert pad_rows(features, 3) is features
    found = pad_rows(features, 5)
    assert found.shape == (5, 59, 3)
    np.testing.assert_array_equal(found.sum(axis=(1, 2)), [177, 177, 177, 0, 0])


def test_joining_one_part_does_not_copy() -> None:
    part = np.ones((2, 7), dtype=np.float32)
    assert concatenate([part]) is part
    assert concatenate([part, part]).shape == (4, 7)
