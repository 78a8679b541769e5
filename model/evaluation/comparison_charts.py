"""The charts of the page that compares two versions: paired loss series, coverage and bands."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from model.contract.levels import INTERVALS
from model.evaluation.charts import BAND_SESSIONS, legend
from model.evaluation.comparison import CHALLENGER, CHAMPION, GateComparison
from model.evaluation.evaluate import MODEL as ROW
from model.evaluation.number_format import percent_text
from model.evaluation.rules import COVERAGE_LIMITS
from model.evaluation.svg_chart import INK, MODEL, MUTED, NARROW, REFERENCE, WIDE, Chart, draw


def cumulative_skill_chart(compared: GateComparison) -> Chart:
    """CRPS that the challenger saved against the champion, accumulated over the sessions."""
    saved = np.cumsum(compared.reference - compared.loss)

    def paint(axes: Axes) -> None:
        axes.axhline(0.0, color=INK, linestyle=":", linewidth=1.0)
        axes.plot(compared.date, saved, color=MODEL)
        axes.set_ylabel("cumulative CRPS saved")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=2))

    better = float(np.mean(compared.loss < compared.reference))
    return Chart(
        "CRPS saved against the champion",
        draw("saved-narrow", NARROW, paint),
        f"Over {len(saved)} sessions the challenger saves {100 * saved[-1]:+.3f} % of the price in total; it is better "
        f"in {percent_text(better, 0)} of them.",
        "The line rises in sessions in which the challenger's distribution was better, and falls in those in which the "
        "champion's was better. The gate tests whether the slope is significant.",
        draw("saved-wide", WIDE, paint),
    )


def losses_chart(compared: GateComparison) -> Chart:
    """Moving mean CRPS of challenger, champion and naive baseline."""
    window = compared.challenger.over_time.window
    moving = partial(_moving, window=window)
    date = compared.date[window - 1 :]

    def paint(axes: Axes) -> None:
        axes.plot(date, moving(compared.naive), color=MUTED, linestyle=":", label="naive")
        axes.plot(date, moving(compared.reference), color=REFERENCE, linestyle="--", label=CHAMPION)
        axes.plot(date, moving(compared.loss), color=MODEL, label=CHALLENGER)
        axes.set_ylabel("CRPS")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=2))
        legend(axes, 3)

    ours, theirs = moving(compared.loss), moving(compared.reference)
    return Chart(
        "CRPS over time",
        draw("losses", NARROW, paint),
        f"Moving mean over {window} sessions: "
        f"challenger {percent_text(ours.min(), 3)} to {percent_text(ours.max(), 3)}, "
        f"champion {percent_text(theirs.min(), 3)} to {percent_text(theirs.max(), 3)}.",
        f"Mean over the last {window} sessions, in percent of the price; lower is better.",
    )


def coverage_chart(compared: GateComparison) -> Chart:
    """Coverage of the three central intervals of both models, with the range that the gate allows."""
    levels = list(INTERVALS)
    rows = {CHALLENGER: compared.challenger.pooled[ROW].coverage, CHAMPION: compared.champion.pooled[ROW].coverage}

    def paint(axes: Axes) -> None:
        positions = np.arange(len(levels))
        for position, level in zip(positions, levels, strict=True):
            nominal, limit = level / 100, COVERAGE_LIMITS[level]
            edges = [position - 0.35, position + 0.35]
            axes.fill_between(edges, nominal - limit, nominal + limit, color=MUTED, alpha=0.2)
            axes.plot(edges, [nominal, nominal], color=MUTED, linestyle=":")
        for shift, marker, colour, (name, coverage) in zip(
            (-0.12, 0.12), ("o", "s"), (MODEL, REFERENCE), rows.items(), strict=True
        ):
            values = [coverage[level] for level in levels]
            axes.plot(positions + shift, values, color=colour, marker=marker, linestyle="", label=name)
        axes.set_xticks(positions, [f"{level} %" for level in levels])
        axes.set(xlabel="interval", ylabel="share of closes inside")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        legend(axes, 2)

    return Chart(
        "Coverage",
        draw("held", NARROW, paint),
        " ".join(
            f"{name}: " + ", ".join(f"{percent_text(coverage[level])} in {level} %" for level in levels) + "."
            for name, coverage in rows.items()
        ),
        "Dotted: the nominal coverage; grey: the range that the gate allows for one symbol.",
    )


def bands_chart(compared: GateComparison, symbol: str, name: str) -> Chart:
    """The last 120 sessions of one symbol: the 90 % bands of both models, and the actual closes.

    Args:
        compared: Comparison that includes the symbol.
        symbol: Symbol to draw.
        name: Name of the chart, unique on the page.
    """
    low, high = INTERVALS[90]
    ours, theirs = (one.forecasts.of_symbol(symbol).ordered() for one in (compared.challenger, compared.champion))
    rows = np.arange(max(0, len(ours) - BAND_SESSIONS), len(ours))
    ours, theirs = ours.take(rows), theirs.take(rows)

    def paint(axes: Axes, columns: int) -> None:
        bounds = ours.quantiles[:, [low, high]].T
        axes.fill_between(ours.date, *bounds, color=MODEL, alpha=0.25, linewidth=0, label=CHALLENGER)
        for label, level in ((CHAMPION, low), (None, high)):
            axes.plot(
                theirs.date, theirs.quantiles[:, level], color=REFERENCE, linestyle="--", linewidth=1, label=label
            )
        axes.plot(ours.date, ours.actual, color=INK, marker=".", markersize=3.5, linewidth=0, label="close")
        axes.set_ylabel("price")
        legend(axes, columns)

    widths = [np.mean(one.quantiles[:, high] - one.quantiles[:, low]) for one in (ours, theirs)]
    return Chart(
        f"{symbol}: 90 % bands",
        draw(f"{name}-narrow", NARROW, partial(paint, columns=2)),
        f"{symbol}, {len(ours)} sessions from {ours.date[0]} to {ours.date[-1]}: the challenger's 90 % band is "
        f"{widths[0]:.4g} wide on average, the champion's {widths[1]:.4g}.",
        "Filled: the challenger's band; dashed: the champion's; dots: the actual closes.",
        draw(f"{name}-wide", WIDE, partial(paint, columns=3)),
    )


def _moving(values: np.ndarray, window: int) -> np.ndarray:
    means: np.ndarray = np.lib.stride_tricks.sliding_window_view(values, window).mean(axis=1)
    return means
