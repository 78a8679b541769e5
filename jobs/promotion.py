"""Promotion: a version is made the served one, verified, and undone where a check fails."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import structlog

from jobs.golden_check import ask_golden
from model.artefact.folder import Artefact
from model.artefact.golden import Golden
from model.artefact.registry import Registry
from model.contract.errors import ClusterError, NextcloseError, PromotionError
from model.state.ledger import Action, Entry, Ledger, interrupted, now

_log = structlog.get_logger()


class Target(Protocol):
    """What serves: the InferenceService of a cluster, or the pairs that follow the local pointer."""

    def address_of(self, version: str) -> str:
        """How a version is named there."""

    def version_at(self, address: str | None) -> str | None:
        """The version that an address names; None for none, or an address that is not ours."""

    def serving(self) -> str | None:
        """The address that is served now, None before the first."""

    def switch(self, former: str | None, address: str | None) -> None:
        """Changes the address; raises `PromotionError` where it is not `former` any more."""

    def settle(self, address: str) -> None:
        """Waits until only this address is served; raises `PromotionError`."""

    def url(self) -> str | None:
        """Where the golden request is sent; None where nobody is to be asked."""

    def tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        """Tells people who look at the service."""

    def await_service(self) -> None:
        """Waits until there is something to promote to; raises `ClusterError`."""

    def describe(self) -> Iterator[str]:
        """Lines for people about what serves."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A version that is served and answered right: seconds until all pods had it, and until the golden answers."""

    rollout_seconds: float
    golden_seconds: float


