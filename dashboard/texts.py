"""Texts, numbers and dates in the language of the visitor."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from babel import Locale, dates, numbers

from dashboard.closes_table import ClosesError
from dashboard.dashboard_errors import NotReadyError, UnexpectedResponseError
from dashboard.languages import LANGUAGES, Language
from model.contract.errors import DeadlineExceededError, InvalidInputError, NextcloseError, NotFoundError

# The first entry that matches the error is used.
_FAULTS: Final[tuple[tuple[type[NextcloseError], str], ...]] = (
    (NotReadyError, "not_ready"),
    (UnexpectedResponseError, "unexpected_response"),
    (DeadlineExceededError, "timeout"),
    (InvalidInputError, "refused"),
    (NotFoundError, "not_found"),
)


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of one language.

    Attributes:
        language: Tag of the language, a key of `LANGUAGES`.
        zone: Time zone in which times are shown.
    """

    language: str
    zone: tzinfo = UTC

    def __call__(self, key: str, **values: str | int) -> str:
        """Return a text with its placeholders filled."""
        return self._language.texts.gettext(key).format(**values)

    def translate_name(self, group: str, name: str) -> str:
        """Return the translation of a name that the service uses; an unknown name is returned unchanged."""
        key = f"{group}.{name}"
        text = self._language.texts.gettext(key)
        return name if text == key else text

    def plural(self, key: str, count: int) -> str:
        """Return the form of a text for a count, which fills the placeholder `count`."""
        return self._language.texts.ngettext(key, key, count).format(count=self.number(count))

    def error(self, error: NextcloseError) -> str:
        """Describe an error in plain words."""
        if isinstance(error, ClosesError):
            values = {name: self._format(value) for name, value in error.values.items()}
            kind = next((one for one in ("value", "column", "line") if one in values), None)
            return self(error.key, where=self(f"closes.at.{kind}", **values) if kind else "", **values)
        return self(next((key for kind, key in _FAULTS if isinstance(error, kind)), "unreachable"), reason=str(error))

    def _format(self, value: str | float | date) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return self.day(value)
        return self.number(value) if value == int(value) else self.price(value)

    # --- numbers ---

    def number(self, value: float, digits: int = 0) -> str:
        """Format a number with a fixed number of decimals."""
        return numbers.format_decimal(value, format=_pattern(digits), locale=self._locale)

    def price(self, value: float) -> str:
        """Format a price with two decimals, or more if it is small."""
        return self.number(value, 2 if value >= 10 else 3 if value >= 1 else 5)

    def percent(self, share: float, digits: int = 1) -> str:
        """Format a share as percent: `12.3 %`, `12,3%`."""
        return self("percent", value=self.number(100 * share, digits))

    def change(self, share: float) -> str:
        """Format a relative change as percent, with its sign."""
        sign = "+" if share > 0 else "\N{MINUS SIGN}" if share < 0 else "±"
        return f"{sign}{self.percent(abs(share), 2)}"

    @property
    def separators(self) -> str:
        """Decimal and thousands separators, as plotly expects them."""
        return numbers.get_decimal_symbol(self._locale) + numbers.get_group_symbol(self._locale)

    # --- times ---

    def day(self, day: date) -> str:
        """Format a day: `Dec 30, 2024`, `30 de dez. de 2024`."""
        return dates.format_date(day, "medium", locale=self._locale)

    def short_day(self, day: date) -> str:
        """Format a day for an axis: `Dec 30`, `30 de dez.`."""
        return dates.format_skeleton("MMMd", day, locale=self._locale)

    def month(self, day: date) -> str:
        """Format a month for an axis: `Dec 2024`, `dez. de 2024`."""
        return dates.format_skeleton("yMMM", day, locale=self._locale)

    def time(self, moment: datetime) -> str:
        """Format day and time in the visitor's time zone."""
        return dates.format_datetime(moment, "medium", tzinfo=self.zone, locale=self._locale)

    def clock(self, moment: datetime) -> str:
        """Format the time of day in the visitor's time zone."""
        return dates.format_time(moment, "medium", tzinfo=self.zone, locale=self._locale)

    def ago(self, moment: datetime, now: datetime) -> str:
        """Format an age: `3 days ago`, `há 3 dias`."""
        return dates.format_timedelta(moment - now, add_direction=True, locale=self._locale)

    def duration(self, seconds: float) -> str:
        """Format a duration: `42 seconds`, `2 minutos`."""
        return dates.format_timedelta(timedelta(seconds=max(1.0, seconds)), threshold=2, locale=self._locale)

    @property
    def _language(self) -> Language:
        return LANGUAGES[self.language]

    @property
    def _locale(self) -> Locale:
        return self._language.locale


def _pattern(digits: int) -> str:
    return "#,##0." + "0" * digits if digits else "#,##0"
