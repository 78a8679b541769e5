"""The charts of the report. Lines differ in dash as well as in colour, and every chart has a text alternative."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from model.contract.levels import INTERVALS, LEVELS
from model.evaluation.evaluate import Calibration, Evaluation, OverTime
from model.evaluation.facts import LossCurves
from model.evaluation.forecasts import Forecasts
from model.evaluation.number_format import percent_text
from model.evaluation.svg_chart import INK, MODEL, MUTED, NARROW, REFERENCE, THIRD, WIDE, Chart, draw

BAND_SESSIONS: Final = 120
_DASHES: Final[dict[int, tuple[str, str]]] = {50: (MODEL, "-"), 80: (REFERENCE, "--"), 90: (THIRD, "-.")}
_ALPHA: Final = {90: 0.16, 80: 0.2, 50: 0.3}


def learning_chart(learning: LossCurves) -> Chart:
    """Training and validation loss by epoch, with the validation loss before training."""
    epochs = np.arange(1, len(learning.train) + 1)
    best, losses = learning.best_epoch, (learning.initial, *learning.validation)

    def paint(axes: Axes) -> None:
        axes.plot(epochs, learning.train, color=REFERENCE, linestyle="--", label="training")
        axes.plot(np.arange(len(losses)), losses, color=MODEL, label="validation")
        axes.axhline(learning.initial, color=MUTED, linestyle=":", label="before training")
        axes.plot([best], [losses[best]], marker="o", color=MODEL, linestyle="", label="kept")
        axes.set(xlabel="epoch", ylabel="mean pinball loss (in sigma)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        legend(axes)

    return Chart(
        "Learning",
        draw("learning", NARROW, paint),
        f"Validation loss was {learning.initial:.4f} before training and {losses[best]:.4f} at epoch {best} of "
        f"{len(learning.validation)}, whose weights were kept.",
        "Loss by epoch. Before training, the network forecasts the last close with filtered historical quantiles (or "
        "the same as the version that is fine-tuned). Training is useful only if the loss falls below the dotted line.",
    )


def band_chart(forecasts: Forecasts, symbol: str, name: str) -> Chart:
    """The last 120 sessions of one symbol: bands, median and actual closes.

    Args:
        forecasts: Forecasts that include the symbol.
        symbol: Symbol to draw.
        name: Name of the chart, unique on the page.
    """
    shown = forecasts.of_symbol(symbol).ordered()
    shown = shown.take(np.arange(max(0, len(shown) - BAND_SESSIONS), len(shown)))
    low, high = INTERVALS[90]
    inside = float(np.mean((shown.actual >= shown.quantiles[:, low]) & (shown.actual <= shown.quantiles[:, high])))

    def paint(axes: Axes, columns: int) -> None:
        for percent in sorted(INTERVALS, reverse=True):
            bounds = shown.quantiles[:, INTERVALS[percent]].T
            axes.fill_between(
                shown.date, *bounds, color=MODEL, alpha=_ALPHA[percent], linewidth=0, label=f"{percent} %"
            )
        axes.plot(shown.date, shown.point, color=MODEL, linewidth=1.1, label="median")
        axes.plot(shown.date, shown.actual, color=INK, marker=".", markersize=3.5, linewidth=0, label="close")
        axes.set_ylabel("price")
        legend(axes, columns)

    return Chart(
        f"{symbol}: forecast and close",
        draw(f"{name}-narrow", NARROW, partial(paint, columns=3)),
        f"{symbol}, {len(shown)} sessions from {shown.date[0]} to {shown.date[-1]}: {percent_text(inside)} of the "
        "closes are within the 90 % band.",
        "Each session's band was computed from the closes before it; dots are the actual closes. The median is on or "
        "near the close of the previous session.",
        draw(f"{name}-wide", WIDE, partial(paint, columns=5)),
    )


def calibration_chart(calibration: Calibration) -> Chart:
    """Fraction of closes at or below each quantile against its level, with the range that chance explains."""
    levels, n = np.array(LEVELS), calibration.points
    error = 1.96 * np.sqrt(levels * (1 - levels) / n)

    def paint(axes: Axes) -> None:
        axes.fill_between(levels, levels - error, levels + error, color=MUTED, alpha=0.2, linewidth=0, label="chance")
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=":", label="calibrated")
        axes.plot(levels, calibration.observed, color=MODEL, marker="o", markersize=4, label="model")
        axes.set(xlabel="forecast probability", ylabel="share of closes below", xlim=(0, 1), ylim=(0, 1))
        _percent_axis(axes.xaxis.set_major_formatter)
        _percent_axis(axes.yaxis.set_major_formatter)
        legend(axes)

    worst = int(np.argmax(np.abs(calibration.observed - levels)))
    return Chart(
        "Calibration",
        draw("calibration", NARROW, paint),
        f"The {percent_text(levels[worst], 0)} quantile is farthest from the diagonal: "
        f"{percent_text(calibration.observed[worst])} of {n} closes were at or below it.",
        "On the diagonal, x % of the closes are at or below the x % quantile. If sessions are independent, a "
        "calibrated model is inside the grey range with 95 % probability at each level.",
    )


def bins_chart(calibration: Calibration) -> Chart:
    """Closes between neighbouring quantiles, as a ratio to the number expected of a calibrated model."""
    ratio = calibration.bins / calibration.expected
    edges = [0, *(round(100 * level) for level in LEVELS), 100]
    names = [f"{a}-{b}" for a, b in pairwise(edges)]

    def paint(axes: Axes) -> None:
        axes.bar(names, ratio, color=MODEL, alpha=0.75, width=0.85)
        axes.axhline(1.0, color=INK, linestyle=":")
        axes.set(xlabel="between quantiles (%)", ylabel="closes / expected")
        axes.tick_params(axis="x", labelrotation=35, labelsize=8.5)
        axes.grid(visible=False, axis="x")

    return Chart(
        "Closes between quantiles",
        draw("bins", NARROW, paint),
        "Ratio of closes to expected closes between neighbouring quantiles: "
        + ", ".join(f"{name} %: {value:.2f}" for name, value in zip(names, ratio, strict=True))
        + ".",
        "A ratio of one is calibrated. High outer bars mean that the bands are too narrow, low ones that they are too "
        "wide.",
    )


def coverage_chart(over_time: OverTime) -> Chart:
    """Moving coverage of the three central intervals."""

    def paint(axes: Axes) -> None:
        for percent, values in over_time.coverage.items():
            colour, dash = _DASHES[percent]
            axes.axhline(percent / 100, color=colour, linestyle=":", linewidth=0.9)
            axes.plot(over_time.date, values, color=colour, linestyle=dash, label=f"{percent} %")
        axes.set_ylabel("share of closes inside")
        axes.set_ylim(top=1.0)
        _percent_axis(axes.yaxis.set_major_formatter)
        legend(axes, columns=3)

    return Chart(
        "Coverage over time",
        draw("coverage", NARROW, paint),
        f"Moving coverage over {over_time.window} sessions. "
        + " ".join(
            f"{percent} % interval: {percent_text(values.min())} to {percent_text(values.max())}."
            for percent, values in over_time.coverage.items()
        ),
        f"Share of closes within each interval over the last {over_time.window} sessions; dotted: nominal coverage.",
    )


def error_chart(over_time: OverTime) -> Chart:
    """Moving absolute error of the point forecast and of the last close."""

    def paint(axes: Axes) -> None:
        axes.plot(
            over_time.date, over_time.naive_error, color=REFERENCE, linewidth=4.0, alpha=0.5, label="tomorrow = today"
        )
        axes.plot(over_time.date, over_time.error, color=MODEL, label="model")
        axes.set_ylabel("mean absolute error")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=2))
        legend(axes)

    lower = float(np.mean(over_time.error < over_time.naive_error))
    return Chart(
        "Errors over time",
        draw("errors", NARROW, paint),
        f"Moving mean absolute error over {over_time.window} sessions: the model's error is lower than that of the "
        f"last close in {percent_text(lower, 0)} of the means.",
        f"Error of the point forecast as a share of the price, mean over the last {over_time.window} sessions. "
        "Overlapping lines are a tie.",
    )


def skill_chart(evaluation: Evaluation) -> Chart:
    """CRPS skill of the model against each baseline."""
    names, values = list(evaluation.skill), np.array(list(evaluation.skill.values()))

    def paint(axes: Axes) -> None:
        bars = axes.barh(names, values, color=MODEL, alpha=0.75, height=0.6)
        axes.bar_label(bars, labels=[f"{100 * value:+.2f} %" for value in values], padding=4)
        axes.axvline(0.0, color=INK, linewidth=1.0)
        axes.invert_yaxis()
        axes.margins(x=0.28)
        axes.set_xlabel("CRPS saved against the baseline")
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.grid(visible=False, axis="y")

    return Chart(
        "Skill",
        draw("skill", NARROW, paint),
        "CRPS skill of the model: "
        + ", ".join(f"{100 * value:+.2f} % against {name}" for name, value in zip(names, values, strict=True))
        + ".",
        "To the right of zero the model's distribution is better than the baseline's. The table shows which "
        "differences are significant.",
    )


def _percent_axis(set_formatter: Callable[[PercentFormatter], None]) -> None:
    set_formatter(PercentFormatter(1.0, decimals=0))


def legend(axes: Axes, columns: int = 2) -> None:
    """Draw the legend above the axes, so that it does not cover the chart."""
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns, borderaxespad=0.2, columnspacing=1.2)
