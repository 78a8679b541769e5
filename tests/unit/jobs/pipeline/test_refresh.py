"""Refreshes on one machine, with real prices, real training and the local pointer."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.pipeline.collect import CollectOptions, collect_prices
from jobs.pipeline.export import export_candidate
from jobs.pipeline.refresh import Refresh
from jobs.promotion.make_promoter import make_promoter
from jobs.settings import JobsSettings, RefreshSettings, ServiceSettings
from model.artefact.local_registry import LocalRegistry
from model.contract.errors import DataQualityError, SourceUnavailableError
from model.prices.sources.source import no_progress
from model.state.folder import StateFolder
from model.state.hold import RefreshHold, write_refresh_hold
from model.state.status import LastRun, read_status
from tests.conftest import PricesFile
from tests.unit.jobs.conftest import SESSIONS, TrainedCandidate, settings_in

Run = Callable[..., LastRun]


@pytest.fixture
def settings(candidate_copy: TrainedCandidate, prices_file: PricesFile) -> JobsSettings:
    """Settings with one served version and a CSV file that has the same prices as the price store."""
    export_candidate(candidate_copy.settings)
    folder = candidate_copy.folder / "csv"
    folder.mkdir()
    shutil.copyfile(candidate_copy.folder / "own.csv", folder / f"{candidate_copy.symbol}.csv")
    return settings_in(candidate_copy.folder, csv_folder=folder)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all downloads fail."""
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def run(settings: JobsSettings, prices_file: PricesFile) -> Run:
    def start(*, force: bool = False, dry_run: bool = False, now: datetime | None = None, **given: object) -> LastRun:
        clock = now or datetime.now(UTC).replace(microsecond=0)
        return Refresh(
            settings,
            [prices_file.symbol],
            RefreshSettings.model_validate(given),
            StateFolder(settings.store),
            lambda: make_promoter(settings, ServiceSettings.model_validate({}), "test"),
            force,
            dry_run,
            no_progress,
            now=lambda: clock,
        ).run()

    return start


def _results(run: LastRun) -> dict[str, str]:
    return {step.step: step.result for step in run.steps}


def _contents_without_status(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "status.json"}


def _truncate_csv(settings: JobsSettings, symbol: str, rows: int) -> Path:
    assert settings.csv_folder is not None
    path = settings.csv_folder / f"{symbol}.csv"
    header, *lines = path.read_text().splitlines()
    path.write_text("\n".join([header, *lines[:rows]]))
    return path


def test_refresh_without_a_new_session_changes_nothing(run: Run, settings: JobsSettings) -> None:
    before = _contents_without_status(Path(settings.models))
    last_run = run()
    assert last_run.result == "nothing"
    assert _results(last_run) == {"collect": "unchanged", "check": "passed", "decide": "nothing"}
    assert _contents_without_status(Path(settings.models)) == before
    assert read_status(StateFolder(settings.store)).last_run == last_run


def test_sources_are_not_used_before_the_next_session_has_ended(
    run: Run, settings: JobsSettings, candidate_copy: TrainedCandidate
) -> None:
    assert settings.csv_folder is not None
    shutil.rmtree(settings.csv_folder)  # a download would fail now
    last = candidate_copy.record.data[0].last
    last_run = run(now=datetime(last.year, last.month, last.day, 23, 59, tzinfo=UTC))
    assert _results(last_run)["collect"] == "fresh"
    assert last_run.result == "nothing"


def test_refresh_fails_if_no_source_has_prices(run: Run, settings: JobsSettings, no_network: None) -> None:
    assert settings.csv_folder is not None
    shutil.rmtree(settings.csv_folder)
    with pytest.raises(SourceUnavailableError, match="using the last good download"):
        run()
    status = read_status(StateFolder(settings.store))
    assert status.last_run is not None
    assert status.last_run.result == "failed"
    assert status.last_success is None


def test_forced_refresh_trains_and_records_the_gate_decision(run: Run, settings: JobsSettings, tmp_path: Path) -> None:
    served = LocalRegistry(Path(settings.models), "nextclose").current()
    metrics = tmp_path / "metrics" / "nextclose.prom"
    last_run = run(force=True, metrics_file=metrics)
    registry = LocalRegistry(Path(settings.models), "nextclose")
    results = _results(last_run)
    assert results["decide"] == "train"
    assert results["gate"] in {"trained", "refused"}
    assert last_run.result == ("promoted" if results["gate"] == "trained" else "refused")
    assert (registry.current() == served) == (last_run.result == "refused")
    status = read_status(StateFolder(settings.store))
    assert status.last_gate is not None
    assert status.last_attempt is not None
    assert status.served == registry.current()
    text = metrics.read_text()
    assert f'nextclose_refresh_last_run_info{{result="{last_run.result}"}} 1.0' in text
    assert 'nextclose_refresh_step_info{result="train",step="decide"} 1.0' in text
    assert f'nextclose_promotions_total{{outcome="promoted"}} {float(last_run.result == "promoted")}' in text
    assert (status.refused_since is None) == (last_run.result == "promoted")
    # The same prices are not trained on twice, promoted or not. A separate test would need a second training.
    assert run(every_sessions=1).result == "nothing"


def test_version_exported_by_an_interrupted_run_is_promoted(run: Run, settings: JobsSettings) -> None:
    registry = LocalRegistry(Path(settings.models), "nextclose")
    last_run = run(force=True)
    if last_run.result != "promoted":
        pytest.skip("the gate refused the forced training on these prices")
    # Undo the promotion, as if the run had been killed between the export and the promotion.
    served = registry.current()
    (Path(settings.store) / "promotions.jsonl").unlink()
    former = next(version for version in registry.versions() if version != served)
    registry.set_current(former)
    assert run().result == "promoted"
    assert registry.current() == served


def test_hold_prevents_training_and_restores_the_pinned_version(run: Run, settings: JobsSettings) -> None:
    state = StateFolder(settings.store)
    write_refresh_hold(state, RefreshHold(paused_since=datetime(2026, 1, 1, tzinfo=UTC)))
    assert run(force=True).result == "held"
    registry = LocalRegistry(Path(settings.models), "nextclose")
    pinned = registry.current()
    write_refresh_hold(state, RefreshHold(pinned=pinned))
    assert run(force=True).result == "held"
    (registry.folder / "current").unlink()
    assert run().result == "promoted"
    assert registry.current() == pinned


def test_dry_run_writes_nothing(run: Run, settings: JobsSettings, candidate_copy: TrainedCandidate) -> None:
    before = _contents_without_status(candidate_copy.folder)
    last_run = run(dry_run=True, every_sessions=1)
    assert last_run.result == "nothing"
    assert "decide" in _results(last_run)
    assert _contents_without_status(candidate_copy.folder) == before
    assert not (Path(settings.store) / "status.json").exists()


def test_csv_with_fewer_sessions_than_store_is_rejected(
    run: Run, settings: JobsSettings, candidate_copy: TrainedCandidate, no_network: None
) -> None:
    path = _truncate_csv(settings, candidate_copy.symbol, SESSIONS - 3)
    (collected,) = collect_prices(settings, [candidate_copy.symbol], CollectOptions(csv=path), no_progress)
    assert isinstance(collected.error, DataQualityError)
    assert re.search(r"expected all \d+ stored sessions .*, got no close for ", str(collected.error))
    with pytest.raises(SourceUnavailableError, match="using the last good download"):
        run()
