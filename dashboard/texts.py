"""Texts, numbers and dates in English or Brazilian Portuguese."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from babel import Locale, dates, numbers

from dashboard import english, portuguese
from dashboard.closes_table import ClosesError
from dashboard.dashboard_errors import NotReadyError, UnexpectedResponseError
from dashboard.vocabulary import NAMES
from model.contract.errors import DeadlineExceededError, InvalidInputError, NextcloseError, NotFoundError

# Language tag, as in `?lang=` -> name of the language in that language.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "pt-BR": "Português (Brasil)"}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {**english.WORDS, **{key: word for key, (word, _) in NAMES.items()}},
    "pt-BR": {**portuguese.WORDS, **{key: word for key, (_, word) in NAMES.items()}},
}
_LOCALES: Final = {"en": Locale("en"), "pt-BR": Locale("pt", "BR")}
# The first entry that matches the error is used.
_FAULTS: Final[tuple[tuple[type[NextcloseError], str], ...]] = (
    (NotReadyError, "not_ready"),
    (UnexpectedResponseError, "unexpected_response"),
    (DeadlineExceededError, "timeout"),
    (InvalidInputError, "refused"),
    (NotFoundError, "not_found"),
)


def chosen_language(requested: str | None, browser: str | None) -> str:
    """Return the language to use: that of the URL, otherwise that of the browser, otherwise English.

    Args:
        requested: Language tag in the URL.
        browser: Language tag of the browser.
    """
    for tag in (requested, browser):
        if tag:
            return "pt-BR" if tag.lower().startswith("pt") else "en"
    return "en"


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
        return WORDS[self.language][key].format(**values)

    def translate_name(self, group: str, name: str) -> str:
        """Return the translation of a name that the service uses; an unknown name is returned unchanged."""
        return WORDS[self.language].get(f"{group}.{name}", name)

    def plural(self, key: str, count: int) -> str:
        """Return the text for a count: it has three forms, for zero, one and more."""
        return WORDS[self.language][key].split("|")[min(count, 2)].format(count=self.number(count))

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
        return ",." if self.language == "pt-BR" else ".,"

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
    def _locale(self) -> Locale:
        return _LOCALES[self.language]


def _pattern(digits: int) -> str:
    return "#,##0." + "0" * digits if digits else "#,##0"
