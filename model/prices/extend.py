"""Joining the recent closes that a source gives to the older ones that are held."""

from dataclasses import replace

import pandas as pd

from model.contract.errors import DataQualityError
from model.prices.series import PriceSeries
from model.prices.sources.source import RawPrices


def extended(raw: RawPrices, held: PriceSeries) -> RawPrices:
    """Raw prices with the closes held, as traded, before them.

    Args:
        raw: recent bars as traded, not adjusted for splits.
        held: a former download of the same symbol.

    Raises:
        DataQualityError: sessions between the two may be missing, because they do not overlap.
    """
    first = raw.frame["date"].min()
    if raw.frame.empty or first > pd.Timestamp(held.last):
        raise DataQualityError(
            f"{raw.source} {raw.symbol}: expected closes from {held.last} on, to join to those held, got none before "
            f"{first:%Y-%m-%d}"
        )
    days = pd.Series(held.dates.astype("datetime64[ns]"))
    older = pd.DataFrame({"date": days, "close": held.close})[days < first]
    older.index = pd.RangeIndex(-len(older), 0, name="row")  # no rows of the source
    frame = pd.concat([older, raw.frame]).astype(dict.fromkeys(raw.frame.columns.drop("date"), "float64"))
    return replace(raw, frame=frame, recent_only=False, older_from=held.source)
