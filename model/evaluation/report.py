"""`report.html`: one self-contained page for wide and narrow screens, light and dark mode, and print."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from model.evaluation import charts, table
from model.evaluation.evaluate import Evaluation
from model.evaluation.facts import LossCurves, ReportFacts

CHARTED_SYMBOLS: Final = 4  # each adds about 60 kB to the page
_TEMPLATE: Final = "report.html.j2"


def render(evaluation: Evaluation, facts: ReportFacts, learning: LossCurves | None) -> str:
    """Render the evaluation report of one model as HTML.

    Args:
        evaluation: Measures, tests and forecasts of the model.
        facts: Origin of the model and of its data.
        learning: Loss curves of the training; None for an untrained model.

    Returns:
        HTML in UTF-8, under 2 MB, without scripts or external resources.
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
    """Render a template of this package with autoescaping; an undefined variable is an error."""
    environment = Environment(
        loader=PackageLoader("model.evaluation", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**content)
