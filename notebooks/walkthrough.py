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
# # From prices to an evaluated forecast
#
# This notebook collects prices, trains a small model and evaluates it. Then it shows why the usual approach
# (price levels scaled with MinMax) fails, and how good the intervals are. All numbers are measured here, with the
# same code that `nextclose` runs. It takes half a minute on two cores.
#
# The prices are those of the S&P 500 index until the end of 2018 from the package `arch`, so no network is
# needed. To use your own file with the columns Date and Close, set `NEXTCLOSE_NOTEBOOK_CSV` to its path and
# `NEXTCLOSE_NOTEBOOK_SYMBOL` to its symbol.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown
from sklearn.preprocessing import MinMaxScaler

from jobs.pipeline.collect import CollectOptions, collect_packaged, collect_prices
from jobs.settings import JobsSettings
from model.evaluation.baselines import EWMA, NAIVE, baseline_forecasts
from model.evaluation.evaluate import MODEL, evaluate
from model.evaluation.forecasts import Forecasts
from model.evaluation.measures import absolute_error_points, covered, measure, naive_error_points
from model.evaluation.number_format import p_text, percent_text
from model.evaluation.significance import compare
from model.evaluation.table import table
from model.prices.store import PriceStore
from model.quiet_tensorflow import keras
from model.training.dataset import windows_of
from model.training.predict import forecast
from model.training.recipe import Recipe
from model.training.train import train

SESSIONS = 3000  # most recent sessions; enough for training, and fast
SEED = 7

# %% [markdown]
# ## Collect prices
#
# As in `nextclose collect`, prices are read from a source, cleaned, checked against the exchange calendar and
# stored in a price store together with a quality report.

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
series = whole.select(slice(-SESSIONS, None))
closes, dates = series.adjusted, series.dates

# %% [markdown]
# ## Look at the data
#
# Closes follow a random walk. Their daily changes have no trend, but calm and volatile periods alternate.

# %%
returns = np.diff(np.log(closes))
figure, (upper, lower) = plt.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
upper.plot(dates, closes, linewidth=1)
upper.set_ylabel("close")
lower.plot(dates[1:], returns, linewidth=0.6)
lower.set_ylabel("log-return")
_ = upper.set_title(symbol)


# %%
def autocorrelation(values, lag):
    """Correlation of a series with itself `lag` sessions earlier."""
    return float(np.corrcoef(values[lag:], values[:-lag])[0, 1])


lags = [1, 2, 5, 10, 20]
pd.DataFrame(
    {
        "log-return": [autocorrelation(returns, lag) for lag in lags],
        "absolute log-return": [autocorrelation(np.abs(returns), lag) for lag in lags],
    },
    index=pd.Index(lags, name="lag in sessions"),
).round(3)

# %% [markdown]
# The direction of a change hardly correlates with earlier changes, so no known forecast of the next close beats
# the last close by much. The *size* of changes does correlate: it can be forecast, and the intervals express it.
#
# ## Train a small model
#
# The features of a window of 60 closes are 59 log-returns in units of recent volatility. The network outputs
# seven quantiles in the same units. Before training, its output is the last close with the empirical quantiles of
# past returns; training is kept only if it improves on that. The sessions are split by time, with gaps of 60
# sessions between the parts. The last 250 sessions are reserved for the gate.

# %%
trained = train([series], Recipe(), SEED)
split = trained.split
print(f"trained until {split.train_until}, validated until {split.validation_until}, evaluated from {split.gate_from}")
pd.DataFrame(
    [(one.epoch, one.train, one.validation) for one in trained.history],
    columns=["epoch", "training loss", "validation loss"],
).set_index("epoch").round(4)

# %%
best = f"epoch {trained.best_epoch}" if trained.best_epoch else "the untrained state, because no epoch was better"
Markdown(f"Best on the validation part, and therefore kept: **{best}**.")

# %% [markdown]
# ## Evaluate
#
# The model is evaluated on 250 sessions that were not used for training, together with four baselines whose
# median is the last close.

# %%
windows = windows_of([series])
windows = windows.select(split.in_gate(windows.target_date))


