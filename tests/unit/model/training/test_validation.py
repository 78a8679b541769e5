import numpy as np
import pytest

from model.contract.errors import TrainingError
from model.prices.series import PriceSeries
from model.training.dataset import windows_of
from model.training.validation import choose_shrink, mean_scaled_error


def test_naive_scores_one_and_the_truth_zero(series: PriceSeries, other: PriceSeries) -> None:
    windows = windows_of([series, other])
    assert mean_scaled_error(windows, windows.last) == 1.0
    assert mean_scaled_error(windows, windows.following) == 0.0


def test_symbols_count_alike_whatever_their_price(series: PriceSeries, other: PriceSeries) -> None:
    windows = windows_of([series, other])
    median = np.where(windows.symbol == 0, windows.last, windows.following)
    assert mean_scaled_error(windows, median) == pytest.approx(0.5)


def test_closes_that_never_change_cannot_scale(series: PriceSeries) -> None:
    windows = windows_of([series])
    windows.following[:] = windows.last
    with pytest.raises(TrainingError, match="expected closes that change"):
        mean_scaled_error(windows, windows.last)


@pytest.mark.parametrize(("mase", "shrink"), [(0.9, 1.0), (1.002, 1.0), (1.0021, 0.0)])
def test_lambda_follows_the_validation_error(mase: float, shrink: float) -> None:
    assert choose_shrink(mase, above=1.002) == shrink
