"""Words, numbers and dates as the reader writes them: English or Brazilian Portuguese."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from babel import Locale, dates, numbers

from dashboard import english, portuguese
from dashboard.closes import ClosesError
from dashboard.faults import NotReadyError, WrongAnswerError
from dashboard.vocabulary import NAMES
from model.contract.errors import DeadlineExceededError, InvalidInputError, NextcloseError, NotFoundError

# Tag of the language, as in `?lang=` -> what it calls itself.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "pt-BR": "Português (Brasil)"}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {**english.WORDS, **{key: word for key, (word, _) in NAMES.items()}},
    "pt-BR": {**portuguese.WORDS, **{key: word for key, (_, word) in NAMES.items()}},
}
_LOCALES: Final = {"en": Locale("en"), "pt-BR": Locale("pt", "BR")}
# The first that fits.
_FAULTS: Final[tuple[tuple[type[NextcloseError], str], ...]] = (
    (NotReadyError, "not_ready"),
    (WrongAnswerError, "wrong_answer"),
    (DeadlineExceededError, "late"),
    (InvalidInputError, "refused"),
    (NotFoundError, "missing"),
)


def chosen_language(wanted: str | None, browser: str | None) -> str:
    """The language to use: what the address asks for, else the browser's, else English."""
    for tag in (wanted, browser):
        if tag:
            return "pt-BR" if tag.lower().startswith("pt") else "en"
    return "en"


@dataclass(frozen=True, slots=True)
class Texts:
    """One language, with the zone that times are told in."""

    language: str
    zone: tzinfo = UTC

    def __call__(self, key: str, **values: str | int) -> str:
        """A sentence, with numbers and names in their places."""
        return WORDS[self.language][key].format(**values)

    def named(self, group: str, name: str) -> str:
        """The word for a name of the service; one that is not known here stays as it came."""
        return WORDS[self.language].get(f"{group}.{name}", name)

    def counted(self, key: str, count: int) -> str:
        """The one of three sentences that fits none, one or more."""
        return WORDS[self.language][key].split("|")[min(count, 2)].format(count=self.number(count))

    def error(self, error: NextcloseError) -> str:
        """What went wrong, in plain words."""
        if isinstance(error, ClosesError):
            shown = {name: self._shown(value) for name, value in error.values.items()}
            kind = next((one for one in ("value", "column", "line") if one in shown), None)
            return self(error.key, where=self(f"closes.at.{kind}", **shown) if kind else "", **shown)
        return self(next((key for kind, key in _FAULTS if isinstance(error, kind)), "away"), reason=str(error))

    def _shown(self, value: str | float | date) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return self.day(value)
        return self.number(value) if value == int(value) else self.price(value)

    # --- numbers ---

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many decimals."""
        return numbers.format_decimal(value, format=_pattern(digits), locale=self._locale)

    def price(self, value: float) -> str:
        """A price: two decimals, more where it is small."""
        return self.number(value, 2 if value >= 10 else 3 if value >= 1 else 5)

    def percent(self, share: float, digits: int = 1) -> str:
        """A share as percent: `12.3 %`."""
        return f"{self.number(100 * share, digits)} %"

    def change(self, share: float) -> str:
        """A change as percent, with its sign."""
        sign = "+" if share > 0 else "\N{MINUS SIGN}" if share < 0 else "±"
        return f"{sign}{self.percent(abs(share), 2)}"

    @property
    def separators(self) -> str:
        """Decimal and thousands mark, as plotly takes them."""
        return ",." if self.language == "pt-BR" else ".,"

    # --- times ---

    def day(self, day: date) -> str:
        """A day: `Dec 30, 2024`, `30 de dez. de 2024`."""
        return dates.format_date(day, "medium", locale=self._locale)

    def short_day(self, day: date) -> str:
        """A day on an axis: `Dec 30`, `30 de dez.`."""
        return dates.format_skeleton("MMMd", day, locale=self._locale)

    def month(self, day: date) -> str:
        """A month on an axis: `Dec 2024`, `dez. de 2024`."""
        return dates.format_skeleton("yMMM", day, locale=self._locale)

    def time(self, moment: datetime) -> str:
        """Day and time in the reader's zone."""
        return dates.format_datetime(moment, "medium", tzinfo=self.zone, locale=self._locale)

    def clock(self, moment: datetime) -> str:
        """Time of day in the reader's zone."""
        return dates.format_time(moment, "medium", tzinfo=self.zone, locale=self._locale)

    def ago(self, moment: datetime, now: datetime) -> str:
        """How long ago: `3 days ago`, `há 3 dias`."""
        return dates.format_timedelta(moment - now, add_direction=True, locale=self._locale)

    def duration(self, seconds: float) -> str:
        """How long: `42 seconds`, `2 minutos`."""
        return dates.format_timedelta(timedelta(seconds=max(1.0, seconds)), threshold=2, locale=self._locale)

    @property
    def _locale(self) -> Locale:
        return _LOCALES[self.language]


def _pattern(digits: int) -> str:
    return "#,##0." + "0" * digits if digits else "#,##0"
