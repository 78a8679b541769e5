"""The table of measures: one row per model, for the terminal, the README and the report."""

from collections.abc import Mapping
from typing import Final

from model.contract.levels import INTERVALS
from model.evaluation.evaluate import MODEL, Evaluation
from model.evaluation.measures import Measures
from model.evaluation.number_format import p_text, percent_text

HEADER: Final = (
    "",
    "MAE",
    "RMSE",
    "MAPE",
    "sMAPE",
    "MASE",
    "CRPS",
    *(f"in {percent} %" for percent in INTERVALS),
    "skill of model",
    "p",
)


def rows(evaluation: Evaluation, symbol: str | None = None) -> list[tuple[str, ...]]:
    """Cells of the table as text: one row for the model, then one for each baseline.

    Args:
        evaluation: Evaluation of the model.
        symbol: Symbol to show; None for the means over symbols. Only the means have skill and p.

    Returns:
        Rows with the columns of `HEADER`. MAE and RMSE are in price units; MAPE, sMAPE, CRPS and coverage in percent.
        Skill is the fraction of the row's CRPS that the model saves, and p the two-sided p-value of the Diebold-Mariano
        test of that difference.
    """
    measures = evaluation.pooled if symbol is None else evaluation.by_symbol[symbol]
    return [
        (
            name,
            *_numbers(measures[name]),
            *(("", "") if symbol is not None or name == MODEL else _against(evaluation, name)),
        )
        for name in measures
    ]


def table(evaluation: Evaluation, symbol: str | None = None) -> list[list[str]]:
    """Header and rows without the columns that are empty in every row. Arguments as for `rows`."""
    cells = [HEADER, *rows(evaluation, symbol)]
    keep = [i == 0 or any(row[i] for row in cells[1:]) for i in range(len(HEADER))]
    return [[cell for cell, kept in zip(row, keep, strict=True) if kept] for row in cells]


def measures_table(measures: Mapping[str, Measures]) -> list[list[str]]:
    """Header and rows of measures by name, without skill and p. Units as for `rows`."""
    return [list(HEADER[:-2]), *([name, *_numbers(one)] for name, one in measures.items())]


def text_table(evaluation: Evaluation, symbol: str | None = None) -> str:
    """The table with aligned columns, for a terminal."""
    cells = table(evaluation, symbol)
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def markdown_table(evaluation: Evaluation, symbol: str | None = None) -> str:
    """The table in Markdown."""
    head, *body = table(evaluation, symbol)
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body))


def _numbers(m: Measures) -> tuple[str, ...]:
    return (
        f"{m.mae:.4g}",
        f"{m.rmse:.4g}",
        percent_text(m.mape, 3),
        percent_text(m.smape, 3),
        f"{m.mase:.3f}",
        percent_text(m.crps, 3),
        *(percent_text(m.coverage[percent], 1) for percent in INTERVALS),
    )


def _against(evaluation: Evaluation, baseline: str) -> tuple[str, str]:
    p = evaluation.tests[baseline].distribution.p_different
    return f"{100 * evaluation.skill[baseline]:+.2f} %", p_text(p).removeprefix("p = ").removeprefix("p ")
