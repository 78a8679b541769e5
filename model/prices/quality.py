"""The quality report that goes with every series: what was read, dropped, adjusted, and what to look at."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from model.contract.errors import DataQualityError
from model.prices.splits import Split, SuspectedSplit

_SHOWN = 8  # dates a line of the text names; the JSON has all


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows that were not kept, and why. Their dates may repeat."""

    reason: str
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A change from one adjusted close to the next: 0.05 is up by 5 %. The date is that of the later close."""

    date: date
    change: float


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What cleaning found in one symbol's rows.

    Attributes:
        symbol, source, calendar: as in the series.
        downloaded_at, checked_at: with time zone (UTC).
        rows_read, rows_kept: numbers of rows. sorted: whether the rows came in order of date.
        first, last: dates of the first and last close kept.
        sessions_behind: sessions that ended after the last close.
        calendar_from: first day that the calendar could check.
        dropped: rows not kept, by reason.
        missing: sessions between first and last without a close.
        surplus: days kept although the calendar knows no session, because shares changed hands.
        splits: those the adjusted closes are adjusted for. suspected: changes that look like one, not adjusted.
        older_from: the source of the older closes, where this one gave only recent ones.
        largest: the largest changes between adjusted closes, largest first.
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
    splits: tuple[Split, ...] = ()
    suspected: tuple[SuspectedSplit, ...] = ()
    largest: tuple[Change, ...] = ()
    older_from: str | None = None

    @property
    def age(self) -> timedelta:
        """Time from download to check."""
        return self.checked_at - self.downloaded_at

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it: dates and times in ISO form, the age in seconds, options to confirm splits."""
        content: dict[str, Any] = _plain(asdict(self))
        content["age_seconds"] = round(self.age.total_seconds())
        for entry, suspected in zip(content["suspected"], self.suspected, strict=True):
            entry["confirm"] = suspected.option
        return content

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """The report that `to_dict` wrote.

        Raises:
            DataQualityError: a field is missing or has another type.
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
                splits=tuple(Split(date.fromisoformat(s["date"]), s["ratio"], s["origin"]) for s in content["splits"]),
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
        """The report for a terminal: one aligned line a fact, no trailing newline."""
        lines = [
            ("symbol", f"{self.symbol}, from {self.source}, downloaded {self._downloaded()}"),
            ("closes", f"{self.rows_kept:,} of {self.rows_read:,} rows, {self.first} to {self.last}{self._behind()}"),
            ("older", f"closes from {self.older_from}, as they were held" if self.older_from else ""),
            ("order", "" if self.sorted else "rows were not in order of date; sorted"),
            *(("dropped", f"{len(d.dates)}: {d.reason} ({_shown(d.dates)})") for d in self.dropped),
            ("calendar", self._checked()),
            (
                "missing",
                f"{len(self.missing)}: no close for a session ({_shown(self.missing)})" if self.missing else "",
            ),
            (
                "surplus",
                f"{len(self.surplus)}: no session, but traded; kept ({_shown(self.surplus)})" if self.surplus else "",
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

    def _downloaded(self) -> str:
        seconds = max(0, int(self.age.total_seconds()))
        for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
            if seconds >= size:
                count = seconds // size
                age = f"{count:,} {unit}{'s' if count > 1 else ''} ago"
                break
        else:
            age = "just now"
        return f"{self.downloaded_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({age})"

    def _behind(self) -> str:
        plural = "s" if self.sessions_behind != 1 else ""
        return f", {self.sessions_behind} session{plural} behind" if self.sessions_behind else ""

    def _checked(self) -> str:
        return self.calendar + (f", checked from {self.calendar_from} on" if self.calendar_from > self.first else "")


def _plain(value: Any) -> Any:  # dates inside what asdict gives
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def _dates(texts: list[str]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


def _shown(dates: tuple[date, ...]) -> str:
    more = f" and {len(dates) - _SHOWN} more" if len(dates) > _SHOWN else ""
    return " ".join(day.isoformat() for day in dates[:_SHOWN]) + more
