"""The quality report of a series: rows read, dropped and adjusted, and findings that a user should check."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from model.contract.errors import DataQualityError
from model.prices.stock_splits import StockSplit, SuspectedSplit

_MAX_DATES_SHOWN = 8  # in one line of the text; the JSON contains all dates


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows that were dropped for one reason. Their dates may contain duplicates."""

    reason: str
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A change from one adjusted close to the next.

    Attributes:
        date: Date of the later close.
        change: Relative change; 0.05 is a rise of 5 %.
    """

    date: date
    change: float


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Findings of cleaning the rows of one symbol.

    Attributes:
        symbol: Symbol of the series.
        source: Source of the series.
        calendar: Exchange calendar of the series.
        downloaded_at: Time of the download (UTC).
        checked_at: Time of this check (UTC).
        rows_read: Number of rows from the source.
        rows_kept: Number of rows that were kept.
        first: Date of the first close kept.
        last: Date of the last close kept.
        sessions_behind: Number of sessions that ended after the last close.
        calendar_from: First day that the calendar covers.
        sorted: Whether the rows were in order of date.
        dropped: Dropped rows, by reason.
        missing: Sessions between first and last without a close.
        surplus: Days kept although they are not sessions of the calendar, because shares were traded.
        contradicting: Sessions whose open, high and low contradict each other or the close; stored as unknown.
        splits: Splits that the adjusted closes are adjusted for.
        suspected: Changes that look like a split; not adjusted.
        largest: Largest changes between adjusted closes, largest first.
        older_from: Source of the older closes if this source returned recent ones only.
    """

    symbol: str
    source: str
    calendar: str
    downloaded_at: datetime
    checked_at: datetime
    rows_read: int
    rows_kept: int
    first: date
    last: date
    sessions_behind: int
    calendar_from: date
    sorted: bool = True
    dropped: tuple[Dropped, ...] = ()
    missing: tuple[date, ...] = ()
    surplus: tuple[date, ...] = ()
    contradicting: tuple[date, ...] = ()
    splits: tuple[StockSplit, ...] = ()
    suspected: tuple[SuspectedSplit, ...] = ()
    largest: tuple[Change, ...] = ()
    older_from: str | None = None

    @property
    def age(self) -> timedelta:
        """Time from download to check."""
        return self.checked_at - self.downloaded_at

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON: ISO dates and times, the age in seconds, and the options that confirm splits."""
        content: dict[str, Any] = _to_json(asdict(self))
        content["age_seconds"] = round(self.age.total_seconds())
        for entry, suspected in zip(content["suspected"], self.suspected, strict=True):
            entry["confirm"] = suspected.option
        return content

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Read a report that was written by `to_dict`.

        Raises:
            DataQualityError: A field is missing or has a wrong type.
        """
        try:
            return cls(
                symbol=content["symbol"],
                source=content["source"],
                calendar=content["calendar"],
                downloaded_at=datetime.fromisoformat(content["downloaded_at"]),
                checked_at=datetime.fromisoformat(content["checked_at"]),
                rows_read=content["rows_read"],
                rows_kept=content["rows_kept"],
                first=date.fromisoformat(content["first"]),
                last=date.fromisoformat(content["last"]),
                sessions_behind=content["sessions_behind"],
                calendar_from=date.fromisoformat(content["calendar_from"]),
                sorted=content["sorted"],
                dropped=tuple(Dropped(d["reason"], _dates(d["dates"])) for d in content["dropped"]),
                missing=_dates(content["missing"]),
                surplus=_dates(content["surplus"]),
                contradicting=_dates(content.get("contradicting", [])),  # absent in earlier releases
                splits=tuple(
                    StockSplit(date.fromisoformat(s["date"]), s["ratio"], s["origin"]) for s in content["splits"]
                ),
                suspected=tuple(
                    SuspectedSplit(date.fromisoformat(s["date"]), s["ratio"], s["before"], s["after"])
                    for s in content["suspected"]
                ),
                largest=tuple(Change(date.fromisoformat(c["date"]), c["change"]) for c in content["largest"]),
                older_from=content["older_from"],
            )
        except (KeyError, TypeError, ValueError) as err:
            raise DataQualityError(f"quality report: expected the fields of this version, got {err!r}") from err

    def to_text(self) -> str:
        """The report for a terminal: one aligned line per finding, no trailing newline."""
        lines = [
            ("symbol", f"{self.symbol}, from {self.source}, downloaded {self._download_text()}"),
            (
                "closes",
                f"{self.rows_kept:,} of {self.rows_read:,} rows, {self.first} to {self.last}{self._behind_text()}",
            ),
            ("older", f"closes from {self.older_from}, of an earlier download" if self.older_from else ""),
            ("order", "" if self.sorted else "rows were not in order of date; sorted"),
            *(("dropped", f"{len(d.dates)}: {d.reason} ({_format_dates(d.dates)})") for d in self.dropped),
            ("calendar", self._calendar_text()),
            (
                "missing",
                f"{len(self.missing)}: no close for a session ({_format_dates(self.missing)})" if self.missing else "",
            ),
            (
                "surplus",
                f"{len(self.surplus)}: not a session, but traded; kept ({_format_dates(self.surplus)})"
                if self.surplus
                else "",
            ),
            (
                "bars",
                f"{len(self.contradicting)}: open, high or low contradict the close; stored as unknown "
                f"({_format_dates(self.contradicting)})"
                if self.contradicting
                else "",
            ),
            *(("split", f"{s.date} {s.ratio:.6g} new for 1 old, adjusted ({s.origin})") for s in self.splits),
            *(
                (
                    "suspected",
                    f"{s.date} split of {s.ratio:.6g} new for 1 old? {s.before:.10g} -> {s.after:.10g}, NOT adjusted; "
                    f"confirm with {s.option}",
                )
                for s in self.suspected
            ),
            ("changes", ", ".join(f"{c.date} {c.change:+.1%}" for c in self.largest)),
        ]
        return "\n".join(f"{label:<10} {text}" for label, text in lines if text)

    def _download_text(self) -> str:
        seconds = max(0, int(self.age.total_seconds()))
        for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
            if seconds >= size:
                count = seconds // size
                age = f"{count:,} {unit}{'s' if count > 1 else ''} ago"
                break
        else:
            age = "just now"
        return f"{self.downloaded_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({age})"

    def _behind_text(self) -> str:
        plural = "s" if self.sessions_behind != 1 else ""
        return f", {self.sessions_behind} session{plural} behind" if self.sessions_behind else ""

    def _calendar_text(self) -> str:
        return self.calendar + (f", checked from {self.calendar_from} on" if self.calendar_from > self.first else "")


def _to_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _to_json(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def _dates(texts: list[str]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


def _format_dates(dates: tuple[date, ...]) -> str:
    more = f" and {len(dates) - _MAX_DATES_SHOWN} more" if len(dates) > _MAX_DATES_SHOWN else ""
    return " ".join(day.isoformat() for day in dates[:_MAX_DATES_SHOWN]) + more
