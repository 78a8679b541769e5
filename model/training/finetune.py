"""Fine-tuning of a former fit, which is kept unchanged if the validation loss does not improve."""

from dataclasses import replace

from model.contract import features
from model.training.dataset import TrainingWindows
from model.training.fit import EpochCallback, FitResult, fit, fit_epochs
from model.training.network import copy_network
from model.training.predict import Forecaster
from model.training.recipe import Recipe
from model.training.scratch import rows_of


def finetune(
    former: Forecaster,
    train: TrainingWindows,
    validation: TrainingWindows,
    recipe: Recipe,
    seed: int,
    progress: EpochCallback | None = None,
) -> tuple[Forecaster, FitResult]:
    """Continue the training of a former fit on a copy of its network.

    The scaler of the former fit is kept, because its weights were trained on inputs scaled with it. If no epoch
    improves the validation loss, `former` itself is returned.

    Raises:
        TrainingError: `train` or `validation` is empty, or the loss is not finite.
    """
    network = copy_network(former.network)
    scaling = features.Scaling.of(former.scaler)
    parts = rows_of(train, scaling), rows_of(validation, scaling)
    course = fit(network, *parts, recipe.finetune, seed, progress)
    return (replace(former, network=network) if course.best_epoch else former), course


def refinetune(
    former: Forecaster,
    windows: TrainingWindows,
    recipe: Recipe,
    seed: int,
    epochs: int,
    shrink: float,
    progress: EpochCallback | None = None,
) -> Forecaster:
    """Repeat the fine-tuning on all rows, with the number of epochs and the lambda found by validation.

    Raises:
        TrainingError: There are no rows, or the loss is not finite.
    """
    network = copy_network(former.network)
    rows = rows_of(windows, features.Scaling.of(former.scaler))
    fit_epochs(network, rows, recipe.finetune, seed, epochs, progress)
    return replace(former, network=network, shrink=shrink)
