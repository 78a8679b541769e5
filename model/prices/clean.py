"""Cleaning: turn the raw bars of a source into a checked, sorted and split-adjusted series."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.contract.arrays import f8
from model.contract.errors import DataQualityError
from model.prices import calendars
from model.prices.quality import Change, Dropped, QualityReport
from model.prices.schema import check_bars
from model.prices.series import DailyBars, PriceSeries
from model.prices.sources.source import RawPrices
from model.prices.stock_splits import StockSplit, check_split, closes_show_split, find_splits, split_factors

Days = NDArray[np.datetime64]

_UPCOMING_SESSIONS: Final = 260  # about a year
_LARGEST_CHANGES: Final = 5
_ROUNDING: Final = 1e-6  # relative difference of prices that counts as equal
# Sources publish the price of the closing auction late. Until then a bar contains an earlier price.
_SETTLEMENT_DELAY: Final = timedelta(minutes=30)


def clean(
    raw: RawPrices,
    *,
    now: datetime,
    splits: Sequence[StockSplit] = (),
    known_splits: Sequence[StockSplit] = (),
    calendar: str | None = None,
) -> tuple[PriceSeries, QualityReport]:
    """Clean the bars of one symbol.

    These rows are dropped and reported: days in the future, bars of a session that has not ended, duplicates, repeats
    of the previous day with zero volume, and days that are not in the calendar and have no volume. Days that are not in
    the calendar are kept and reported if shares were traded, or if the volume is unknown and the close is not a repeat.
    Open, high and low are stored as unknown for a session in which they contradict each other or the close.

    Args:
        raw: Bars as returned by the source.
        now: Current time, with time zone.
        splits: Splits confirmed by the user. Each must fit the closes or be reported by the source.
        known_splits: Splits known from an earlier download. They are applied if the source does not report splits and
            the closes show them.
        calendar: Name of a calendar in exchange-calendars; by default, the symbol's calendar.

    Returns:
        The series and its report.

    Raises:
        DataQualityError: The bars violate the schema, one date has two different rows, no row is left, or a confirmed
            split contradicts the closes. The message names the row or the date.
        SettingsError: No calendar is known for the symbol.
    """
    name = calendar or calendars.calendar_of(raw.symbol)
    where = f"{raw.source} {raw.symbol}"
    check_bars(raw.frame, where)
    frame = raw.frame.sort_values("date", kind="stable")
    dropped: list[Dropped] = []

    def drop(rows: pd.Series, reason: str) -> None:
        nonlocal frame
        if rows.any():
            dropped.append(Dropped(reason, _as_dates(frame.loc[rows.to_numpy(), "date"])))
            frame = frame.loc[~rows.to_numpy()]

    today = now.astimezone(calendars.timezone(name)).date()
    drop(frame["date"] > pd.Timestamp(today), "in the future")
    drop(_unfinished(frame["date"], name, now), "the session has not ended")
    drop(frame.duplicated(keep="first"), "duplicate row")
    _check_conflicts(frame, where)
    drop(_repeats(frame), "zero volume and the close of the previous day")
    off = _off_calendar(frame["date"], name)
    drop(off & _not_traded(frame), "not a session, and no volume")
    if frame.empty:
        raise DataQualityError(f"{where}: expected at least one session's close, got none after cleaning")

    dates = frame["date"].to_numpy().astype("datetime64[D]")
    price = frame["close"].to_numpy(dtype=np.float64)
    known, extra = _partition_splits(raw, dates, price, splits, known_splits)
    close = price * split_factors(dates, known if raw.split_adjusted else ())
    adjusted = price / split_factors(dates, extra)
    bars, contradicting = _bars(frame, adjusted, split_factors(dates, extra))

    last: date = dates[-1].astype(object)
    series = PriceSeries(
        symbol=raw.symbol,
        dates=dates,
        close=close,
        adjusted=adjusted,
        bars=bars,
        source=raw.source,
        downloaded_at=raw.downloaded_at.astimezone(UTC),
        calendar=name,
        upcoming=calendars.next_sessions(name, last, _UPCOMING_SESSIONS),
    )
    report = QualityReport(
        symbol=raw.symbol,
        source=raw.source,
        calendar=name,
        downloaded_at=series.downloaded_at,
        checked_at=now.astimezone(UTC),
        rows_read=len(raw.frame),
        rows_kept=len(series),
        first=series.first,
        last=last,
        sessions_behind=calendars.completed_after(name, last, now),
        calendar_from=calendars.first_known(name),
        sorted=bool(raw.frame["date"].is_monotonic_increasing),
        dropped=tuple(dropped),
        missing=_to_dates(np.setdiff1d(calendars.sessions_between(name, series.first, last), dates)),
        contradicting=_to_dates(dates[contradicting]),
        surplus=_as_dates(frame.loc[_off_calendar(frame["date"], name).to_numpy(), "date"]),
        splits=tuple(sorted((*known, *extra), key=lambda split: split.date)),
        suspected=find_splits(dates, adjusted, bars.open),
        largest=_largest_changes(dates, adjusted),
        older_from=raw.older_from,
    )
    return series, report


def _bars(frame: pd.DataFrame, adjusted: f8, factor: f8) -> tuple[DailyBars, NDArray[np.bool_]]:
    """Adjust open, high, low and volume, and select the sessions whose prices contradict each other: bool [n]."""

    def column(name: str) -> f8:
        return frame[name].to_numpy(dtype=np.float64) if name in frame else np.full(len(frame), np.nan)

    # A price of zero means that it is unknown.
    opened, high, low = (np.where(column(name) > 0, column(name), np.nan) / factor for name in ("open", "high", "low"))
    top, bottom = np.maximum(opened, adjusted), np.minimum(opened, adjusted)
    known = ~np.isnan(opened + high + low)
    agree = known & (high >= top * (1 - _ROUNDING)) & (low <= bottom * (1 + _ROUNDING))
    bars = DailyBars(
        open=np.where(agree, opened, np.nan),
        high=np.where(agree, np.maximum(high, top), np.nan),
        low=np.where(agree, np.minimum(low, bottom), np.nan),
        volume=column("volume") * factor,
    )
    return bars, known & ~agree


def _partition_splits(
    raw: RawPrices, dates: Days, price: f8, confirmed: Sequence[StockSplit], stored: Sequence[StockSplit]
) -> tuple[tuple[StockSplit, ...], tuple[StockSplit, ...]]:
    """Splits that the prices are already adjusted for, and splits that are still to be applied."""
    where = f"{raw.source} {raw.symbol}"
    reported = tuple(s for s in raw.splits or () if dates[0] < np.datetime64(s.date, "D") <= dates[-1])
    reported_dates = {split.date for split in reported}
    new = tuple(split for split in confirmed if split.date not in reported_dates)
    for split in new:
        try:
            check_split(dates, price, split)
        except DataQualityError as err:
            raise DataQualityError(f"{where}: {err}") from err
    extra = list(new)
    if raw.splits is None:
        new_dates = {split.date for split in new}
        extra += [
            StockSplit(s.date, s.ratio, "held")
            for s in stored
            if s.date not in new_dates and closes_show_split(dates, price, s)
        ]
    return (reported, tuple(extra)) if raw.split_adjusted else ((), (*reported, *extra))


def _unfinished(days: pd.Series, name: str, now: datetime) -> pd.Series:
    recent = pd.Timestamp(now.astimezone(UTC).date()) - pd.Timedelta(days=3)  # older days are over in all time zones
    settled = now - _SETTLEMENT_DELAY
    unfinished = [day >= recent and not calendars.is_complete(name, day.date(), settled) for day in days]
    return pd.Series(unfinished, index=days.index, dtype=bool)


def _check_conflicts(frame: pd.DataFrame, where: str) -> None:
    twice = frame[frame["date"].duplicated(keep=False)]
    if not twice.empty:
        first, second = twice.index[:2]
        a, b = frame.loc[first, "close"], frame.loc[second, "close"]
        raise DataQualityError(
            f"{where}: expected one row for {twice['date'].iloc[0]:%Y-%m-%d}, got row {first} with close {a:.10g} and "
            f"row {second} with close {b:.10g}"
        )


def _repeats(frame: pd.DataFrame) -> pd.Series:
    # Indices and currencies have no volume on any day, so a zero means nothing for them.
    if "volume" not in frame or not (frame["volume"] > 0).any():
        return pd.Series(data=False, index=frame.index)
    return frame["volume"].eq(0) & frame["close"].eq(frame["close"].shift())


def _not_traded(frame: pd.DataFrame) -> pd.Series:
    if "volume" in frame:
        return frame["volume"].eq(0)
    return frame["close"].eq(frame["close"].shift())


def _off_calendar(days: pd.Series, name: str) -> pd.Series:
    if days.empty:
        return pd.Series(data=False, index=days.index)
    sessions = calendars.sessions_between(name, days.min().date(), days.max().date())
    known = days >= pd.Timestamp(calendars.first_known(name))
    return known & ~days.isin(sessions.astype("datetime64[ns]"))


def _largest_changes(dates: Days, adjusted: f8) -> tuple[Change, ...]:
    change = np.diff(adjusted) / adjusted[:-1]
    order = np.argsort(-np.abs(change), kind="stable")[:_LARGEST_CHANGES]
    return tuple(Change(dates[k + 1].astype(object), float(change[k])) for k in order)


def _to_dates(dates: Days) -> tuple[date, ...]:
    return tuple(dates.astype("datetime64[D]").tolist())


def _as_dates(days: pd.Series) -> tuple[date, ...]:
    return tuple(day.date() for day in days)
