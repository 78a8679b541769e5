"""The charts of the page that compares two versions: paired series, and what their intervals held."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from model.contract.levels import INTERVALS
from model.evaluation.charts import BAND_SESSIONS, legend
from model.evaluation.comparison import CHALLENGER, CHAMPION, Compared
from model.evaluation.drawing import INK, MODEL, MUTED, NARROW, REFERENCE, WIDE, Chart, draw
from model.evaluation.evaluate import MODEL as ROW
from model.evaluation.rules import COVERAGE_LIMITS
from model.evaluation.wording import percent_text


def saved_chart(compared: Compared) -> Chart:
    """CRPS that the challenger saved against the champion, summed over the sessions."""
    saved = np.cumsum(compared.reference - compared.loss)

    def paint(axes: Axes) -> None:
        axes.axhline(0.0, color=INK, linestyle=":", linewidth=1.0)
        axes.plot(compared.date, saved, color=MODEL)
        axes.set_ylabel("CRPS saved, summed")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=2))

    better = float(np.mean(compared.loss < compared.reference))
    return Chart(
        "CRPS saved against the champion",
        draw("saved-narrow", NARROW, paint),
        f"Summed over {len(saved)} sessions the challenger saves {100 * saved[-1]:+.3f} % of the price; it is better "
        f"in {percent_text(better, 0)} of them.",
        "Where the line rises the challenger's distribution was the better one, where it falls the champion's. The "
        "gate's test asks whether its slope is more than chance.",
        draw("saved-wide", WIDE, paint),
    )


def losses_chart(compared: Compared) -> Chart:
    """Moving CRPS of challenger, champion and naive."""
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
        f"Mean over the {window} sessions before, in percent of the price; lower is better.",
    )


def held_chart(compared: Compared) -> Chart:
    """What the three intervals of both held, with the range that the gate allows."""
    levels = list(INTERVALS)
    rows = {CHALLENGER: compared.challenger.pooled[ROW].coverage, CHAMPION: compared.champion.pooled[ROW].coverage}

    def paint(axes: Axes) -> None:
        places = np.arange(len(levels))
        for place, level in zip(places, levels, strict=True):
            nominal, limit = level / 100, COVERAGE_LIMITS[level]
            axes.fill_between([place - 0.35, place + 0.35], nominal - limit, nominal + limit, color=MUTED, alpha=0.2)
            axes.plot([place - 0.35, place + 0.35], [nominal, nominal], color=MUTED, linestyle=":")
        for shift, marker, colour, (name, held) in zip(
            (-0.12, 0.12), ("o", "s"), (MODEL, REFERENCE), rows.items(), strict=True
        ):
            values = [held[level] for level in levels]
            axes.plot(places + shift, values, color=colour, marker=marker, linestyle="", label=name)
        axes.set_xticks(places, [f"{level} %" for level in levels])
        axes.set(xlabel="interval", ylabel="share of closes inside")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        legend(axes, 2)

    return Chart(
        "Coverage",
        draw("held", NARROW, paint),
        " ".join(
            f"{name}: " + ", ".join(f"{percent_text(held[level])} in {level} %" for level in levels) + "."
            for name, held in rows.items()
        ),
        "Dotted: as stated; grey: what the gate allows one symbol.",
    )


def bands_chart(compared: Compared, symbol: str, name: str) -> Chart:
    """The last 120 sessions of one symbol: the 90 % bands of both, and the closes that came.

    Args:
        compared: of any symbols.
        symbol: which to draw.
        name: unique on the page.
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
        "Filled: the challenger's band; dashed: the champion's; dots: the closes that came.",
        draw(f"{name}-wide", WIDE, partial(paint, columns=3)),
    )


def _moving(values: np.ndarray, window: int) -> np.ndarray:
    means: np.ndarray = np.lib.stride_tricks.sliding_window_view(values, window).mean(axis=1)
    return means
