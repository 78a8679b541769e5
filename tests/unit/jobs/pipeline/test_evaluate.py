import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.pipeline.candidate import UNTRAINED, read_record
from jobs.pipeline.collect import CollectOptions, collect_prices
from jobs.pipeline.evaluate import _state, evaluate_candidate
from jobs.pipeline.export import export_candidate
from jobs.pipeline.outcome import delete_outcome, read_outcome
from jobs.pipeline.train import train_candidate
from model.artefact.local_registry import LocalRegistry
from model.artefact.manifest import METRICS
from model.contract.errors import SettingsError, TrainingError
from model.evaluation.gate import ChallengerKind
from model.prices.sources.source import no_progress
from model.prices.store import PriceStore
from tests.scaled_series import scaled
from tests.unit.jobs.conftest import TrainedCandidate, settings_in


def test_state_depends_on_gate_and_served_version(candidate_copy: TrainedCandidate) -> None:
    passed = replace(candidate_copy.outcome.decision, promoted=True)
    refused = replace(candidate_copy.outcome.decision, promoted=False)
    served = export_candidate(candidate_copy.settings)
    unchanged = candidate_copy.record.model_copy(update={"changed": False})
    assert _state(candidate_copy.record, passed, None) == "trained"
    assert _state(candidate_copy.record, passed, served) == "trained"
    assert _state(candidate_copy.record, refused, None) == "untrained", "no version is served yet"
    assert _state(candidate_copy.record, refused, served) == "refused", "the served version stays"
    assert _state(unchanged, passed, served) == "unchanged"
    assert _state(unchanged, refused, served) == "unchanged"


def test_first_candidate_is_judged_without_a_champion(trained_candidate: TrainedCandidate) -> None:
    outcome = trained_candidate.outcome
    assert outcome.decision.kind is None
    assert outcome.state == ("trained" if outcome.decision.promoted else "untrained")
    assert (trained_candidate.candidate / UNTRAINED).exists() == (outcome.state == "untrained")
    assert read_outcome(trained_candidate.candidate, trained_candidate.record) == (outcome.state, outcome.shrink)
    metrics = json.loads((trained_candidate.candidate / METRICS).read_text())
    assert metrics["state"] == outcome.state
    assert metrics["gate"]["sentence"] == outcome.decision.sentence
    assert outcome.report.read_text().count(trained_candidate.record.version) >= 1


def test_candidate_is_judged_against_the_served_version(candidate_copy: TrainedCandidate) -> None:
    served = export_candidate(candidate_copy.settings)
    again = evaluate_candidate(candidate_copy.settings)
    assert again.decision.kind is ChallengerKind.REFRESH, "the same recipe"
    assert {check.name for check in again.decision.checks} > {
        check.name for check in candidate_copy.outcome.decision.checks
    }
    assert again.state == ("trained" if again.decision.promoted else "refused")
    if again.state == "refused":
        with pytest.raises(TrainingError, match="the gate refused it"):
            export_candidate(candidate_copy.settings)
    assert LocalRegistry(Path(candidate_copy.settings.models), "nextclose").current() == served.version


def test_prices_that_changed_after_training_are_refused(candidate_copy: TrainedCandidate) -> None:
    store = PriceStore(candidate_copy.settings.store)
    series, quality = store.read(candidate_copy.symbol), store.read_quality(candidate_copy.symbol)
    store.write(scaled(series, 2, close=series.close * 2), quality)
    with pytest.raises(TrainingError, match="not those that the candidate was trained on; run `nextclose train` again"):
        evaluate_candidate(candidate_copy.settings)


def test_interrupted_evaluation_has_no_outcome(candidate_copy: TrainedCandidate) -> None:
    delete_outcome(candidate_copy.candidate)
    delete_outcome(candidate_copy.candidate)
    with pytest.raises(TrainingError, match="is not evaluated; run `nextclose evaluate` first"):
        read_outcome(candidate_copy.candidate, candidate_copy.record)
    with pytest.raises(TrainingError, match="is not evaluated"):
        export_candidate(candidate_copy.settings)


def test_outcome_of_another_candidate_is_ignored(candidate_copy: TrainedCandidate) -> None:
    other = candidate_copy.record.model_copy(update={"version": "20200101T000000Z-00000000"})
    with pytest.raises(TrainingError, match="candidate 20200101T000000Z-00000000 is not evaluated"):
        read_outcome(candidate_copy.candidate, other)


@pytest.mark.parametrize(("state", "reason"), [("refused", "the gate refused it"), ("unchanged", "changed nothing")])
def test_refused_and_unchanged_candidates_are_not_exported(
    candidate_copy: TrainedCandidate, state: str, reason: str
) -> None:
    outcome = candidate_copy.candidate / "outcome.json"
    outcome.write_text(json.dumps({**json.loads(outcome.read_text()), "state": state}))
    with pytest.raises(TrainingError, match=reason):
        export_candidate(candidate_copy.settings)
    assert not Path(candidate_copy.settings.models).exists()


def test_export_writes_the_manifest_and_moves_the_pointer_if_requested(candidate_copy: TrainedCandidate) -> None:
    artefact = export_candidate(candidate_copy.settings, make_current=False)
    registry = LocalRegistry(Path(candidate_copy.settings.models), "nextclose")
    assert registry.current() is None
    assert artefact.version == candidate_copy.record.version
    assert artefact.manifest.symbols == (candidate_copy.symbol,)
    assert artefact.manifest.source == "csv"
    assert artefact.manifest.state == candidate_copy.outcome.state
    assert export_candidate(candidate_copy.settings).version == artefact.version
    assert registry.current() == artefact.version
    assert registry.versions() == [artefact.version]


def test_fine_tuning_improves_the_version_or_leaves_it_unchanged(candidate_copy: TrainedCandidate) -> None:
    artefact = export_candidate(candidate_copy.settings)
    record, trained = train_candidate(candidate_copy.settings, [candidate_copy.symbol], former="current")
    assert trained
    assert record.former == artefact.version
    assert record.changed == (record.best_epoch > 0)
    before, after = record.validation["pinball_before"], record.validation["pinball"]
    assert after < before if record.changed else after == before
    outcome = evaluate_candidate(candidate_copy.settings)
    if not record.changed:
        assert outcome.state == "unchanged"
        with pytest.raises(TrainingError, match="changed nothing"):
            export_candidate(candidate_copy.settings)
    else:
        assert outcome.decision.kind is ChallengerKind.REFRESH


def test_training_is_repeated_only_if_data_or_settings_changed(candidate_copy: TrainedCandidate) -> None:
    same, trained = train_candidate(candidate_copy.settings, [candidate_copy.symbol], force=False)
    assert (same, trained) == (candidate_copy.record, False)
    calls: list[tuple[int, int, float | None]] = []
    other = settings_in(candidate_copy.folder, seed=8)
    record, trained = train_candidate(
        other,
        [candidate_copy.symbol],
        force=False,
        progress=lambda epoch, total, loss: calls.append((epoch, total, loss)),
    )
    assert trained
    assert record.seed == 8
    assert read_record(candidate_copy.candidate) == record
    assert calls
    assert all(epoch <= total for epoch, total, _ in calls)


def test_one_file_for_several_symbols_is_refused(tmp_path: Path) -> None:
    options = CollectOptions(csv=tmp_path / "own.csv")
    with pytest.raises(SettingsError, match=r"for one symbol, got 2: A, B"):
        collect_prices(settings_in(tmp_path), ["A", "B"], options, no_progress)
