from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from model.contract.errors import DataQualityError
from model.prices.clean import clean
from model.prices.extend import prepend_stored_closes
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.sources.source import RawPrices

Cleaned = tuple[PriceSeries, QualityReport]


def test_recent_closes_continue_the_stored_ones(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    stored, _ = clean(replace(raw, source="yahoo", frame=raw.frame.iloc[:-50]), now=now)
    recent = replace(raw, frame=raw.frame.iloc[-100:], recent_only=True)
    series, report = clean(prepend_stored_closes(recent, stored), now=now)
    assert series.digest == cleaned[0].digest
    assert report.older_from == "yahoo"
    assert report.missing == cleaned[1].missing
    np.testing.assert_array_equal(series.close, cleaned[0].close)


def test_gap_after_the_stored_closes_is_refused(raw: RawPrices, now: datetime) -> None:
    stored, _ = clean(replace(raw, frame=raw.frame.iloc[:-150]), now=now)
    with pytest.raises(DataQualityError, match=f"expected closes from {stored.last} on"):
        prepend_stored_closes(replace(raw, frame=raw.frame.iloc[-100:]), stored)