@dataclass(frozen=True, slots=True)
class Promoter:
    """Promotes versions of a registry to a target.

    Attributes:
        registry: of the versions. target: what serves. ledger: where everything is written down.
        by: the command, for the ledger.
        verify_deadline, poll_seconds: of the golden request.
        smoke: computes a version's golden windows before it is served, raises `PromotionError`; None leaves that out.
    """

    registry: Registry
    target: Target
    ledger: Ledger
    by: str
    verify_deadline: float
    poll_seconds: float
    smoke: Callable[[Artefact, Golden], None] | None = None

    def serving(self) -> str | None:
        """The version that is served now."""
        return self.target.version_at(self.target.serving())

    def promote(self, version: str, action: Action = "promote") -> Verified:
        """Makes a version the served one, and waits until it answers as at export.

        Promoting what is served already changes nothing and verifies it.

        Raises:
            ArtefactError: there is no such version, or it is not what was published.
            PromotionError: a check failed; the former version is served again where the message says so.
            ClusterError: the cluster does not let it be done.
            PricesError: the ledger cannot be written.
        """
        artefact = self.registry.open(version)
        golden = Golden.of(artefact)
        former = self.target.serving()
        entry = self._entry(version, action, former)
        if former == entry.address and interrupted(self.ledger.entries()) is None:
            _log.info("already served", version=version)
            return self._verify(entry.address, version, golden)
        # What a rollback goes to was served before; going back must not wait for TensorFlow.
        if self.smoke is not None and action == "promote":
            self._smoke(self.smoke, artefact, golden, entry)
        return self._carry_out(entry, golden)

    def _smoke(
        self, smoke: Callable[[Artefact, Golden], None], artefact: Artefact, golden: Golden, entry: Entry
    ) -> None:
        started = time.monotonic()
        try:
            smoke(artefact, golden)
        except PromotionError as error:
            raise self._undo(entry, error, time.monotonic() - started, switched=False) from error

    def finish_interrupted(self) -> bool:
        """Carries a promotion to its end that somebody began and did not end; whether there was one.

        Raises:
            As `promote`.
        """
        begun = interrupted(self.ledger.entries())
        if begun is None:
            return False
        now_there = self.target.serving()
        if now_there != begun.address:
            # It was never switched, or somebody else has switched since: nothing of it is left to end.
            self._end(begun, 0.0, outcome="failed", check="interrupted", reason="ended before the switch")
            return True
        _log.warning("a promotion was interrupted and is carried on", version=begun.version)
        self._carry_out(begun, Golden.of(self.registry.open(begun.version)), begun=True)
        return True

    def _entry(self, version: str, action: Action, former: str | None) -> Entry:
        return Entry(
            at=now(),
            action=action,
            by=self.by,
            outcome="begun",
            version=version,
            address=self.target.address_of(version),
            former=self.target.version_at(former),
            former_address=former,
        )

    def _carry_out(self, entry: Entry, golden: Golden, *, begun: bool = False) -> Verified:
        started = time.monotonic()
        switched = begun
        if not begun:
            self.ledger.write(entry)
        try:
            if not begun and entry.former_address != entry.address:
                self.target.switch(entry.former_address, entry.address)
                switched = True
            verified = self._verify(entry.address, entry.version, golden)
        except (PromotionError, ClusterError) as error:
            failed = self._undo(entry, error, time.monotonic() - started, switched=switched)
            raise failed from error
        seconds = time.monotonic() - started
        self._end(entry, seconds, outcome="done")
        verb = "Rolled back to" if entry.action == "rollback" else "Promoted"
        since = f" in place of {entry.former}" if entry.former and entry.former != entry.version else ""
        self._tell("RolledBack" if entry.action == "rollback" else "Promoted", f"{verb} {entry.version}{since}")
        return verified

    def _verify(self, address: str, version: str, golden: Golden) -> Verified:
        started = time.monotonic()
        self.target.settle(address)
        settled = time.monotonic()
        self._ask(version, golden)
        return Verified(settled - started, time.monotonic() - settled)

    def _undo(self, entry: Entry, error: NextcloseError, seconds: float, *, switched: bool) -> PromotionError:
        check = error.check if isinstance(error, PromotionError) else "cluster"
        outcome, restored = "nothing was changed", None
        if switched and entry.former_address != entry.address:
            outcome, restored = self._restore(entry)
        message = f"version {entry.version}: check '{check}' failed: {error}; {outcome}"
        self._end(entry, seconds, outcome="failed", check=check, reason=str(error), restored=restored)
        self._tell("PromotionFailed", message, warning=True)
        return PromotionError(message, check=check)

    def _restore(self, entry: Entry) -> tuple[str, bool]:
        former = entry.former_address
        try:
            self.target.switch(entry.address, former)
            if former is None:
                return "its address was taken away again; nothing is served, as before", True
        except NextcloseError as error:
            return f"going back to {entry.former or former} failed too: {error}", False
        unsettled = None
        try:
            self.target.settle(former)
        except NextcloseError as error:
            # What stops the new pods may stop these too, as an image that is not there: the former ones go on.
            unsettled = error
        try:
            asked = self._ask_former(entry.former)
        except NextcloseError as error:
            return f"going back to {entry.former or former} failed too: {unsettled or error}", False
        if unsettled is None:
            return f"{entry.former or former} is served again", True
        if not asked:
            return f"going back to {entry.former or former} failed too: {unsettled}", False
        return f"{entry.former} is served again, by its former pods alone: {unsettled}", True

    def _ask_former(self, version: str | None) -> bool:
        """Asks the golden request of what was served before; False where that version is not there any more."""
        if version is None or version not in self.registry.versions():
            return False
        self._ask(version, Golden.of(self.registry.open(version)))
        return True

    def _ask(self, version: str, golden: Golden) -> None:
        url, model = self.target.url(), self.registry.model
        if url is not None:
            ask_golden(url, model, version, golden, deadline=self.verify_deadline, every=self.poll_seconds)

    def _end(self, entry: Entry, seconds: float, **changed: object) -> None:
        self.ledger.write(entry.model_copy(update={"at": now(), "seconds": round(seconds, 1), **changed}))

    def _tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        try:
            self.target.tell(reason, message, warning=warning)
        except ClusterError as error:
            # An Event is for people; the ledger has it already.
            _log.warning("an Event could not be created", reason=str(error))


def rollback_version(promoter: Promoter, target: str | None) -> tuple[str, Verified]:
    """Goes back to a version, the one before the present one; gives it, and how long that took.

    Raises:
        PromotionError: none is known. Others as `Promoter.promote`.
    """
    if target is None:
        raise PromotionError(
            "rollback: no version before the present one is known; `nextclose promote VERSION` names one",
            check="history",
        )
    return target, promoter.promote(target, "rollback")
