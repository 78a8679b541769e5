"""Fixtures with an evaluated candidate, trained once per run of pytest on the last sessions of real prices."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.pipeline.candidate import TrainingRecord, candidate_folder
from jobs.pipeline.collect import CollectOptions, collect_prices
from jobs.pipeline.evaluate import evaluate_candidate
from jobs.pipeline.outcome import EvaluationOutcome
from jobs.pipeline.train import train_candidate
from jobs.settings import JobsSettings
from model.prices.sources.source import no_progress
from tests.build_once import build_once
from tests.conftest import PricesFile

SESSIONS = 1000  # slightly more than the minimum for a training


def settings_in(folder: Path, **given: object) -> JobsSettings:
    """Make settings whose price store, registry and work folder are in one folder."""
    places = {"models": str(folder / "models"), "store": str(folder / "store"), "work": folder / "work"}
    return JobsSettings.model_validate({**places, **given})


@dataclass(frozen=True, slots=True)
class TrainedCandidate:
    """A candidate that was trained and evaluated, with the folder of its files.

    Attributes:
        folder: Folder that contains models, price store and work folder.
        symbol: Symbol of the prices.
        record: Training record of the candidate.
        outcome: Outcome of its evaluation.
    """

    folder: Path
    symbol: str
    record: TrainingRecord
    outcome: EvaluationOutcome

    @property
    def settings(self) -> JobsSettings:
        return settings_in(self.folder)

    @property
    def candidate(self) -> Path:
        return candidate_folder(self.settings.work, self.settings.model_name)


@pytest.fixture(scope="session")
def trained_candidate(prices_file: PricesFile, tmp_path_factory: pytest.TempPathFactory) -> TrainedCandidate:
    """A candidate that was evaluated without a champion. Tests that change files use `candidate_copy`."""

    def evaluated(folder: Path) -> TrainedCandidate:
        header, *rows = prices_file.path.read_text().splitlines()
        own = folder / "own.csv"
        own.write_text("\n".join([header, *rows[-SESSIONS:]]))
        settings = settings_in(folder)
        (outcome,) = collect_prices(settings, [prices_file.symbol], CollectOptions(csv=own), no_progress)
        assert outcome.error is None, outcome.error
        record, trained = train_candidate(settings, [prices_file.symbol])
        assert trained
        return TrainedCandidate(folder, prices_file.symbol, record, evaluate_candidate(settings))

    return build_once(tmp_path_factory, "trained_candidate", evaluated)


@pytest.fixture
def candidate_copy(trained_candidate: TrainedCandidate, tmp_path: Path) -> TrainedCandidate:
    """A copy of `trained_candidate` for one test."""
    shutil.copytree(trained_candidate.folder, tmp_path, dirs_exist_ok=True)
    return TrainedCandidate(tmp_path, trained_candidate.symbol, trained_candidate.record, trained_candidate.outcome)
