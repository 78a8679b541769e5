from dataclasses import replace

import pytest

from model.training.data_split import SplitRule
from model.training.recipe import FitSettings, Recipe


def test_equal_recipes_have_equal_digests() -> None:
    assert Recipe().digest == Recipe().digest
    assert len(Recipe().digest) == 64


@pytest.mark.parametrize(
    "other",
    [
        replace(Recipe(), name="another"),
        replace(Recipe(), units=17),
        replace(Recipe(), shrink_above=1.003),
        replace(Recipe(), split=SplitRule(gate=251)),
        replace(Recipe(), scratch=FitSettings(learning_rate=4e-3, batch=512, epochs=10, patience=5)),
        replace(Recipe(), finetune=FitSettings(learning_rate=5e-4, batch=64, epochs=12, patience=5, clip_norm=2.0)),
    ],
)
def test_every_hyperparameter_changes_the_digest(other: Recipe) -> None:
    assert other.digest != Recipe().digest
