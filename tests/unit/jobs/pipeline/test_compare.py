"""Comparisons of two versions by the rules of the gate."""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from markupsafe import escape

from jobs.pipeline.compare import compare_versions
from jobs.pipeline.evaluate import evaluate_candidate
from jobs.pipeline.export import export_candidate
from jobs.pipeline.outcome import EvaluationOutcome, write_outcome
from jobs.pipeline.train import train_candidate
from jobs.pipeline.version_report import version_report
from jobs.settings import JobsSettings
from model.contract.errors import TrainingError
from model.evaluation.gate import GateDecision
from model.prices.series import DailyBars
from model.prices.store import PriceStore
from tests.unit.jobs.conftest import TrainedCandidate, settings_in


@dataclass(frozen=True, slots=True)
class Two:
    """Two trained versions, exported even if the gate refused them, and the decision about the newer one."""

    folder: Path
    symbol: str
    older: str
    newer: str
    decision: GateDecision

    @property
    def settings(self) -> JobsSettings:
        return settings_in(self.folder)

    def compare(self, settings: JobsSettings | None = None, *, swapped: bool = False):  # type: ignore[no-untyped-def]
        pair = (self.older, self.newer) if swapped else (self.newer, self.older)
        return compare_versions(settings or self.settings, *pair, self.folder / "page.html")


def _export_trained(settings: JobsSettings, outcome: EvaluationOutcome, record) -> str:  # type: ignore[no-untyped-def]
    series = [PriceStore(settings.store).read(part.symbol) for part in record.data]
    write_outcome(replace(outcome, state="trained", shrink=record.shrink), settings, record, series)
    return export_candidate(settings).version


@pytest.fixture(scope="module")
def two(trained_candidate: TrainedCandidate, tmp_path_factory: pytest.TempPathFactory) -> Two:
    folder = tmp_path_factory.mktemp("two")
    shutil.copytree(trained_candidate.folder, folder, dirs_exist_ok=True)
    settings = settings_in(folder)
    older = _export_trained(settings, trained_candidate.outcome, trained_candidate.record)
    settings = settings_in(folder, seed=8)
    record, _ = train_candidate(settings, [trained_candidate.symbol])
    outcome = evaluate_candidate(settings, champion=older)
    return Two(folder, trained_candidate.symbol, older, _export_trained(settings, outcome, record), outcome.decision)


@pytest.fixture
def copied_two(two: Two, tmp_path: Path) -> Two:
    shutil.copytree(two.folder, tmp_path, dirs_exist_ok=True)
    return replace(two, folder=tmp_path)


def test_comparison_repeats_the_decision_of_the_gate(two: Two) -> None:
    found = two.compare()
    assert found.compared.decision == two.decision
    assert found.compared.decision.kind is not None
    page = found.page.read_text()
    for check in two.decision.checks:
        assert escape(check.sentence) in page
    assert f"{found.compared.crps.p_better:.2g}" in page


def test_later_sessions_are_ignored(copied_two: Two) -> None:
    store = PriceStore(copied_two.settings.store)
    series, quality = store.read(copied_two.symbol), store.read_quality(copied_two.symbol)
    later = replace(
        series,
        dates=np.append(series.dates, series.dates[-1] + 1),
        close=np.append(series.close, series.close[-1]),
        adjusted=np.append(series.adjusted, series.adjusted[-1]),
        bars=DailyBars(*(np.append(values, values[-1]) for values in series.bars.columns().values())),
    )
    store.write(later, quality)
    assert copied_two.compare().compared.decision == copied_two.decision


def test_champion_fitted_on_the_gate_sessions_is_refused(copied_two: Two) -> None:
    """For example an older version against a newer one, which was fitted on the sessions of the older one's gate."""
    manifest = copied_two.folder / "models/nextclose" / copied_two.newer / "manifest.json"
    content = json.loads(manifest.read_text())
    settings = content["settings"]
    for name in ("train_until", "validation_from", "validation_until", "gate_from", "gate_until"):
        settings[name] = date.fromisoformat(settings[name]).replace(year=2030).isoformat()
    manifest.write_text(json.dumps(content))
    with pytest.raises(TrainingError) as caught:
        copied_two.compare(swapped=True)
    message = str(caught.value)
    assert message.startswith(
        f"{copied_two.older} and {copied_two.newer} cannot be compared: different data: gate, champion"
    )
    assert f"nextclose report {copied_two.newer} --against {copied_two.older}" in message


def test_report_in_an_object_store_is_copied_to_a_local_folder(copied_two: Two) -> None:
    settings = settings_in(copied_two.folder, models="memory://compare-models", seed=8)
    version = export_candidate(settings).version
    assert version == copied_two.newer
    found = version_report(settings, None)
    assert found.page == copied_two.folder / "work/reports" / f"{version}.html"
    local = version_report(copied_two.settings, version)
    assert found.page.read_bytes() == local.page.read_bytes()
    assert found.metrics == local.metrics
