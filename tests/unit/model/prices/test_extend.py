from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from model.contract.errors import DataQualityError
from model.prices.clean import clean
from model.prices.extend import extended
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.sources.source import RawPrices

Cleaned = tuple[PriceSeries, QualityReport]


def test_recent_closes_continue_those_held(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    held, _ = clean(replace(raw, source="yahoo", frame=raw.frame.iloc[:-50]), now=now)
    recent = replace(raw, frame=raw.frame.iloc[-100:], recent_only=True)
    series, report = clean(extended(recent, held), now=now)
    assert series.digest == cleaned[0].digest
    assert report.older_from == "yahoo"
    assert report.missing == cleaned[1].missing
    np.testing.assert_array_equal(series.close, cleaned[0].close)


def test_a_gap_between_them_is_refused(raw: RawPrices, now: datetime) -> None:
    held, _ = clean(replace(raw, frame=raw.frame.iloc[:-150]), now=now)
    with pytest.raises(DataQualityError, match=f"expected closes from {held.last} on"):
        extended(replace(raw, frame=raw.frame.iloc[-100:]), held)
