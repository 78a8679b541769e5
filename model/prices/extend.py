"""Extension of stored prices by a download that contains recent prices only."""

from dataclasses import replace

import pandas as pd

from model.contract.errors import DataQualityError
from model.prices.series import PriceSeries
from model.prices.sources.source import RawPrices


def prepend_stored_closes(raw: RawPrices, stored: PriceSeries) -> RawPrices:
    """Prepend the stored prices, as traded, to recent raw prices.

    Args:
        raw: Recent bars as traded, not adjusted for splits.
        stored: An earlier download of the same symbol.

    Raises:
        DataQualityError: The two do not overlap, so sessions between them may be missing.
    """
    first = raw.frame["date"].min()
    if raw.frame.empty or first > pd.Timestamp(stored.last):
        raise DataQualityError(
            f"{raw.source} {raw.symbol}: expected closes from {stored.last} on, to continue the stored closes, got "
            f"none before {first:%Y-%m-%d}"
        )
    days = pd.Series(stored.dates.astype("datetime64[ns]"))
    factor, bars = stored.close / stored.adjusted, stored.bars
    traded = {"open": bars.open * factor, "high": bars.high * factor, "low": bars.low * factor, "close": stored.close}
    older = pd.DataFrame({"date": days, **traded, "volume": bars.volume / factor})
    older = older.loc[days < first, raw.frame.columns]
    older.index = pd.RangeIndex(-len(older), 0, name="row")  # negative: not rows of the source
    frame = pd.concat([older, raw.frame]).astype(dict.fromkeys(raw.frame.columns.drop("date"), "float64"))
    return replace(raw, frame=frame, recent_only=False, older_from=stored.source)
