from dataclasses import replace

import numpy as np
import pytest

from model.contract import features
from model.contract.errors import NotEnoughDataError, TrainingError
from model.prices.series import PriceSeries
from model.training.dataset import windows_of
from tests.unit.model.training.conftest import cut_series


def test_rows_match_the_series(series: PriceSeries, other: PriceSeries) -> None:
    windows = windows_of([series, other])
    each = len(series) - 60
    assert len(windows) == 2 * each
    for row, one, start in ((0, series, 0), (each - 1, series, each - 1), (each + 7, other, 7)):
        assert windows.symbols[windows.symbol[row]] == one.symbol
        assert windows.target_date[row] == one.dates[start + 60]
        assert np.array_equal(windows.closes[row], one.adjusted[start : start + 60])
        assert windows.following[row] == one.adjusted[start + 60]
        assert windows.last[row] == one.adjusted[start + 59]
        alone, sigma = features.window_features(windows.closes[row : row + 1])
        assert np.array_equal(windows.features[row], alone[0])
        assert windows.sigma[row] == pytest.approx(sigma[0], rel=1e-12)
        expected = np.log(windows.following[row] / windows.last[row]) / sigma[0]
        assert windows.target[row] == pytest.approx(np.clip(expected, -12, 12), rel=1e-12)


def test_adjusted_closes_are_used(series: PriceSeries) -> None:
    as_traded = replace(series, close=series.close * 2)
    assert np.array_equal(windows_of([as_traded]).closes, windows_of([series]).closes)


def test_select_keeps_all_arrays_aligned(series: PriceSeries) -> None:
    windows = windows_of([series])
    chosen = windows.target_date >= windows.target_date[10]
    part = windows.select(chosen)
    assert len(part) == len(windows) - 10
    assert np.array_equal(part.closes[:, -1], part.last)
    assert part.target_date[0] == windows.target_date[10]
    assert np.array_equal(part.features[0], windows.features[10])


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan, np.inf])
def test_invalid_price_is_reported_with_its_date(series: PriceSeries, price: float) -> None:
    adjusted = series.adjusted.copy()
    adjusted[3] = price
    with pytest.raises(TrainingError, match=f"{series.dates[3]}: expected a finite close above zero, got {price}"):
        windows_of([replace(series, adjusted=adjusted)])


def test_invalid_series_are_refused(series: PriceSeries) -> None:
    with pytest.raises(TrainingError, match="at least one symbol"):
        windows_of([])
    with pytest.raises(TrainingError, match="each symbol once"):
        windows_of([series, series])
    with pytest.raises(NotEnoughDataError, match="expected at least 61 sessions, got 60"):
        windows_of([cut_series(series, slice(60))])
