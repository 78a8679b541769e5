"""The page that compares two versions as the gate sees them: one file with nothing outside it, as the report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from model.evaluation import comparison_charts as charts
from model.evaluation.comparison import CHALLENGER, CHAMPION, Compared
from model.evaluation.gate import Kind
from model.evaluation.report import CHARTED_SYMBOLS, page
from model.evaluation.significance import LAG, LONG_LAG, Comparison
from model.evaluation.table import measures_table
from model.evaluation.wording import p_text, percent_text


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What the page says of one version.

    Attributes:
        version: its name. role: `challenger` or `champion`. state: `trained` or `untrained`.
        created: when, with time zone. recipe: in words. fitted_until: last session that the fit compared here saw.
        data: the prices it was made of, a sentence a symbol.
        gate: what the gate said when the version was made; None where it was not asked.
    """

    version: str
    role: str
    state: str
    created: datetime
    recipe: str
    fitted_until: str
    data: tuple[str, ...]
    gate: str | None


def render_comparison(
    compared: Compared, model: str, challenger: VersionFacts, champion: VersionFacts, created: datetime
) -> str:
    """The page as HTML.

    Args:
        compared: what was measured.
        model: its name.
        challenger: what is said of the first.
        champion: what is said of the second.
        created: when the page was made, with time zone.

    Returns:
        HTML in UTF-8, under 2 MB: no script, and no address to fetch from.
    """
    symbols = list(compared.challenger.by_symbol)
    decision = compared.decision
    return page(
        "comparison.html.j2",
        model=model,
        versions=(challenger, champion),
        created=created,
        symbols=symbols,
        decision=decision,
        rule=_rule(decision.kind),
        pooled=measures_table(compared.measures()),
        by_symbol={symbol: measures_table(compared.measures(symbol)) for symbol in symbols} if len(symbols) > 1 else {},
        tests=_tests(compared),
        paired=[charts.saved_chart(compared)],
        bands=[charts.bands_chart(compared, one, f"band{i}") for i, one in enumerate(symbols[:CHARTED_SYMBOLS])],
        bands_left_out=max(0, len(symbols) - CHARTED_SYMBOLS),
        charts=[charts.losses_chart(compared), charts.held_chart(compared)],
    )


def _rule(kind: Kind | None) -> str:
    if kind is Kind.REFRESH:
        return (
            "Both are of the same recipe, so the rule is that of a refresh: the challenger need not be better, but "
            "must not be worse by more than 1 % with 95 % confidence."
        )
    return (
        "They are of different recipes, so the rule is that of a replacement: the challenger must be better beyond "
        "chance, and by enough to matter."
    )


def _tests(compared: Compared) -> list[tuple[str, str, str, str]]:
    """Rows: what is told, of the CRPS with lag 5, of the CRPS with lag 20, of the absolute error."""
    tests = (compared.crps, compared.crps_long, compared.point)

    def row(name: str, text: Callable[[Comparison], str]) -> tuple[str, str, str, str]:
        first, second, third = (text(one) for one in tests)
        return name, first, second, third

    return [
        ("", f"CRPS, lag {LAG}", f"CRPS, lag {LONG_LAG}", f"absolute error, lag {LAG}"),
        row(CHALLENGER, lambda one: percent_text(one.mean, 4)),
        row(CHAMPION, lambda one: percent_text(one.reference, 4)),
        row("difference", lambda one: f"{100 * one.difference:+.4f} %"),
        row("its standard error (Newey-West)", lambda one: percent_text(one.error, 4)),
        row("p, challenger not better (one-sided)", lambda one: p_text(one.p_better)),
        row("p, equally good (two-sided)", lambda one: p_text(one.p_different)),
        row("may be worse by up to (95 % bound)", lambda one: f"{100 * one.increase_bound():+.2f} %"),
        row("sessions", lambda one: str(one.sessions)),
    ]
