"""Refresh: collect, check, decide, train, evaluate, gate, export, promote, verify, prune; each step can be run again.

What a run did is read from where it was written, not remembered: prices from the store, a candidate from the work
folder, versions from the registry, promotions from the ledger. A run that was ended anywhere is carried on by the next.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from jobs.promotion import Promoter
from jobs.settings import JobsSettings, RefreshSettings
from jobs.steps.collect import Progress
from jobs.steps.new_version import NewVersion, make_version
from jobs.steps.refresh_decision import Choice, choose
from jobs.steps.refresh_facts import facts_of, policy_of
from jobs.steps.refresh_prices import awaited, collect_all, copy_store, unconfirmed_splits
from jobs.steps.refresh_telling import StepLog, send_metrics
from model.contract.errors import DataQualityError, NextcloseError, PromotionError, SourceUnavailableError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from model.state.folder import StateFolder
from model.state.hold import Hold, read_hold
from model.state.ledger import Ledger, served_before
from model.state.snapshot import Snapshot
from model.state.status import LastRun, Status, read_status, write_status

Result = Literal["nothing", "held", "unchanged", "refused", "promoted", "failed"]


@dataclass(slots=True)
class Refresh:
    """One run: its arguments, and the status that it changes as it goes.

    Attributes:
        settings: where things lie. symbols: to refresh.
        policy: when to train. state: where status and hold lie.
        promoter: makes the promoter; called once prices are collected, as these need no cluster.
        force: train whatever is decided. dry_run: stop after the decision and write nothing.
        progress: of collecting. now: the clock.
    """

    settings: JobsSettings
    symbols: Sequence[str]
    policy: RefreshSettings
    state: StateFolder
    promoter: Callable[[], Promoter]
    force: bool
    dry_run: bool
    progress: Progress
    now: Callable[[], datetime] = lambda: datetime.now(UTC).replace(microsecond=0)
    steps: StepLog = field(default_factory=StepLog)
    status: Status = field(default_factory=Status)

    def run(self) -> LastRun:
        """Runs the steps that are due, and writes what came of it.

        Raises:
            NextcloseError: of the step that failed; status and metrics say so too.
        """
        started = time.monotonic()
        self.status = read_status(self.state)
        try:
            with self._store():
                result = self._steps()
        except NextcloseError:
            self._end("failed", time.monotonic() - started)
            raise
        return self._end(result, time.monotonic() - started)

    @contextmanager
    def _store(self) -> Iterator[None]:
        """A dry run collects into a copy of the price store."""
        if not self.dry_run:
            yield
            return
        with tempfile.TemporaryDirectory(prefix="nextclose-") as copy:
            copy_store(PriceStore(self.settings.store), PriceStore(copy), self.symbols)
            self.settings = self.settings.model_copy(update={"store": copy})
            yield

    def _end(self, result: Result, seconds: float) -> LastRun:
        run = LastRun(at=self.now(), result=result, steps=tuple(self.steps.results), seconds=round(seconds, 2))
        if not self.dry_run:
            fine = {} if result == "failed" else {"last_success": run.at}
            self._know(last_run=run, **fine)
            write_status(self.state, self.status)
            known = Snapshot(self.status, tuple(Ledger(self.state).entries()))
            send_metrics(known, self.policy.metrics_file, self.policy.pushgateway)
        return run

    def _know(self, **changed: object) -> None:
        self.status = self.status.model_copy(update=changed)

    # --- the steps --------------------------------------------------------------------------------------------------

    def _steps(self) -> Result:
        self._collect()
        series = self._check()
        promoter = self.promoter()
        if not self.dry_run:
            self._finish_interrupted(promoter)
        served = promoter.serving()
        self._know(served=served)
        hold = read_hold(self.state)
        if hold.sentence is not None:
            return self._held(promoter, hold)
        choice = self._decide(promoter, served, series)
        if self.dry_run:
            return "nothing"
        waiting = self._exported_before(promoter)
        if waiting is not None and not choice.train:
            return self._promote(promoter, waiting)
        if not choice.train:
            return "nothing"
        return self._train(promoter, served, choice)

    def _collect(self) -> None:
        store = PriceStore(self.settings.store)
        with self.steps.step("collect") as tell:
            wanted = awaited(store, self.symbols, self.now())
            if not wanted and not self.force:
                tell("fresh", "no session has ended since the last close that is stored")
                return
            found = collect_all(self.settings, wanted or self.symbols, self.progress)
            if found.failures and wanted:
                raise SourceUnavailableError("; ".join(found.failures))
            notes = f" ({'; '.join(found.notes)})" if found.notes else ""
            if found.changed:
                tell("collected", f"new prices of {', '.join(found.changed)}{notes}")
            else:
                tell("unchanged", f"the sources have nothing new{notes}")

    def _check(self) -> list[PriceSeries]:
        store = PriceStore(self.settings.store)
        with self.steps.step("check") as tell:
            series = [store.read(symbol) for symbol in self.symbols]
            self._know(data_until={one.symbol: one.last for one in series})
            attempt = self.status.last_attempt
            found = unconfirmed_splits(store, self.symbols, attempt.until) if attempt else []
            if found:
                raise DataQualityError("; ".join(found))
            tell("passed", ", ".join(f"{one.symbol} {len(one)} closes until {one.last}" for one in series))
        return series

    def _finish_interrupted(self, promoter: Promoter) -> None:
        started = time.monotonic()
        try:
            if promoter.finish_interrupted():
                self.steps.add(
                    "resume", "done", "a promotion that was interrupted is ended", time.monotonic() - started
                )
        except PromotionError as error:
            # Undone and written down; what the prices call for is decided as on any other day.
            self.steps.add("resume", "failed", str(error), time.monotonic() - started)

    def _held(self, promoter: Promoter, hold: Hold) -> Result:
        self.steps.add("decide", "held", str(hold.sentence), 0.0)
        if hold.pinned is not None and promoter.serving() != hold.pinned and not self.dry_run:
            return self._promote(promoter, hold.pinned)
        return "held"

    def _decide(self, promoter: Promoter, served: str | None, series: Sequence[PriceSeries]) -> Choice:
        with self.steps.step("decide") as tell:
            facts = facts_of(
                promoter.registry,
                served,
                series,
                self.status.last_attempt,
                drift=self.policy.drift_p > 0,
                forced=self.force,
                now=self.now(),
            )
            choice = choose(facts, policy_of(self.policy))
            what = ("fine-tune" if choice.finetune else "train") if choice.train else "nothing"
            tell(what, choice.reason)
        return choice

    def _exported_before(self, promoter: Promoter) -> str | None:
        """A version that a former run exported and did not come to promote."""
        attempt = self.status.last_attempt
        if attempt is None or attempt.result != "exported" or attempt.version not in promoter.registry.versions():
            return None
        tried = any(entry.version == attempt.version for entry in promoter.ledger.entries())
        return None if tried or attempt.version == promoter.serving() else attempt.version

    def _train(self, promoter: Promoter, served: str | None, choice: Choice) -> Result:
        made = make_version(
            self.settings,
            self.symbols,
            self.steps,
            served=served,
            finetune=choice.finetune,
            again=self.force,
            now=self.now,
        )
        self._know(**known_of(made, self.status))
        # Before the promotion: a run that is ended in it must not train again.
        write_status(self.state, self.status)
        if made.attempt.result != "exported":
            return made.attempt.result
        return self._promote(promoter, made.attempt.version)

    def _promote(self, promoter: Promoter, version: str) -> Result:
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
        self.steps.add("verify", "passed", "it answers as at export", verified.golden_seconds)
        self._know(served=version, served_since=self.now())
        with self.steps.step("prune") as tell:
            removed = promoter.registry.prune(self.policy.keep, served_before(promoter.ledger.entries())[-2:])
            tell("pruned", ", ".join(removed) or "nothing to remove")
        return "promoted"


def known_of(made: NewVersion, status: Status) -> dict[str, object]:
    """What a training adds to the status."""
    known: dict[str, object] = {"last_attempt": made.attempt}
    if made.gate is not None:
        known["last_gate"] = made.gate
        known["refused_in_a_row"] = 0 if made.gate.promoted else status.refused_in_a_row + 1
        known["refused_since"] = None if made.gate.promoted else status.refused_since or made.gate.at
    return known
