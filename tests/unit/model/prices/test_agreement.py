from dataclasses import replace

import numpy as np
import pytest

from model.contract.errors import DataQualityError
from model.prices.agreement import check_agreement, same_prices
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from tests.scaled_series import scaled

Cleaned = tuple[PriceSeries, QualityReport]


def test_same_and_additional_sessions_agree(cleaned: Cleaned) -> None:
    check_agreement(cleaned[0], cleaned[0])
    check_agreement(cleaned[0].select(slice(100, -5)), cleaned[0])
    assert same_prices(cleaned[0], cleaned[0])
    assert not same_prices(cleaned[0].select(slice(0, -1)), cleaned[0])


def test_series_after_split_or_rounding_agrees(cleaned: Cleaned) -> None:
    series = cleaned[0]
    check_agreement(series, scaled(series, 0.5))  # split after the last close
    check_agreement(series, scaled(series, 0.5, close=series.close * 2))
    check_agreement(series, replace(series, close=np.round(series.close, 2)))


def test_missing_sessions_are_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    with pytest.raises(DataQualityError, match=f"got no close for {series.dates[-2]} and 1 more"):
        check_agreement(series, series.select(slice(0, -2)))
    with pytest.raises(DataQualityError, match=f"got no close for {series.dates[0]}$"):
        check_agreement(series, series.select(slice(1, None)))


def test_different_past_closes_are_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    other = np.where(series.dates == series.dates[7], 1.05, 1.0)
    with pytest.raises(DataQualityError, match=rf"on {series.dates[7]}$"):
        check_agreement(series, scaled(series, other, close=series.close * other))
    drift = np.linspace(1.0, 1.5, len(series))  # like an adjustment for dividends
    with pytest.raises(DataQualityError, match=r"more that differ$"):
        check_agreement(series, scaled(series, drift, close=series.close * drift))


def test_correction_of_the_newest_close_agrees(cleaned: Cleaned) -> None:
    series = cleaned[0]
    correction = np.where(series.dates == series.dates[-1], 1.02, 1.0)
    check_agreement(series, scaled(series, correction, close=series.close * correction))
