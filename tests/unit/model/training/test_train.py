import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from model.contract.errors import TrainingError
from model.contract.features import Scaling, window_features
from model.contract.levels import MEDIAN
from model.prices.series import PriceSeries
from model.training.dataset import windows_of
from model.training.fit import finetune, fit_epochs, rows_of, untrained
from model.training.network import build_network
from model.training.predict import Forecaster, forecast, raw_quantiles
from model.training.recipe import FitSettings, Recipe
from model.training.train import BaseVersion, TrainedModel, train
from tests.scaled_series import scaled
from tests.unit.model.training.conftest import ProgressEvent, cut_series


def equal_weights(one: Forecaster, other: Forecaster) -> bool:
    return all(
        np.array_equal(a, b) for a, b in zip(one.network.get_weights(), other.network.get_weights(), strict=True)
    )


def test_same_data_and_seed_give_identical_weights(trained: TrainedModel, series: PriceSeries, recipe: Recipe) -> None:
    again = train([series], recipe, seed=1)
    assert equal_weights(trained.cut, again.cut)
    assert equal_weights(trained.final, again.final)
    assert again.history == trained.history
    assert not equal_weights(trained.cut, train([series], recipe, seed=2).cut)


def test_cut_does_not_use_data_after_validation(trained: TrainedModel, series: PriceSeries, recipe: Recipe) -> None:
    after = series.dates > np.datetime64(trained.split.validation_until)
    factor = np.where(after, np.linspace(1, 2, len(series)), 1.0)
    changed = train([scaled(series, factor)], recipe, seed=1)
    assert equal_weights(changed.cut, trained.cut)
    assert np.array_equal(changed.cut.scaler.mean_, trained.cut.scaler.mean_)
    assert not equal_weights(changed.final, trained.final)
    assert not np.array_equal(changed.final.scaler.mean_, trained.final.scaler.mean_)


