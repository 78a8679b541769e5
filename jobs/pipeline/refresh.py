"""Refresh: collect, check, decide, train, evaluate, gate, export, promote, verify, prune; steps are idempotent.

All state is read from storage: prices from the price store, a candidate from the work folder, versions from the
registry, promotions from the ledger. If a run is killed at any point, the next run resumes its work.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from jobs.pipeline.collect import Progress
from jobs.pipeline.new_version import NewVersion, make_version
from jobs.pipeline.refresh_decision import TrainingDecision, choose_training, gather_facts, make_policy
from jobs.pipeline.refresh_prices import collect_all, copy_store, symbols_behind, unconfirmed_splits
from jobs.pipeline.step_log import StepLog, send_metrics
from jobs.promotion.promoter import Promoter
from jobs.settings import JobsSettings, RefreshSettings
from model.contract.errors import DataQualityError, NextcloseError, PromotionError, SourceUnavailableError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from model.state.folder import StateFolder
from model.state.hold import RefreshHold, read_refresh_hold
from model.state.ledger import Ledger, served_stack
from model.state.snapshot import StateSnapshot
from model.state.status import LastRun, Status, read_status, write_status

RefreshResult = Literal["nothing", "held", "unchanged", "refused", "promoted", "failed"]


@dataclass(slots=True)
class Refresh:
    """One run of the refresh.

    Attributes:
        jobs_settings: Location of the price store, of candidates and of the registry.
        symbols: Symbols to refresh.
        refresh_settings: When to train, how many versions to keep and where to send metrics.
        state: Folder with `status.json` and the hold.
        promoter_factory: Makes the promoter. Called after prices are collected, because collecting needs no cluster.
        force: Whether to train even if no training is due.
        dry_run: Whether to stop after the decision and write nothing.
        progress: Called while prices are collected.
        now: Clock.
        steps: Log of the completed steps.
        status: Status, updated during the run.
    """

    jobs_settings: JobsSettings
    symbols: Sequence[str]
    refresh_settings: RefreshSettings
    state: StateFolder
    promoter_factory: Callable[[], Promoter]
    force: bool
    dry_run: bool
    progress: Progress
    now: Callable[[], datetime] = lambda: datetime.now(UTC).replace(microsecond=0)
    steps: StepLog = field(default_factory=StepLog)
    status: Status = field(default_factory=Status)

    def run(self) -> LastRun:
        """Run the steps that are due, then write status and metrics.

        Raises:
            NextcloseError: A step failed. The failure is also written to status and metrics.
        """
        started = time.monotonic()
        self.status = read_status(self.state)
        try:
            with self._temporary_store_in_dry_run():
                result = self._run_steps()
        except NextcloseError:
            self._finish("failed", time.monotonic() - started)
            raise
        return self._finish(result, time.monotonic() - started)

    @contextmanager
    def _temporary_store_in_dry_run(self) -> Iterator[None]:
        """In a dry run, replace the price store with a temporary copy."""
        if not self.dry_run:
            yield
            return
        with tempfile.TemporaryDirectory(prefix="nextclose-") as copy:
            copy_store(PriceStore(self.jobs_settings.store), PriceStore(copy), self.symbols)
            self.jobs_settings = self.jobs_settings.model_copy(update={"store": copy})
            yield

    def _finish(self, result: RefreshResult, seconds: float) -> LastRun:
        run = LastRun(at=self.now(), result=result, steps=tuple(self.steps.results), seconds=round(seconds, 2))
        if not self.dry_run:
            success = {} if result == "failed" else {"last_success": run.at}
            self._update(last_run=run, **success)
            write_status(self.state, self.status)
            snapshot = StateSnapshot(self.status, tuple(Ledger(self.state).entries()))
            send_metrics(snapshot, self.refresh_settings.metrics_file, self.refresh_settings.pushgateway)
        return run

    def _update(self, **changed: object) -> None:
        self.status = self.status.model_copy(update=changed)

    # --- the steps --------------------------------------------------------------------------------------------------

    def _run_steps(self) -> RefreshResult:
        self._collect()
        series = self._check()
        promoter = self.promoter_factory()
        if not self.dry_run:
            self._finish_interrupted(promoter)
        served = promoter.serving()
        self._update(served=served)
        hold = read_refresh_hold(self.state)
        if hold.active:
            return self._apply_hold(promoter, hold)
        decision = self._decide(promoter, served, series)
        if self.dry_run:
            return "nothing"
        exported = self._find_exported(promoter)
        if exported is not None and not decision.train:
            return self._promote(promoter, exported)
        if not decision.train:
            return "nothing"
        return self._train(promoter, served, decision)

    def _collect(self) -> None:
        store = PriceStore(self.jobs_settings.store)
        with self.steps.step("collect") as report:
            due = symbols_behind(store, self.symbols, self.now())
            if not due and not self.force:
                report("fresh", "no session has ended since the last stored close")
                return
            collection = collect_all(self.jobs_settings, due or self.symbols, self.progress)
            if collection.failures and due:  # a forced refresh that is up to date can do without new prices
                raise SourceUnavailableError("; ".join(collection.failures))
            notes = f" ({'; '.join(collection.notes)})" if collection.notes else ""
            if collection.changed:
                report("collected", f"new prices of {', '.join(collection.changed)}{notes}")
            else:
                report("unchanged", f"the sources have no new prices{notes}")

    def _check(self) -> list[PriceSeries]:
        store = PriceStore(self.jobs_settings.store)
        with self.steps.step("check") as report:
            series = [store.read(symbol) for symbol in self.symbols]
            self._update(data_until={one.symbol: one.last for one in series})
            attempt = self.status.last_attempt
            splits = unconfirmed_splits(store, self.symbols, attempt.until) if attempt else []
            if splits:
                raise DataQualityError("; ".join(splits))
            report("passed", ", ".join(f"{one.symbol} {len(one)} closes until {one.last}" for one in series))
        return series

    def _finish_interrupted(self, promoter: Promoter) -> None:
        started = time.monotonic()
        try:
            if promoter.finish_interrupted():
                self.steps.add("resume", "done", "an interrupted promotion was completed", time.monotonic() - started)
        except PromotionError as error:
            # The promotion has been rolled back and recorded in the ledger; the refresh continues as usual.
            self.steps.add("resume", "failed", str(error), time.monotonic() - started)

    def _apply_hold(self, promoter: Promoter, hold: RefreshHold) -> RefreshResult:
        self.steps.add("decide", "held", str(hold.sentence), 0.0)
        if hold.pinned is not None and promoter.serving() != hold.pinned and not self.dry_run:
            return self._promote(promoter, hold.pinned)
        return "held"

    def _decide(self, promoter: Promoter, served: str | None, series: Sequence[PriceSeries]) -> TrainingDecision:
        with self.steps.step("decide") as report:
            facts = gather_facts(
                promoter.registry,
                served,
                series,
                self.status.last_attempt,
                drift=self.refresh_settings.drift_p > 0,
                force=self.force,
                now=self.now(),
            )
            decision = choose_training(facts, make_policy(self.refresh_settings))
            result = ("fine-tune" if decision.finetune else "train") if decision.train else "nothing"
            report(result, decision.reason)
        return decision

    def _find_exported(self, promoter: Promoter) -> str | None:
        """Find a version that an earlier run exported but never tried to promote."""
        attempt = self.status.last_attempt
        if attempt is None or attempt.result != "exported" or attempt.version not in promoter.registry.versions():
            return None
        attempted = any(entry.version == attempt.version for entry in promoter.ledger.entries())
        return None if attempted or attempt.version == promoter.serving() else attempt.version

    def _train(self, promoter: Promoter, served: str | None, decision: TrainingDecision) -> RefreshResult:
        made = make_version(
            self.jobs_settings,
            self.symbols,
            self.steps,
            served=served,
            finetune=decision.finetune,
            force=self.force,
            now=self.now,
        )
        self._update(**status_fields(made, self.status))
        # Before the promotion: if this run is killed during the promotion, the next one must not train again.
        write_status(self.state, self.status)
        if made.attempt.result != "exported":
            return made.attempt.result
        return self._promote(promoter, made.attempt.version)

    def _promote(self, promoter: Promoter, version: str) -> RefreshResult:
        started = time.monotonic()
        try:
            verified = promoter.promote(version)
        except NextcloseError as error:
            check = error.check if isinstance(error, PromotionError) else "promote"
            self.steps.add(
                "verify" if check == "golden" else "promote", "failed", str(error), time.monotonic() - started
            )
            raise
        self.steps.add("promote", "promoted", f"version {version}", verified.rollout_seconds)
        self.steps.add("verify", "passed", "the answers equal those computed at export", verified.golden_seconds)
        self._update(served=version, served_since=self.now())
        with self.steps.step("prune") as report:
            served_and_previous = served_stack(promoter.ledger.entries())[-2:]  # a rollback needs the previous one
            removed = promoter.registry.prune(self.refresh_settings.keep, served_and_previous)
            report("pruned", ", ".join(removed) or "nothing to remove")
        return "promoted"


def status_fields(made: NewVersion, status: Status) -> dict[str, object]:
    """Return the fields of the status that a training changes."""
    fields: dict[str, object] = {"last_attempt": made.attempt}
    if made.gate is not None:
        fields["last_gate"] = made.gate
        fields["refused_in_a_row"] = 0 if made.gate.promoted else status.refused_in_a_row + 1
        fields["refused_since"] = None if made.gate.promoted else status.refused_since or made.gate.at
    return fields
