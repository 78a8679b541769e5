import numpy as np
import pytest

from model.contract.errors import TrainingError
from model.prices.series import PriceSeries
from model.training.dataset import windows_of
from model.training.validation import choose_shrink, mean_scaled_error


def test_naive_forecast_has_mase_one_and_perfect_forecast_zero(series: PriceSeries, other: PriceSeries) -> None:
    windows = windows_of([series, other])
    assert mean_scaled_error(windows, windows.last) == 1.0
    assert mean_scaled_error(windows, windows.following) == 0.0


def test_symbols_have_equal_weight(series: PriceSeries, other: PriceSeries) -> None:
    windows = windows_of([series, other])
    median = np.where(windows.symbol == 0, windows.last, windows.following)
    assert mean_scaled_error(windows, median) == pytest.approx(0.5)


def test_constant_closes_are_refused(series: PriceSeries) -> None:
    windows = windows_of([series])
    windows.following[:] = windows.last
    with pytest.raises(TrainingError, match="expected closes that change"):
        mean_scaled_error(windows, windows.last)


@pytest.mark.parametrize(("mase", "shrink"), [(0.9, 1.0), (1.002, 1.0), (1.0021, 0.0)])
def test_lambda_is_zero_above_the_error_limit(mase: float, shrink: float) -> None:
    assert choose_shrink(mase, above=1.002) == shrink
