"""The self-contained HTML page that compares two versions at the gate."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from model.evaluation import comparison_charts as charts
from model.evaluation.comparison import CHALLENGER, CHAMPION, GateComparison
from model.evaluation.gate import ChallengerKind
from model.evaluation.number_format import p_text, percent_text
from model.evaluation.report import CHARTED_SYMBOLS, page
from model.evaluation.significance import LAG, LONG_LAG, Comparison
from model.evaluation.table import measures_table


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """Facts of one version on the page.

    Attributes:
        version: Name of the version.
        role: `challenger` or `champion`.
        state: `trained` or `untrained`.
        created: Time of the training, with time zone.
        recipe: Description of the recipe.
        fitted_until: Last session used by the fit that is compared here.
        data: Prices that the version was trained on, one sentence per symbol.
        gate: The gate's decision on the version when it was created; None if it was not tested by the gate.
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
    compared: GateComparison, model: str, challenger: VersionFacts, champion: VersionFacts, created: datetime
) -> str:
    """Render the comparison of two versions as HTML.

    Args:
        compared: Measures, tests and the gate's decision.
        model: Name of the model.
        challenger: Facts of the challenger.
        champion: Facts of the champion.
        created: Time of the page, with time zone.

    Returns:
        HTML in UTF-8, under 2 MB, without scripts or external resources.
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
        paired=[charts.cumulative_skill_chart(compared)],
        bands=[charts.bands_chart(compared, one, f"band{i}") for i, one in enumerate(symbols[:CHARTED_SYMBOLS])],
        bands_left_out=max(0, len(symbols) - CHARTED_SYMBOLS),
        charts=[charts.losses_chart(compared), charts.coverage_chart(compared)],
    )


def _rule(kind: ChallengerKind | None) -> str:
    if kind is ChallengerKind.REFRESH:
        return (
            "Both have the same recipe, so the rule for a refresh applies: the challenger need not be better, but "
            "must not be worse by more than 1 % with 95 % confidence."
        )
    return (
        "They have different recipes, so the rule for a replacement applies: the challenger must be significantly "
        "better, and by enough to matter."
    )


def _tests(compared: GateComparison) -> list[tuple[str, str, str, str]]:
    """Rows of the table of tests: label, CRPS with lag 5, CRPS with lag 20, absolute error."""
    tests = (compared.crps, compared.crps_long, compared.point)

    def row(name: str, text: Callable[[Comparison], str]) -> tuple[str, str, str, str]:
        first, second, third = (text(one) for one in tests)
        return name, first, second, third

    return [
        ("", f"CRPS, lag {LAG}", f"CRPS, lag {LONG_LAG}", f"absolute error, lag {LAG}"),
        row(CHALLENGER, lambda one: percent_text(one.mean, 4)),
        row(CHAMPION, lambda one: percent_text(one.reference, 4)),
        row("difference", lambda one: f"{100 * one.difference:+.4f} %"),
        row("standard error of the difference (Newey-West)", lambda one: percent_text(one.error, 4)),
        row("p, challenger not better (one-sided)", lambda one: p_text(one.p_better)),
        row("p, equally good (two-sided)", lambda one: p_text(one.p_different)),
        row("upper bound of the increase (95 %)", lambda one: f"{100 * one.increase_bound():+.2f} %"),
        row("sessions", lambda one: str(one.sessions)),
    ]
