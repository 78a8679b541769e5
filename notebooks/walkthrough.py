# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From prices to a forecast that is judged
#
# Collect, look, train small, evaluate; why the usual way, levels with MinMax, fails; and what the intervals are
# worth. All numbers are measured in this notebook, by the code that `nextclose` itself runs. It takes half a
# minute on two cores.
#
# The prices are those of the S&P 500 index until the end of 2018, which the package `arch` ships: no network is asked.
# A file of your own, with the columns Date and Close, is taken where `NEXTCLOSE_NOTEBOOK_CSV` names one (and its
# symbol, `NEXTCLOSE_NOTEBOOK_SYMBOL`).

# %%
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown
from sklearn.preprocessing import MinMaxScaler

from jobs.settings import JobsSettings
from jobs.steps.collect import CollectOptions, collect_packaged, collect_prices
from model.evaluation.baselines import EWMA, NAIVE, baseline_forecasts
from model.evaluation.evaluate import MODEL, evaluate
from model.evaluation.forecasts import Forecasts
from model.evaluation.measures import absolute_error_points, covered, measure, naive_error_points
from model.evaluation.significance import compare
from model.evaluation.table import table
from model.evaluation.wording import p_text, percent_text
from model.prices.store import PriceStore
from model.quiet_tensorflow import keras
from model.training.dataset import windows_of
from model.training.predict import forecast
from model.training.recipe import Recipe
from model.training.train import train

SESSIONS = 3000  # the last ones: enough to train on, and quick
SEED = 7

# %% [markdown]
# ## Collect
#
# As `nextclose collect` does: a source gives prices, they are cleaned, checked against the exchange's calendar, and
# kept in a price store with a report of what was found.

# %%
store = tempfile.TemporaryDirectory(prefix="nextclose-notebook-")
settings = JobsSettings(store=store.name)
csv = os.environ.get("NEXTCLOSE_NOTEBOOK_CSV")
if csv:
    symbol = os.environ.get("NEXTCLOSE_NOTEBOOK_SYMBOL", "PETR4.SA")
    (outcome,) = collect_prices(settings, [symbol], CollectOptions(csv=Path(csv)), lambda *_: None)
    if outcome.error is not None:
        raise outcome.error
else:
    symbol = collect_packaged(settings)
print(PriceStore(settings.store).read_quality(symbol).to_text())

# %%
whole = PriceStore(settings.store).read(symbol)
last = slice(-SESSIONS, None)
series = replace(whole, dates=whole.dates[last], close=whole.close[last], adjusted=whole.adjusted[last])
closes, dates = series.adjusted, series.dates

# %% [markdown]
# ## Look
#
# Closes wander; their day to day changes do not, but come in calm and in wild weeks.

# %%
returns = np.diff(np.log(closes))
figure, (above, below) = plt.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
above.plot(dates, closes, linewidth=1)
above.set_ylabel("close")
below.plot(dates[1:], returns, linewidth=0.6)
below.set_ylabel("log-return")
_ = above.set_title(symbol)


# %%
def autocorrelation(values, lag):
    """Correlation of a series with itself so many sessions before."""
    return float(np.corrcoef(values[lag:], values[:-lag])[0, 1])


lags = [1, 2, 5, 10, 20]
pd.DataFrame(
    {
        "log-return": [autocorrelation(returns, lag) for lag in lags],
        "its size": [autocorrelation(np.abs(returns), lag) for lag in lags],
    },
    index=pd.Index(lags, name="sessions before"),
).round(3)

# %% [markdown]
# The direction of a change is hardly connected with the changes before it: for the next close nothing known beats
# the last one by much. The *size* of a change is: that can be forecast, and that is what an interval says.
#
# ## Train small
#
# The window of 60 closes becomes 59 log-returns in units of recent volatility; the network answers seven quantiles
# in the same units. Its untrained state is the last close with the quantiles of the past around it, so training can
# only earn its keep. The sessions are split by time, with 60 sessions left out between the parts; the last 250 are
# for the gate alone.

# %%
trained = train([series], Recipe(), SEED)
split = trained.split
print(f"trained until {split.train_until}, validated until {split.validation_until}, judged from {split.gate_from}")
pd.DataFrame(
    [(one.epoch, one.train, one.validation) for one in trained.history],
    columns=["epoch", "training loss", "validation loss"],
).set_index("epoch").round(4)

# %%
kept = f"epoch {trained.best_epoch}" if trained.best_epoch else "the untrained state, as no epoch was better"
Markdown(f"Kept is what did best on the validation part: **{kept}**.")

# %% [markdown]
# ## Evaluate
#
# On the 250 sessions that the fit has not seen, beside four baselines whose median is the last close.

# %%
windows = windows_of([series])
windows = windows.select(split.in_gate(windows.target_date))


def as_forecasts(quantiles):
    """Quantiles for the gate's sessions with the closes that came."""
    names = np.full(len(windows), symbol)
    return Forecasts(names, windows.target_date, windows.last, windows.following, quantiles)


ours = as_forecasts(forecast(trained.cut, windows.closes))
baselines = baseline_forecasts(symbol, dates, closes, np.datetime64(split.train_until), split.gate)
evaluation = evaluate(ours, baselines)
header, *rows = table(evaluation)
pd.DataFrame(rows, columns=header).set_index("")

# %%
Markdown("\n\n".join(evaluation.verdict.sentences))

# %% [markdown]
# ## Why levels with MinMax fail
#
# What most tutorials do: scale the closes themselves to 0..1, and let an LSTM forecast the next level from the last
# 60. Three things are wrong with it, and each can be measured.
#
# 1. A price leaves the range that it was scaled by, and the network never saw what lies outside.
# 2. The loss rewards being near the level, which the last close is already; what is left for the network is its own
#    noise.
# 3. Scaled by the minimum and maximum of the *whole* series, as is often done, the training already knows how high
#    prices will go. That is a leak, and it flatters the result.


