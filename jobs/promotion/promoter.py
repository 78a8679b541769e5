"""Promotion of a version: switch, verify, and roll back if a check fails."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import structlog

from jobs.promotion.golden_check import verify_golden_request
from model.artefact.folder import Artefact
from model.artefact.golden import Golden
from model.artefact.registry import Registry
from model.contract.errors import ClusterError, NextcloseError, PromotionError
from model.state.ledger import Action, Ledger, LedgerEntry, current_time, unfinished_promotion

_log = structlog.get_logger()


class Target(Protocol):
    """Target of promotions: the InferenceService of a cluster, or the pairs that follow the local pointer."""

    def address_of(self, version: str) -> str:
        """Return the address of a version."""

    def version_at(self, address: str | None) -> str | None:
        """Return the version at an address. None without an address, or if the address does not name a version."""

    def serving(self) -> str | None:
        """Read the address that is served now, None before the first promotion."""

    def switch(self, former: str | None, address: str | None) -> None:
        """Change the served address.

        Args:
            former: Expected address before the change; None if there is none.
            address: New address; None removes it.

        Raises:
            PromotionError: The served address differs from `former`, or it cannot be changed.
        """

    def settle(self, address: str) -> None:
        """Wait until only this address is served.

        Raises:
            PromotionError: The target did not reach this state, or cannot reach it.
        """

    def url(self) -> str | None:
        """Return the base URL for the golden request; None skips the golden request."""

    def tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        """Report an event about the service to its operators."""

    def await_service(self) -> None:
        """Wait until the target exists.

        Raises:
            ClusterError: It does not exist at the deadline, or it cannot be read.
        """

    def describe(self) -> Iterator[str]:
        """Describe the target, one line of text each."""


@dataclass(frozen=True, slots=True)
class VerificationTimes:
    """Durations of a verification that succeeded.

    Attributes:
        rollout_seconds: Seconds until the target served only the new version.
        golden_seconds: Seconds until the golden request was answered correctly.
    """

    rollout_seconds: float
    golden_seconds: float


@dataclass(frozen=True, slots=True)
class Promoter:
    """Promotes versions of a registry to a target.

    Attributes:
        registry: Registry of the versions.
        target: Target of the promotions.
        ledger: Ledger that records every promotion.
        by: Name of the command, for the ledger.
        verify_deadline: Seconds until the golden request must be answered correctly.
        poll_seconds: Seconds between two golden requests.
        smoke: Computes a version's golden windows before it is served, and raises `PromotionError` if the results
            differ; None skips this check.
    """

    registry: Registry
    target: Target
    ledger: Ledger
    by: str
    verify_deadline: float
    poll_seconds: float
    smoke: Callable[[Artefact, Golden], None] | None = None

    def serving(self) -> str | None:
        """Return the version that is served now."""
        return self.target.version_at(self.target.serving())

    def promote(self, version: str, action: Action = "promote") -> VerificationTimes:
        """Promote a version, and verify that its answers equal those computed at export.

        If the version is already served, it is only verified.

        Args:
            version: Version to promote.
            action: Action to record in the ledger.

        Raises:
            ArtefactError: The version does not exist, or its files differ from the published ones.
            PromotionError: A check failed. The message says whether the former version is served again.
            ClusterError: The cluster cannot be reached, or refused a request.
            PricesError: The ledger cannot be written.
        """
        artefact = self.registry.open(version)
        golden = Golden.of(artefact)
        former = self.target.serving()
        entry = self._entry(version, action, former)
        if former == entry.address and unfinished_promotion(self.ledger.entries()) is None:
            _log.info("already served", version=version)
            return self._verify(entry.address, version, golden)
        # The target of a rollback was served before, and a rollback must not wait for TensorFlow to load.
        if self.smoke is not None and action == "promote":
            self._check_smoke(self.smoke, artefact, golden, entry)
        return self._execute(entry, golden)

    def _check_smoke(
        self, smoke: Callable[[Artefact, Golden], None], artefact: Artefact, golden: Golden, entry: LedgerEntry
    ) -> None:
        started = time.monotonic()
        try:
            smoke(artefact, golden)
        except PromotionError as error:
            raise self._abort(entry, error, time.monotonic() - started, switched=False) from error

    def finish_interrupted(self) -> bool:
        """Resume an interrupted promotion. Returns whether there was one.

        Raises:
            PromotionError: A check failed, as in `promote`.
            ArtefactError: As in `promote`.
            ClusterError: As in `promote`.
            PricesError: As in `promote`.
        """
        begun = unfinished_promotion(self.ledger.entries())
        if begun is None:
            return False
        current = self.target.serving()
        if current != begun.address:
            # The address was never switched, or has been switched again since: there is nothing to resume.
            self._record_end(begun, 0.0, outcome="failed", check="interrupted", reason="interrupted before the switch")
            return True
        _log.warning("resuming an interrupted promotion", version=begun.version)
        self._execute(begun, Golden.of(self.registry.open(begun.version)), resumed=True)
        return True

    def _entry(self, version: str, action: Action, former: str | None) -> LedgerEntry:
        return LedgerEntry(
            at=current_time(),
            action=action,
            by=self.by,
            outcome="begun",
            version=version,
            address=self.target.address_of(version),
            former=self.target.version_at(former),
            former_address=former,
        )

    def _execute(self, entry: LedgerEntry, golden: Golden, *, resumed: bool = False) -> VerificationTimes:
        started = time.monotonic()
        switched = resumed
        if not resumed:
            self.ledger.write(entry)
        try:
            if not resumed and entry.former_address != entry.address:
                self.target.switch(entry.former_address, entry.address)
                switched = True
            verified = self._verify(entry.address, entry.version, golden)
        except (PromotionError, ClusterError) as error:
            failed = self._abort(entry, error, time.monotonic() - started, switched=switched)
            raise failed from error
        seconds = time.monotonic() - started
        self._record_end(entry, seconds, outcome="done")
        verb = "Rolled back to" if entry.action == "rollback" else "Promoted"
        replaced = f" in place of {entry.former}" if entry.former and entry.former != entry.version else ""
        self._report_event(
            "RolledBack" if entry.action == "rollback" else "Promoted", f"{verb} {entry.version}{replaced}"
        )
        return verified

    def _verify(self, address: str, version: str, golden: Golden) -> VerificationTimes:
        started = time.monotonic()
        self.target.settle(address)
        settled = time.monotonic()
        self._check_answers(version, golden)
        return VerificationTimes(settled - started, time.monotonic() - settled)

    def _abort(self, entry: LedgerEntry, error: NextcloseError, seconds: float, *, switched: bool) -> PromotionError:
        """Restore the former address if it was switched, record the failure, and return the error to raise."""
        check = error.check if isinstance(error, PromotionError) else "cluster"
        outcome, restored = "nothing was changed", None
        if switched and entry.former_address != entry.address:
            outcome, restored = self._restore(entry)
        message = f"version {entry.version}: check '{check}' failed: {error}; {outcome}"
        self._record_end(entry, seconds, outcome="failed", check=check, reason=str(error), restored=restored)
        self._report_event("PromotionFailed", message, warning=True)
        return PromotionError(message, check=check)

    def _restore(self, entry: LedgerEntry) -> tuple[str, bool]:
        former = entry.former_address
        try:
            self.target.switch(entry.address, former)
            if former is None:
                return "its address was removed again; as before, nothing is served", True
        except NextcloseError as error:
            return f"rollback to {entry.former or former} failed too: {error}", False
        rollout_error = None
        try:
            self.target.settle(former)
        except NextcloseError as error:
            # Also expected if these pods cannot start either, e.g. for a missing image: the old pods keep serving.
            rollout_error = error
        try:
            answered = self._check_former_answers(entry.former)
        except NextcloseError as error:
            return f"rollback to {entry.former or former} failed too: {rollout_error or error}", False
        if rollout_error is None:
            return f"{entry.former or former} is served again", True
        if not answered:
            return f"rollback to {entry.former or former} failed too: {rollout_error}", False
        return f"{entry.former} is served again, by its old pods only: {rollout_error}", True

    def _check_former_answers(self, version: str | None) -> bool:
        """Send the golden request of the former version. Returns False if that version does not exist any more."""
        if version is None or version not in self.registry.versions():
            return False
        self._check_answers(version, Golden.of(self.registry.open(version)))
        return True

    def _check_answers(self, version: str, golden: Golden) -> None:
        url, model = self.target.url(), self.registry.model
        if url is not None:
            verify_golden_request(url, model, version, golden, deadline=self.verify_deadline, every=self.poll_seconds)

    def _record_end(self, entry: LedgerEntry, seconds: float, **changed: object) -> None:
        self.ledger.write(entry.model_copy(update={"at": current_time(), "seconds": round(seconds, 1), **changed}))

    def _report_event(self, reason: str, message: str, *, warning: bool = False) -> None:
        try:
            self.target.tell(reason, message, warning=warning)
        except ClusterError as error:
            # Not an error: the ledger already has the result.
            _log.warning("an Event could not be created", reason=str(error))


def rollback_version(promoter: Promoter, target: str | None) -> tuple[str, VerificationTimes]:
    """Roll back to the version that was served before the current one.

    Args:
        promoter: Promotes the version.
        target: Version to roll back to; None if the ledger has none.

    Returns:
        The version, and the durations of its verification.

    Raises:
        PromotionError: There is no target, or a check failed, as in `Promoter.promote`.
    """
    if target is None:
        raise PromotionError(
            "rollback: the ledger has no version before the current one; choose one by `nextclose promote VERSION`",
            check="history",
        )
    return target, promoter.promote(target, "rollback")
