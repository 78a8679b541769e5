from dataclasses import replace

import numpy as np
import pytest

from model.contract.errors import DataQualityError
from model.prices.agreement import check_agreement, same_prices
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries

Cleaned = tuple[PriceSeries, QualityReport]


def _part(series: PriceSeries, rows: slice) -> PriceSeries:
    return replace(series, dates=series.dates[rows], close=series.close[rows], adjusted=series.adjusted[rows])


def test_same_and_additional_sessions_agree(cleaned: Cleaned) -> None:
    check_agreement(cleaned[0], cleaned[0])
    check_agreement(_part(cleaned[0], slice(100, -5)), cleaned[0])
    assert same_prices(cleaned[0], cleaned[0])
    assert not same_prices(_part(cleaned[0], slice(0, -1)), cleaned[0])


def test_series_after_split_or_rounding_agrees(cleaned: Cleaned) -> None:
    series = cleaned[0]
    check_agreement(series, replace(series, adjusted=series.adjusted / 2))  # split after the last close
    check_agreement(series, replace(series, close=series.close * 2, adjusted=series.adjusted / 2))
    check_agreement(series, replace(series, close=np.round(series.close, 2)))


def test_missing_sessions_are_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    with pytest.raises(DataQualityError, match=f"got no close for {series.dates[-2]} and 1 more"):
        check_agreement(series, _part(series, slice(0, -2)))
    with pytest.raises(DataQualityError, match=f"got no close for {series.dates[0]}$"):
        check_agreement(series, _part(series, slice(1, None)))


def test_different_past_closes_are_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    other = np.where(series.dates == series.dates[7], 1.05, 1.0)
    with pytest.raises(DataQualityError, match=rf"on {series.dates[7]}$"):
        check_agreement(series, replace(series, close=series.close * other, adjusted=series.adjusted * other))
    drift = np.linspace(1.0, 1.5, len(series))  # like an adjustment for dividends
    with pytest.raises(DataQualityError, match=r"more that differ$"):
        check_agreement(series, replace(series, close=series.close * drift, adjusted=series.adjusted * drift))


def test_correction_of_the_newest_close_agrees(cleaned: Cleaned) -> None:
    series = cleaned[0]
    correction = np.where(series.dates == series.dates[-1], 1.02, 1.0)
    check_agreement(series, replace(series, close=series.close * correction, adjusted=series.adjusted * correction))
