from dataclasses import replace

import numpy as np
import pytest

from model.contract.errors import DataQualityError
from model.prices.agreement import check_agreement, same_prices
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries

Cleaned = tuple[PriceSeries, QualityReport]


def _part(series: PriceSeries, which: slice) -> PriceSeries:
    return replace(series, dates=series.dates[which], close=series.close[which], adjusted=series.adjusted[which])


def test_the_same_and_more_is_fine(cleaned: Cleaned) -> None:
    check_agreement(cleaned[0], cleaned[0])
    check_agreement(_part(cleaned[0], slice(100, -5)), cleaned[0])
    assert same_prices(cleaned[0], cleaned[0])
    assert not same_prices(_part(cleaned[0], slice(0, -1)), cleaned[0])


def test_a_split_and_rounding_are_adjustment(cleaned: Cleaned) -> None:
    series = cleaned[0]
    check_agreement(series, replace(series, adjusted=series.adjusted / 2))  # split after the last close
    check_agreement(series, replace(series, close=series.close * 2, adjusted=series.adjusted / 2))
    check_agreement(series, replace(series, close=np.round(series.close, 2)))


def test_less_than_before_is_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    with pytest.raises(DataQualityError, match=f"got none for {series.dates[-2]} and 1 more"):
        check_agreement(series, _part(series, slice(0, -2)))
    with pytest.raises(DataQualityError, match=f"got none for {series.dates[0]}$"):
        check_agreement(series, _part(series, slice(1, None)))


def test_another_past_is_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    other = np.where(series.dates == series.dates[7], 1.05, 1.0)
    with pytest.raises(DataQualityError, match=rf"on {series.dates[7]}$"):
        check_agreement(series, replace(series, close=series.close * other, adjusted=series.adjusted * other))
    drift = np.linspace(1.0, 1.5, len(series))  # as adjusting for dividends does
    with pytest.raises(DataQualityError, match=r"more that differ$"):
        check_agreement(series, replace(series, close=series.close * drift, adjusted=series.adjusted * drift))


def test_the_newest_close_may_be_mended(cleaned: Cleaned) -> None:
    series = cleaned[0]
    mended = np.where(series.dates == series.dates[-1], 1.02, 1.0)
    check_agreement(series, replace(series, close=series.close * mended, adjusted=series.adjusted * mended))
