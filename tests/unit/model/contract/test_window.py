"""Check of windows: the message names row and column of the first invalid close."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.contract.errors import InvalidInputError
from model.contract.window import WINDOW, check_windows


def flat(rows: int = 3) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.full((rows, WINDOW), 30.0)


@given(st.floats(1e-300, 1e300), st.integers(1, 4))
def test_constant_windows_are_valid_at_any_level(level: float, rows: int) -> None:
    check_windows(np.full((rows, WINDOW), level))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "row 1, column 7: expected a finite price, got nan"),
        (np.inf, "row 1, column 7: expected a finite price, got inf"),
        (-np.inf, "row 1, column 7: expected a finite price, got -inf"),
        (0.0, "row 1, column 7: expected a price above zero, got 0"),
        (-0.0, "row 1, column 7: expected a price above zero, got -0"),
        (-5.0, "row 1, column 7: expected a price above zero, got -5"),
        (
            90.1,
            "row 1, column 7: expected a change by at most a factor of 3 from one close to the next, got 30 -> 90.1",
        ),
        (9.9, "row 1, column 7: expected a change by at most a factor of 3 from one close to the next, got 30 -> 9.9"),
    ],
)
def test_message_names_the_first_invalid_close(value: float, message: str) -> None:
    closes = flat()
    closes[1, 7] = value
    closes[2, 3] = np.nan  # later in reading order
    with pytest.raises(InvalidInputError) as caught:
        check_windows(closes)
    assert message in str(caught.value)


@pytest.mark.parametrize("column", [0, WINDOW - 1])
@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_first_and_last_close_are_checked(column: int, value: float) -> None:
    closes = flat()
    closes[0, column] = value
    with pytest.raises(InvalidInputError, match=f"row 0, column {column}: "):
        check_windows(closes, allow_jumps=True)


@pytest.mark.parametrize("value", [90.0, 10.0])
def test_change_by_a_factor_of_three_is_valid(value: float) -> None:
    closes = flat(1)
    closes[0, 30:] = value
    check_windows(closes)


def test_jumps_are_valid_if_allowed() -> None:
    closes = flat()
    closes[1, 7] = 1000.0
    check_windows(closes, allow_jumps=True)


@pytest.mark.parametrize("values", [(1e-300, 1e300), (1e300, 1e-300), (5e-324, 1.7e308)])
def test_ratio_outside_float64_is_refused_even_if_jumps_are_allowed(values: tuple[float, float]) -> None:
    closes = flat(1)
    closes[0, 10], closes[0, 11] = values
    with pytest.raises(InvalidInputError, match=r"column 1[01]: expected a change"):
        check_windows(closes, allow_jumps=True)


_ANY = st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, -30.0, 30.0, 89.0, 5e-324, 1e-308, 1e308])


@given(st.lists(_ANY | st.floats(), min_size=1, max_size=6), st.booleans(), st.integers(0, 54))
def test_valid_windows_are_finite_positive_and_without_jumps(values: list[float], allow_jumps: bool, at: int) -> None:
    closes = flat(2)
    closes[1, at : at + len(values)] = values
    row = closes[1].tolist()
    ratios = [after / before if before else np.nan for before, after in itertools.pairwise(row)]
    low, high = (2.3e-308, 1.79e308) if allow_jumps else (1 / 3, 3)
    valid = all(0 < value < np.inf for value in row) and all(low <= ratio <= high for ratio in ratios)
    try:
        check_windows(closes, allow_jumps=allow_jumps)
    except InvalidInputError:
        assert not valid
    else:
        assert valid
