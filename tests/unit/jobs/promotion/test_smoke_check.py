"""The smoke prediction of a small trained version."""

import shutil
from pathlib import Path

import pytest

from jobs.pipeline.export import export_candidate
from jobs.promotion.smoke_check import smoke_predict
from model.artefact.folder import Artefact
from model.artefact.golden import Golden
from model.contract.errors import PromotionError
from tests.unit.jobs.conftest import TrainedCandidate


@pytest.fixture
def artefact(candidate_copy: TrainedCandidate) -> Artefact:
    return export_candidate(candidate_copy.settings)


def test_version_that_computes_its_golden_answers_passes(artefact: Artefact) -> None:
    smoke_predict(artefact, Golden.of(artefact))


def test_different_outputs_are_reported(artefact: Artefact) -> None:
    golden = Golden.of(artefact)
    changed = [[value * 1.001 for value in row] for row in golden.quantiles]
    with pytest.raises(PromotionError, match=r"output 'quantiles', 28 of 28 values: expected .* got") as raised:
        smoke_predict(artefact, golden.model_copy(update={"quantiles": changed}))
    assert raised.value.check == "smoke"


def test_missing_network_is_reported(artefact: Artefact) -> None:
    golden = Golden.of(artefact)
    shutil.rmtree(artefact.folder / "saved_model")
    Path(artefact.folder, "saved_model").mkdir()
    with pytest.raises(PromotionError, match="cannot be loaded as a SavedModel") as raised:
        smoke_predict(artefact, golden)
    assert raised.value.check == "smoke"