# %%
def minmax_forecasts(scaler):
    """Levels for the gate's sessions from a network trained on levels until the same day as ours; float64 [250]."""
    keras.utils.set_random_seed(SEED)
    known = windows_of([series])
    rows = known.select(split.in_train(known.target_date))

    def scaled(values):
        return scaler.transform(values.reshape(-1, 1)).reshape(values.shape)

    network = keras.Sequential([keras.Input((60, 1)), keras.layers.LSTM(50), keras.layers.Dense(1)])
    network.compile("adam", loss="mae")
    network.fit(scaled(rows.closes)[..., None], scaled(rows.following), epochs=10, batch_size=64, verbose=0)
    answer = network.predict(scaled(windows.closes)[..., None], batch_size=512, verbose=0)
    return scaler.inverse_transform(answer)[:, 0]


training_closes = closes[dates <= np.datetime64(split.train_until)].reshape(-1, 1)
levels = {
    "levels, MinMax of the training part": minmax_forecasts(MinMaxScaler().fit(training_closes)),
    "levels, MinMax of everything (a leak)": minmax_forecasts(MinMaxScaler().fit(closes.reshape(-1, 1))),
}

# %%
naive_error = naive_error_points(ours)
errors = {name: np.abs(windows.following - level) / windows.last for name, level in levels.items()}
errors["this model"] = absolute_error_points(ours)
tests = {name: compare(error, naive_error) for name, error in errors.items()}
price_errors = {name: np.abs(windows.following - level).mean() for name, level in levels.items()}
price_errors["this model"] = np.abs(windows.following - ours.point).mean()
mase = {name: float(error / np.abs(windows.following - windows.last).mean()) for name, error in price_errors.items()}
pd.DataFrame(
    {
        "mean absolute error": {name: percent_text(error.mean(), 2) for name, error in errors.items()},
        "MASE": {name: f"{value:.2f}" for name, value in mase.items()},
        "equally good as the last close?": {name: p_text(test.p_different) for name, test in tests.items()},
    }
)

# %%
low, high = float(training_closes.min()), float(training_closes.max())
outside = float(np.mean((windows.following < low) | (windows.following > high)))
leaked, honest = (mase[name] for name in reversed(levels))
Markdown(
    f"MASE is the error over that of *tomorrow = today*: above 1 it is worse. The honest network on levels has "
    f"**{honest:.2f}**, this model **{mase['this model']:.3f}**. "
    f"{percent_text(outside, 0)} of the closes to forecast lie outside of the range {low:,.2f} to {high:,.2f} that "
    f"the levels were scaled by. With the leak the same network shows {leaked:.2f}: a number that nobody gets on "
    "sessions that are really still to come."
)

# %%
figure, axes = plt.subplots(figsize=(9, 3.5), layout="constrained")
axes.plot(windows.target_date, windows.following, color="black", linewidth=1, label="close")
for (name, level), dash in zip(levels.items(), ("--", ":"), strict=True):
    axes.plot(windows.target_date, level, linestyle=dash, label=name)
axes.set_ylabel("price")
_ = axes.legend()
# %% [markdown]
# ## What the intervals are worth
#
# An interval that always has the same width holds the right share of closes on average, and too few of them when it
# matters. The sessions in order of the volatility before them, in five parts: calm to wild.

# %%
order = np.argsort(windows.sigma)
fifths = np.array_split(order, 5)
names = ["calmest fifth", "second", "third", "fourth", "wildest fifth"]
held = {
    name: [float(covered(one, 80)[rows].mean()) for rows in fifths]
    for name, one in {"this model": ours, "ewma": baselines[EWMA], "naive": baselines[NAIVE]}.items()
}
widths = [float(np.mean((ours.quantiles[rows, 5] - ours.quantiles[rows, 1]) / windows.last[rows])) for rows in fifths]
pd.DataFrame(
    {
        **{f"80 % interval of {name} held": [percent_text(share) for share in shares] for name, shares in held.items()},
        "width of this model's": [percent_text(width, 2) for width in widths],
    },
    index=names,
)

# %%
crps = {name: measure(one).crps for name, one in {"this model": ours, "naive": baselines[NAIVE]}.items()}
spread = {name: max(shares) - min(shares) for name, shares in held.items()}
saved = evaluation.tests[NAIVE].distribution
points = {name: f"{100 * share:.0f}" for name, share in spread.items()}
held_all = ", ".join(percent_text(share) for share in evaluation.pooled[MODEL].coverage.values())
Markdown(
    "Between calm and wild sessions the share that the constant interval held differs by "
    f"{points['naive']} points, that of this model by {points['this model']}. Over all {len(windows)} sessions "
    f"the CRPS, which scores all of the distribution, is {percent_text(crps['this model'], 3)} against "
    f"{percent_text(crps['naive'], 3)}: {percent_text(evaluation.skill[NAIVE], 1)} saved "
    f"({p_text(saved.p_different)}). In the 50, 80 and 90 % intervals lay {held_all} of the closes."
)

# %% [markdown]
# That is what a forecast of the next close can honestly offer: the last close, and how far from it the next one may
# lie. None of it says whether a price will rise or fall.

# %%
measured = {
    "symbol": symbol,
    "sessions": len(windows),
    "mase": mase,
    "p_levels": tests["levels, MinMax of the training part"].p_different,
    "outside": outside,
    "coverage": {str(percent): share for percent, share in evaluation.pooled[MODEL].coverage.items()},
    "skill_naive": evaluation.skill[NAIVE],
    "spread": spread,
}
store.cleanup()
measured
