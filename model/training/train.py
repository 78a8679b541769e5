"""Training of a model: split the data, fit on the data before the gate, and refit on all data for the export.

The result has two forecasters. `cut` is fitted without the gate's sessions and the embargo before them, and the gate
judges the recipe by it. `final` has the same recipe, but is fitted on all data and exported, so that the served model
also learns from the last two years. It must never be measured on dates that it was trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from model.contract.errors import TrainingError
from model.contract.levels import MEDIAN
from model.prices.series import PriceSeries
from model.training.data_split import DataSplit, chronological_split
from model.training.dataset import TrainingWindows, windows_of
from model.training.fit import EpochCallback, EpochLoss, FitResult, finetune, fit_scratch, refinetune, refit_scratch
from model.training.predict import Forecaster, forecast
from model.training.recipe import Recipe
from model.training.validation import Validation, choose_shrink, mean_scaled_error


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Prices of one symbol that a model was trained on.

    Attributes:
        symbol: Name of the symbol.
        source: Source of the prices.
        first: Date of the first close.
        last: Date of the last close.
        sessions: Number of closes.
        digest: Digest of the series.
    """

    symbol: str
    source: str
    first: date
    last: date
    sessions: int
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class BaseVersion:
    """A former version to fine-tune.

    Both of its forecasters are needed: `final` was trained on dates of the current gate, so only `cut` may be judged.

    Attributes:
        cut: As in `TrainedModel`.
        final: As in `TrainedModel`.
        until: The last date of its split, `TrainedModel.split.gate_until`.
    """

    cut: Forecaster
    final: Forecaster
    until: date


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """The result of a training.

    Attributes:
        cut: Forecaster fitted on the data before the gate; for the gate only.
        final: Forecaster fitted on all data with the epochs and the lambda found for `cut`; for the export.
        changed: False if a fine-tuning improved nothing; both forecasters are then those of the former version.
        finetuned: Whether a former version was fine-tuned.
        recipe: Recipe of the training.
        seed: Seed of the training.
        split: Split of the sessions.
        best_epoch: Number of epochs that `final` was trained for; 0 is the untrained (or former) state.
        history: Losses of every epoch of the fit of `cut`, starting with epoch 0.
        validation: Measures of `cut` on the validation part.
        data: One entry per symbol, in the order of the series.
    """

    cut: Forecaster
    final: Forecaster
    changed: bool
    finetuned: bool
    recipe: Recipe
    seed: int
    split: DataSplit
    best_epoch: int
    history: tuple[EpochLoss, ...]
    validation: Validation
    data: tuple[TrainingData, ...]

    @property
    def shrink(self) -> float:
        """Lambda, the same in both forecasters."""
        return self.final.shrink

    @property
    def former(self) -> BaseVersion:
        """This model as the start of a fine-tuning."""
        return BaseVersion(self.cut, self.final, self.split.gate_until)


def train(
    series: Sequence[PriceSeries],
    recipe: Recipe,
    seed: int,
    *,
    former: BaseVersion | None = None,
    progress: EpochCallback | None = None,
) -> TrainedModel:
    """Train on one symbol or on several pooled ones, from scratch or from a former version.

    Equal series, recipe, former version and seed give equal weights on the same machine, bit for bit.

    Args:
        series: Cleaned prices, one series per symbol.
        recipe: All hyperparameters.
        seed: Seed of the initial weights and of the order of rows.
        former: The version to fine-tune; its data must not be newer than `series`.
        progress: Called after every epoch of the first fit, then of the refit (without a validation loss).

    Raises:
        NotEnoughDataError: There are too few sessions for the split.
        TrainingError: The prices or the former version cannot be used, or a loss is not finite.
    """
    split = chronological_split(series, recipe.split)
    if former and former.until > split.gate_until:
        raise TrainingError(
            f"former version: expected prices until {former.until} or later, the end of its own data, got prices until "
            f"{split.gate_until}: it may have been trained on dates of the gate"
        )
    windows = windows_of(series)
    train_rows = windows.select(split.in_train(windows.target_date))
    validation_rows = windows.select(split.in_validation(windows.target_date))

    if former:
        cut, course = finetune(former.cut, train_rows, validation_rows, recipe, seed, progress)
    else:
        cut, course = fit_scratch(train_rows, validation_rows, recipe, seed, progress)
    validation = _validate(cut, validation_rows, course)
    changed = former is None or course.best_epoch > 0
    if changed:
        cut = replace(cut, shrink=choose_shrink(validation.mase, recipe.shrink_above))

    if former and not changed:
        final = former.final
    elif former:
        final = refinetune(former.final, windows, recipe, seed, course.best_epoch, cut.shrink, progress)
    else:
        final = refit_scratch(windows, recipe, seed, course.best_epoch, cut.shrink, progress)
    return TrainedModel(
        cut=cut,
        final=final,
        changed=changed,
        finetuned=former is not None,
        recipe=recipe,
        seed=seed,
        split=split,
        best_epoch=course.best_epoch,
        history=course.history,
        validation=validation,
        data=tuple(TrainingData(one.symbol, one.source, one.first, one.last, len(one), one.digest) for one in series),
    )


def _validate(cut: Forecaster, rows: TrainingWindows, course: FitResult) -> Validation:
    median = forecast(replace(cut, shrink=1.0), rows.closes)[:, MEDIAN]
    return Validation(
        rows=len(rows),
        pinball_before=course.history[0].validation,
        pinball=course.history[course.best_epoch].validation,
        mase=mean_scaled_error(rows, median),
    )
