"""Fine-tuning: from a former fit's weights and scaler, kept as they are where validation does not improve."""

from dataclasses import replace

from model.contract import features
from model.training.dataset import Windows
from model.training.fit import Course, Progress, fit, fit_epochs
from model.training.network import copy_of
from model.training.predict import Forecaster
from model.training.recipe import Recipe
from model.training.scratch import rows_of


def finetune(
    former: Forecaster, train: Windows, validation: Windows, recipe: Recipe, seed: int, progress: Progress | None = None
) -> tuple[Forecaster, Course]:
    """Goes on from a former fit, which stays as it is.

    The scaler is the former's: its weights were learnt on inputs so scaled. Where the course's best epoch is 0, the
    answer is the former itself.

    Raises:
        TrainingError: a part is empty, or the loss is not finite.
    """
    network = copy_of(former.network)
    scaling = features.Scaling.of(former.scaler)
    parts = rows_of(train, scaling), rows_of(validation, scaling)
    course = fit(network, *parts, recipe.finetune, seed, progress)
    return (replace(former, network=network) if course.best_epoch else former), course


def refinetune(
    former: Forecaster,
    windows: Windows,
    recipe: Recipe,
    seed: int,
    epochs: int,
    shrink: float,
    progress: Progress | None = None,
) -> Forecaster:
    """The same fine-tuning on all rows, with the number of epochs and the lambda that were found.

    Raises:
        TrainingError: there are no rows, or the loss is not finite.
    """
    network = copy_of(former.network)
    rows = rows_of(windows, features.Scaling.of(former.scaler))
    fit_epochs(network, rows, recipe.finetune, seed, epochs, progress)
    return replace(former, network=network, shrink=shrink)
