"""Refreshes on one machine, with real prices, real training and the local pointer."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.pipeline.export import export_candidate
from jobs.pipeline.refresh import Refresh
from jobs.promotion.make_promoter import make_promoter
from jobs.settings import JobsSettings, RefreshSettings, ServiceSettings
from model.artefact.local_registry import LocalRegistry
from model.contract.errors import SourceUnavailableError
from model.state.folder import StateFolder
from model.state.hold import RefreshHold, write_refresh_hold
from model.state.status import LastRun, read_status
from tests.conftest import PricesFile
from tests.unit.jobs.conftest import SESSIONS, Made, settings_in, silent

Run = Callable[..., LastRun]


@pytest.fixture
def settings(copied: Made, prices_file: PricesFile) -> JobsSettings:
    """Settings with one served version and a CSV file that has the same prices as the price store."""
    export_candidate(copied.settings)
    folder = copied.folder / "csv"
    folder.mkdir()
    shutil.copyfile(copied.folder / "own.csv", folder / f"{copied.symbol}.csv")
    return settings_in(copied.folder, csv_folder=folder)


@pytest.fixture
def run(settings: JobsSettings, prices_file: PricesFile) -> Run:
    def start(*, force: bool = False, dry_run: bool = False, now: datetime | None = None, **policy: object) -> LastRun:
        clock = now or datetime.now(UTC).replace(microsecond=0)
        return Refresh(
            settings,
            [prices_file.symbol],
            RefreshSettings.model_validate(policy),
            StateFolder(settings.store),
            lambda: make_promoter(settings, ServiceSettings.model_validate({}), "test"),
            force,
            dry_run,
            silent,
            now=lambda: clock,
        ).run()

    return start


def _results(run: LastRun) -> dict[str, str]:
    return {step.step: step.result for step in run.steps}


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "status.json"}


def _shorten(settings: JobsSettings, symbol: str, rows: int) -> None:
    assert settings.csv_folder is not None
    path = settings.csv_folder / f"{symbol}.csv"
    header, *lines = path.read_text().splitlines()
    path.write_text("\n".join([header, *lines[:rows]]))


def test_refresh_without_a_new_session_changes_nothing(run: Run, settings: JobsSettings) -> None:
    before = _files(Path(settings.models))
    done = run()
    assert done.result == "nothing"
    assert _results(done) == {"collect": "unchanged", "check": "passed", "decide": "nothing"}
    assert _files(Path(settings.models)) == before
    assert read_status(StateFolder(settings.store)).last_run == done


def test_sources_are_not_used_before_the_next_session_has_ended(run: Run, settings: JobsSettings, copied: Made) -> None:
    assert settings.csv_folder is not None
    shutil.rmtree(settings.csv_folder)  # a download would fail now
    last = copied.record.data[0].last
    done = run(now=datetime(last.year, last.month, last.day, 23, 59, tzinfo=UTC))
    assert _results(done)["collect"] == "fresh"
    assert done.result == "nothing"


def test_unavailable_prices_fail_the_refresh(run: Run, settings: JobsSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.csv_folder is not None
    shutil.rmtree(settings.csv_folder)
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(SourceUnavailableError, match="using the last good download"):
        run()
    status = read_status(StateFolder(settings.store))
    assert status.last_run is not None
    assert status.last_run.result == "failed"
    assert status.last_success is None


def test_forced_training_passes_the_gate_and_is_reported(run: Run, settings: JobsSettings, tmp_path: Path) -> None:
    served = LocalRegistry(Path(settings.models), "nextclose").current()
    metrics = tmp_path / "metrics" / "nextclose.prom"
    done = run(force=True, metrics_file=metrics)
    registry = LocalRegistry(Path(settings.models), "nextclose")
    results = _results(done)
    assert results["decide"] == "train"
    assert results["gate"] in {"trained", "refused"}
    assert done.result == ("promoted" if results["gate"] == "trained" else "refused")
    assert (registry.current() == served) == (done.result == "refused")
    status = read_status(StateFolder(settings.store))
    assert status.last_gate is not None
    assert status.last_attempt is not None
    assert status.served == registry.current()
    text = metrics.read_text()
    assert f'nextclose_refresh_last_run_info{{result="{done.result}"}} 1.0' in text
    assert 'nextclose_refresh_step_info{result="train",step="decide"} 1.0' in text
    assert f'nextclose_promotions_total{{outcome="promoted"}} {float(done.result == "promoted")}' in text
    assert (status.refused_since is None) == (done.result == "promoted")
    # The same prices are not trained on again, promoted or not.
    assert run(every_sessions=1).result == "nothing"


def test_version_exported_by_an_interrupted_run_is_promoted(run: Run, settings: JobsSettings) -> None:
    registry = LocalRegistry(Path(settings.models), "nextclose")
    done = run(force=True)
    if done.result != "promoted":
        pytest.skip("the gate refused the forced training on these prices")
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


def test_dry_run_writes_nothing(run: Run, settings: JobsSettings, copied: Made) -> None:
    before = _files(copied.folder)
    done = run(dry_run=True, every_sessions=1)
    assert done.result == "nothing"
    assert "decide" in _results(done)
    assert _files(copied.folder) == before
    assert not (Path(settings.store) / "status.json").exists()


def test_file_with_fewer_sessions_than_stored_is_refused(run: Run, settings: JobsSettings, copied: Made) -> None:
    _shorten(settings, copied.symbol, SESSIONS - 3)
    with pytest.raises(SourceUnavailableError):
        run()
