"""`report.html`: one page with nothing outside it, for screens wide and narrow, light and dark, and for paper."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from model.evaluation import charts, table
from model.evaluation.evaluate import Evaluation
from model.evaluation.facts import Learning, ReportFacts

CHARTED_SYMBOLS: Final = 4  # each adds some 60 kB to the page
_TEMPLATE: Final = "report.html.j2"


def render(evaluation: Evaluation, facts: ReportFacts, learning: Learning | None) -> str:
    """The page as HTML.

    Args:
        evaluation: what was measured.
        facts: what is said beside it.
        learning: the course of training; None for a model that was not trained.

    Returns:
        HTML in UTF-8, under 2 MB: no script, and no address to fetch from.
    """
    symbols = list(evaluation.by_symbol)
    drawn = [
        *((charts.learning_chart(learning),) if learning is not None else ()),
        charts.skill_chart(evaluation),
        charts.calibration_chart(evaluation.calibration),
        charts.bins_chart(evaluation.calibration),
        charts.coverage_chart(evaluation.over_time),
        charts.error_chart(evaluation.over_time),
    ]
    bands = [
        charts.band_chart(evaluation.forecasts, symbol, f"band{i}")
        for i, symbol in enumerate(symbols[:CHARTED_SYMBOLS])
    ]
    dates = evaluation.forecasts.dates
    return page(
        _TEMPLATE,
        facts=facts,
        verdict=evaluation.verdict,
        first=dates[0],
        last=dates[-1],
        sessions=len(dates),
        pooled=table.table(evaluation),
        by_symbol={symbol: table.table(evaluation, symbol) for symbol in symbols} if len(symbols) > 1 else {},
        bands=bands,
        bands_left_out=max(0, len(symbols) - CHARTED_SYMBOLS),
        charts=drawn,
    )


def page(template: str, **content: object) -> str:
    """A page of a template of this room: HTML with everything in it."""
    environment = Environment(
        loader=PackageLoader("model.evaluation", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**content)