def as_forecasts(quantiles):
    """Combine quantiles for the gate sessions with the actual closes."""
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
# Most tutorials scale the closes themselves to 0..1 and train an LSTM to predict the next level from the last 60.
# This has three measurable problems:
#
# 1. Prices leave the range of the training part, and the network was never trained on values outside it.
# 2. The loss rewards predictions close to the level. The last close is already such a prediction, so the network
#    only adds noise.
# 3. The scaler is often fitted on the *whole* series. Its minimum and maximum then leak future prices into the
#    training, and the results look better than they are.


# %%
def minmax_forecasts(scaler):
    """Predict levels for the gate sessions, float64 [250], with a network trained on the training part."""
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
    "levels, MinMax of all sessions (leak)": minmax_forecasts(MinMaxScaler().fit(closes.reshape(-1, 1))),
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
        "p-value against the last close": {name: p_text(test.p_different) for name, test in tests.items()},
    }
)

# %%
low, high = float(training_closes.min()), float(training_closes.max())
outside = float(np.mean((windows.following < low) | (windows.following > high)))
leaked, honest = (mase[name] for name in reversed(levels))
Markdown(
    "MASE is the error divided by the error of *tomorrow = today*; above 1 is worse. The network on levels without "
    f"the leak has **{honest:.2f}**, this model **{mase['this model']:.3f}**. "
    f"{percent_text(outside, 0)} of the closes to forecast are outside the range {low:,.2f} to {high:,.2f} of the "
    f"training part. With the leak, the same network has {leaked:.2f}, which cannot be reproduced on future sessions."
)

# %%
figure, axes = plt.subplots(figsize=(9, 3.5), layout="constrained")
axes.plot(windows.target_date, windows.following, color="black", linewidth=1, label="close")
for (name, level), dash in zip(levels.items(), ("--", ":"), strict=True):
    axes.plot(windows.target_date, level, linestyle=dash, label=name)
axes.set_ylabel("price")
_ = axes.legend()
# %% [markdown]
# ## How good the intervals are
#
# An interval of constant width has the right coverage on average, but too little in volatile periods. The table
# groups the sessions into five parts by the volatility before them.

# %%
order = np.argsort(windows.sigma)
fifths = np.array_split(order, 5)
names = ["least volatile fifth", "second", "third", "fourth", "most volatile fifth"]
coverage = {
    name: [float(covered(one, 80)[rows].mean()) for rows in fifths]
    for name, one in {"this model": ours, "ewma": baselines[EWMA], "naive": baselines[NAIVE]}.items()
}
widths = [float(np.mean((ours.quantiles[rows, 5] - ours.quantiles[rows, 1]) / windows.last[rows])) for rows in fifths]
pd.DataFrame(
    {
        **{
            f"coverage of the 80 % interval, {name}": [percent_text(share) for share in shares]
            for name, shares in coverage.items()
        },
        "width, this model": [percent_text(width, 2) for width in widths],
    },
    index=names,
)

# %%
crps = {name: measure(one).crps for name, one in {"this model": ours, "naive": baselines[NAIVE]}.items()}
spread = {name: max(shares) - min(shares) for name, shares in coverage.items()}
saved = evaluation.tests[NAIVE].distribution
points = {name: f"{100 * share:.0f}" for name, share in spread.items()}
coverages = ", ".join(percent_text(share) for share in evaluation.pooled[MODEL].coverage.values())
Markdown(
    "The coverage of the constant interval differs by "
    f"{points['naive']} percentage points between the fifths, that of this model by {points['this model']}. Over all "
    f"{len(windows)} sessions, the CRPS, which scores the whole distribution, is {percent_text(crps['this model'], 3)} "
    f"instead of {percent_text(crps['naive'], 3)}, an improvement of {percent_text(evaluation.skill[NAIVE], 1)} "
    f"({p_text(saved.p_different)}). The 50, 80 and 90 % intervals contained {coverages} of the closes."
)

# %% [markdown]
# This is the information that an honest forecast of the next close can give: the last close, and how far the next
# close may be from it. It does not say whether the price will rise or fall.

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