def test_scalers_are_fitted_on_the_rows_of_each_fit(trained: TrainedModel, series: PriceSeries) -> None:
    windows = windows_of([series])
    rows = windows.select(trained.split.in_train(windows.target_date))
    np.testing.assert_allclose(trained.cut.scaler.mean_, rows.features.mean((0, 1), dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(trained.final.scaler.mean_, windows.features.mean((0, 1), dtype=np.float64), rtol=1e-6)


def test_model_records_its_data_and_settings(trained: TrainedModel, series: PriceSeries, recipe: Recipe) -> None:
    (data,) = trained.data
    assert (data.symbol, data.first, data.last, data.sessions) == (
        series.symbol,
        series.first,
        series.last,
        len(series),
    )
    assert data.digest == series.digest
    assert (trained.recipe, trained.seed, trained.changed, trained.finetuned) == (recipe, 1, True, False)
    assert trained.validation.pinball == min(epoch.validation for epoch in trained.history)
    assert trained.validation.pinball <= trained.validation.pinball_before
    assert trained.shrink == (0.0 if trained.validation.mase > recipe.shrink_above else 1.0)


def test_progress_reports_both_fits(trained: TrainedModel, progress: list[ProgressEvent]) -> None:
    at_cut = [event for event in progress if event[3] is not None]
    assert [event[0] for event in at_cut] == [epoch.epoch for epoch in trained.history]
    assert [event[:2] for event in progress[len(at_cut) :]] == [
        (epoch, trained.best_epoch) for epoch in range(1, trained.best_epoch + 1)
    ]


def test_forecasts_convert_the_network_s_quantiles_to_prices(trained: TrainedModel, series: PriceSeries) -> None:
    closes = windows_of([series]).closes[-20:]
    quantiles = forecast(trained.final, closes, batch=8)
    assert (np.diff(quantiles, axis=1) >= 0).all()
    unscaled, sigma = window_features(closes)
    raw = raw_quantiles(trained.final.network, Scaling.of(trained.final.scaler).apply(unscaled)).astype(np.float64)
    for shrink in (0.0, 1.0):
        expected = closes[:, -1:] * np.exp(sigma[:, None] * (raw - (1 - shrink) * raw[:, [MEDIAN]]))
        np.testing.assert_allclose(forecast(replace(trained.final, shrink=shrink), closes), expected, rtol=1e-6)
    assert np.array_equal(forecast(replace(trained.final, shrink=0.0), closes)[:, MEDIAN], closes[:, -1])


def test_untrained_network_forecasts_the_last_close(series: PriceSeries, recipe: Recipe) -> None:
    windows = windows_of([series])
    quantiles = forecast(untrained(windows, recipe, 0), windows.closes)
    assert np.array_equal(quantiles[:, MEDIAN], windows.last)
    inside = ((windows.following >= quantiles[:, 1]) & (windows.following <= quantiles[:, 5])).mean()
    # Differs only by the empirical median, which the untrained network sets to zero.
    assert inside == pytest.approx(0.8, abs=0.03)


def test_pooled_symbols_train_one_model(series: PriceSeries, other: PriceSeries, recipe: Recipe) -> None:
    pooled = train([series, other], recipe, seed=1)
    assert [data.symbol for data in pooled.data] == [series.symbol, "REVERSED"]
    windows = windows_of([series, other])
    assert pooled.validation.rows == np.count_nonzero(pooled.split.in_validation(windows.target_date))
    np.testing.assert_allclose(pooled.final.scaler.mean_, windows.features.mean((0, 1), dtype=np.float64), rtol=1e-6)


def test_finetuning_without_improvement_returns_the_former_version(
    trained: TrainedModel, series: PriceSeries, recipe: Recipe
) -> None:
    # A learning rate at which the loss only increases.
    diverging = replace(recipe, finetune=FitSettings(learning_rate=10.0, batch=64, epochs=2, patience=2))
    same = train([series], diverging, seed=1, former=trained.former)
    assert (same.changed, same.best_epoch, same.finetuned) == (False, 0, True)
    assert same.cut is trained.cut
    assert same.final is trained.final


def test_finetuning_improves_a_copy_of_the_former_version(series: PriceSeries, recipe: Recipe) -> None:
    windows = windows_of([series])
    former = untrained(windows, recipe, 0)
    # The quantiles are four times too wide, so training improves them.
    head = former.network.get_layer("head")
    head.bias.assign(np.array([0, np.log(4), *head.bias.numpy()[2:]], np.float32))
    before = former.network.get_weights()
    steady = replace(recipe, finetune=FitSettings(learning_rate=5e-3, batch=64, epochs=2, patience=1))
    tuned = train([series], steady, seed=1, former=BaseVersion(former, former, series.last))
    assert tuned.changed
    assert tuned.best_epoch > 0
    assert tuned.validation.pinball < tuned.validation.pinball_before
    assert tuned.cut.scaler is former.scaler
    assert not equal_weights(tuned.cut, tuned.final)
    assert all(np.array_equal(a, b) for a, b in zip(before, former.network.get_weights(), strict=True))


def test_former_version_with_newer_data_is_refused(trained: TrainedModel, series: PriceSeries, recipe: Recipe) -> None:
    newer = replace(trained.former, until=series.last + timedelta(days=1))
    with pytest.raises(TrainingError, match="it may have been trained on dates of the gate"):
        train([series], recipe, seed=1, former=newer)
    with pytest.raises(TrainingError, match=f"got prices until {cut_series(series, slice(-1)).last}"):
        train([cut_series(series, slice(-1))], recipe, seed=1, former=trained.former)


def test_finetuning_of_a_loaded_network_gives_the_same_losses(
    trained: TrainedModel, series: PriceSeries, recipe: Recipe
) -> None:
    """A new network with the same weights stands for one loaded from a version folder."""
    windows = windows_of([series])
    train_rows, validation = (
        windows.select(part(windows.target_date)) for part in (trained.split.in_train, trained.split.in_validation)
    )
    network = build_network(recipe.units, seed=9)
    network.set_weights(trained.cut.network.get_weights())
    loaded = replace(trained.cut, network=network)
    courses = [finetune(former, train_rows, validation, recipe, 3)[1] for former in (loaded, trained.cut)]
    assert courses[0] == courses[1]


def test_tensorflow_writes_nothing_to_the_terminal(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, numpy as np; from model.training.network import build_network; "
        "from model.training.predict import raw_quantiles; from model.training.saved_model import save; "
        "network = build_network(4, 0); raw_quantiles(network, np.zeros((2, 59, 3), np.float32)); "
        "save(network, pathlib.Path(sys.argv[1]))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "saved")], env=kept, capture_output=True, text=True, check=True
    )
    assert (ran.stdout, ran.stderr) == ("", "")


def test_final_is_refitted_on_all_rows(trained: TrainedModel, series: PriceSeries, recipe: Recipe) -> None:
    windows = windows_of([series])
    start = untrained(windows, recipe, 1)
    fit_epochs(start.network, rows_of(windows, Scaling.of(start.scaler)), recipe.scratch, 1, trained.best_epoch)
    assert equal_weights(start, trained.final)
