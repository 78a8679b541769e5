"""The composition: split, fit at the cut for the gate, refit on all data for the export.

Two forecasters leave it. `cut` has seen nothing of the embargo before the gate or of the gate itself: the gate judges
the recipe by it. `final` is the same recipe on all data: it is what is exported, so that what is served is not two
years old, and it must never be measured on dates that it was trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from model.contract.errors import TrainingError
from model.contract.levels import MEDIAN
from model.prices.series import PriceSeries
from model.training.dataset import Windows, windows_of
from model.training.finetune import finetune, refinetune
from model.training.fit import Course, EpochLoss, Progress
from model.training.predict import Forecaster, forecast
from model.training.recipe import Recipe
from model.training.scratch import fit_scratch, refit_scratch
from model.training.split import Split, chronological_split
from model.training.validation import Validation, choose_shrink, mean_scaled_error


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """One symbol's prices that a model was trained on; `digest` is the series' own."""

    symbol: str
    source: str
    first: date
    last: date
    sessions: int
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class Former:
    """A former version to go on from. Both of its forecasters are needed: `final` has seen today's gate dates.

    Attributes:
        cut, final: as in `TrainedModel`. until: the last date of its split, `TrainedModel.split.gate_until`.
    """

    cut: Forecaster
    final: Forecaster
    until: date


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """What training gives.

    Attributes:
        cut: fitted before the gate's dates; for the gate only.
        final: fitted on all data with the epochs and the lambda found at the cut; for the export.
        changed: False where a fine-tuning improved nothing: both forecasters are then the former's.
        finetuned: whether it went on from a former version.
        recipe, seed, split: what it was made with.
        best_epoch: epochs that `final` was trained for; 0 is the untrained (or former) state.
        history: losses of every epoch at the cut, epoch 0 first.
        validation: measures of `cut` on the validation part.
        data: one entry a symbol, in the order given.
    """

    cut: Forecaster
    final: Forecaster
    changed: bool
    finetuned: bool
    recipe: Recipe
    seed: int
    split: Split
    best_epoch: int
    history: tuple[EpochLoss, ...]
    validation: Validation
    data: tuple[TrainedOn, ...]

    @property
    def shrink(self) -> float:
        """Lambda, the same in both forecasters."""
        return self.final.shrink

    @property
    def former(self) -> Former:
        """This model as the start of a fine-tuning."""
        return Former(self.cut, self.final, self.split.gate_until)


def train(
    series: Sequence[PriceSeries],
    recipe: Recipe,
    seed: int,
    *,
    former: Former | None = None,
    progress: Progress | None = None,
) -> TrainedModel:
    """Trains on one symbol or several pooled ones, from the start or from a former version.

    Equal series, recipe, former and seed give equal weights on the same machine, bit for bit.

    Args:
        series: cleaned prices, one a symbol.
        recipe: every hyperparameter.
        seed: of the initial weights and of the order of rows.
        former: the version to fine-tune; its data must not be newer than `series`.
        progress: called after every epoch at the cut, then of the refit (there without a validation loss).

    Raises:
        NotEnoughDataError: too few sessions for the split.
        TrainingError: prices or a former version that cannot be used, or a loss that is not finite.
    """
    split = chronological_split(series, recipe.split)
    if former and former.until > split.gate_until:
        raise TrainingError(
            f"former version: expected prices that reach {former.until} or later as its own did, got prices until "
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
        data=tuple(TrainedOn(one.symbol, one.source, one.first, one.last, len(one), one.digest) for one in series),
    )


def _validate(cut: Forecaster, rows: Windows, course: Course) -> Validation:
    median = forecast(replace(cut, shrink=1.0), rows.closes)[:, MEDIAN]
    return Validation(
        rows=len(rows),
        pinball_before=course.history[0].validation,
        pinball=course.history[course.best_epoch].validation,
        mase=mean_scaled_error(rows, median),
    )
