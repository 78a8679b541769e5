"""From a source's raw bars to a series: checked, sorted, without what is no session's close, adjusted for splits."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.contract.errors import DataQualityError
from model.prices import calendars
from model.prices.quality import Change, Dropped, QualityReport
from model.prices.schema import check_bars
from model.prices.series import PriceSeries
from model.prices.sources.source import RawPrices
from model.prices.splits import Split, check_fits, find_splits, fits, later_factor

f8 = NDArray[np.float64]
Days = NDArray[np.datetime64]

_UPCOMING: Final = 260  # sessions, about a year
_LARGEST: Final = 5
# Sources publish the closing auction's price late: until then a bar still shows an earlier one.
_SETTLING: Final = timedelta(minutes=30)


def clean(
    raw: RawPrices,
    *,
    now: datetime,
    splits: Sequence[Split] = (),
    held_splits: Sequence[Split] = (),
    calendar: str | None = None,
) -> tuple[PriceSeries, QualityReport]:
    """Cleans one symbol's bars.

    Dropped and listed: days in the future, bars of a session that has not ended, identical rows, repeats of the day
    before with zero volume, and days that are no session of the calendar and have no volume. Days off the calendar on
    which shares changed hands are kept and listed; so are those without a known volume, unless they repeat a close.

    Args:
        raw: as the source gave them.
        now: with time zone.
        splits: confirmed by the user; each must fit the closes, or be one that the source knows.
        held_splits: known from a former download; applied where the source tells nothing of splits and the closes show
            them.
        calendar: name in exchange-calendars; that of the symbol by default.

    Returns:
        The series and its report.

    Raises:
        DataQualityError: the schema is broken, one date has two different rows, no row is left, or a confirmed split
            contradicts the closes. The message names the row or the date.
        SettingsError: no calendar is known for the symbol.
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
    drop(frame.duplicated(keep="first"), "the same row again")
    _refuse_conflicts(frame, where)
    drop(_repeats(frame), "zero volume, the close of the day before repeated")
    off = _off_calendar(frame["date"], name)
    drop(off & _not_traded(frame), "no session and no volume")
    if frame.empty:
        raise DataQualityError(f"{where}: expected at least one session's close, got none after cleaning")

    dates = frame["date"].to_numpy().astype("datetime64[D]")
    price = frame["close"].to_numpy(dtype=np.float64)
    known, extra = _splits(raw, dates, price, splits, held_splits)
    close = price * later_factor(dates, known if raw.split_adjusted else ())
    adjusted = price / later_factor(dates, extra)
    opens = frame["open"].to_numpy(dtype=np.float64) / later_factor(dates, extra) if "open" in frame else None

    last: date = dates[-1].astype(object)
    series = PriceSeries(
        symbol=raw.symbol,
        dates=dates,
        close=close,
        adjusted=adjusted,
        source=raw.source,
        downloaded_at=raw.downloaded_at.astimezone(UTC),
        calendar=name,
        upcoming=calendars.next_sessions(name, last, _UPCOMING),
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
        missing=_days(np.setdiff1d(calendars.sessions_between(name, series.first, last), dates)),
        surplus=_as_dates(frame.loc[_off_calendar(frame["date"], name).to_numpy(), "date"]),
        splits=tuple(sorted((*known, *extra), key=lambda split: split.date)),
        suspected=find_splits(dates, adjusted, opens),
        largest=_largest(dates, adjusted),
        older_from=raw.older_from,
    )
    return series, report


def _splits(
    raw: RawPrices, dates: Days, price: f8, confirmed: Sequence[Split], held: Sequence[Split]
) -> tuple[tuple[Split, ...], tuple[Split, ...]]:
    """Splits that the prices are already adjusted for, and those still to apply."""
    where = f"{raw.source} {raw.symbol}"
    inside = tuple(s for s in raw.splits or () if dates[0] < np.datetime64(s.date, "D") <= dates[-1])
    dates_known = {split.date for split in inside}
    asked = tuple(split for split in confirmed if split.date not in dates_known)
    for split in asked:
        try:
            check_fits(dates, price, split)
        except DataQualityError as err:
            raise DataQualityError(f"{where}: {err}") from err
    extra = list(asked)
    if raw.splits is None:
        taken = {split.date for split in asked}
        extra += [Split(s.date, s.ratio, "held") for s in held if s.date not in taken and fits(dates, price, s)]
    return (inside, tuple(extra)) if raw.split_adjusted else ((), (*inside, *extra))


def _unfinished(days: pd.Series, name: str, now: datetime) -> pd.Series:
    recent = pd.Timestamp(now.astimezone(UTC).date()) - pd.Timedelta(days=3)  # older days are over anywhere
    settled = now - _SETTLING
    unfinished = [day >= recent and not calendars.is_complete(name, day.date(), settled) for day in days]
    return pd.Series(unfinished, index=days.index, dtype=bool)


def _refuse_conflicts(frame: pd.DataFrame, where: str) -> None:
    twice = frame[frame["date"].duplicated(keep=False)]
    if not twice.empty:
        first, second = twice.index[:2]
        a, b = frame.loc[first, "close"], frame.loc[second, "close"]
        raise DataQualityError(
            f"{where}: expected one row for {twice['date'].iloc[0]:%Y-%m-%d}, got row {first} with close {a:.10g} and "
            f"row {second} with close {b:.10g}"
        )


def _repeats(frame: pd.DataFrame) -> pd.Series:
    # Indices and currencies have no volume on any day: there a zero says nothing.
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


def _largest(dates: Days, adjusted: f8) -> tuple[Change, ...]:
    change = np.diff(adjusted) / adjusted[:-1]
    order = np.argsort(-np.abs(change), kind="stable")[:_LARGEST]
    return tuple(Change(dates[k + 1].astype(object), float(change[k])) for k in order)


def _days(dates: Days) -> tuple[date, ...]:
    return tuple(dates.astype("datetime64[D]").tolist())


def _as_dates(days: pd.Series) -> tuple[date, ...]:
    return tuple(day.date() for day in days)
