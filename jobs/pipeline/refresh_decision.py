"""The decision of a refresh: whether to train, and whether to fine-tune.

`choose_training` is a pure function of facts and policy; `gather_facts` reads the facts from versions and prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import comb
from typing import Final

import numpy as np

from jobs.pipeline.candidate import load_forecaster
from jobs.pipeline.new_version import comparable_champion
from jobs.settings import RefreshSettings
from model.artefact.folder import Artefact
from model.artefact.registry import Registry
from model.contract.errors import NextcloseError
from model.contract.levels import INTERVALS
from model.contract.version import created_at
from model.prices.series import PriceSeries
from model.state.status import Attempt


@dataclass(frozen=True, slots=True)
class Policy:
    """When to train.

    Attributes:
        every_sessions: Number of new sessions after which to train.
        max_age_days: Age of the served version, in days, above which to train.
        drift_p: Probability of the drift test below which to train from the start, in [0, 1]; 0 disables the test.
        finetune: Whether to fine-tune the served version instead of training from the start.
    """

    every_sessions: int
    max_age_days: float
    drift_p: float
    finetune: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that a refresh bases its decision on, after prices are collected.

    Attributes:
        served: Served version, None if nothing is served.
        served_state: State of the served version, `trained` or `untrained`; None if nothing is served.
        served_age_days: Age of the served version, in days.
        same_symbols: Whether the served version was trained on the symbols of this refresh.
        trained_until: Last session of the last training, refused or not; None without a training.
        same_prices: Whether the last training used exactly the prices that are stored now.
        new_sessions: Number of stored sessions since the last training.
        drift: Probability of the closes since the training if the served 90 % intervals are right; None if it was not
            measured.
        force: Whether the user requested the training.
    """

    served: str | None
    served_state: str | None
    served_age_days: float
    same_symbols: bool
    trained_until: date | None
    same_prices: bool
    new_sessions: int
    drift: float | None
    force: bool = False


@dataclass(frozen=True, slots=True)
class TrainingDecision:
    """The decision.

    Attributes:
        train: Whether to train.
        finetune: Whether to fine-tune the served version instead of training from the start.
        reason: Reason, as text for the log and the status.
    """

    train: bool
    finetune: bool
    reason: str


def choose_training(facts: Facts, policy: Policy) -> TrainingDecision:
    """Decide whether to train now.

    The same prices are not trained on again, because the same prices, recipe and seed give the same model.
    """
    can_finetune = policy.finetune and facts.served_state == "trained" and facts.same_symbols
    if facts.served is not None and not facts.force and facts.same_prices:
        return TrainingDecision(
            False, False, f"no new session since the last training, on prices until {facts.trained_until}"
        )
    scratch_reason = _reason_for_scratch(facts, policy)
    if scratch_reason is not None:
        return TrainingDecision(True, False, scratch_reason)
    due_reason = _reason_for_training(facts, policy)
    return TrainingDecision(due_reason is not None, can_finetune, due_reason or _progress(facts, policy))


def _reason_for_scratch(facts: Facts, policy: Policy) -> str | None:
    """Return the reason to train from the start, None if there is none."""
    if facts.served is None:
        return "nothing is served yet"
    if not facts.same_symbols:
        return "the served version was trained on other symbols"
    if facts.drift is not None and facts.drift < policy.drift_p:
        return (
            f"drift: the number of closes outside of the 90 % interval has a p-value of {facts.drift:.2g}, "
            f"below {policy.drift_p:g}"
        )
    return None


def _reason_for_training(facts: Facts, policy: Policy) -> str | None:
    if facts.force:
        return "forced"
    if facts.served_age_days > policy.max_age_days:
        return f"the served version is {facts.served_age_days:.0f} days old (limit: {policy.max_age_days:g})"
    return _progress(facts, policy) if facts.new_sessions >= policy.every_sessions else None


def _progress(facts: Facts, policy: Policy) -> str:
    return f"{facts.new_sessions} of {policy.every_sessions} sessions since the last training"


def make_policy(settings: RefreshSettings) -> Policy:
    """Extract the policy from the settings."""
    return Policy(
        settings.every_sessions, settings.max_age_days, settings.drift_p, finetune=settings.training == "finetune"
    )


def gather_facts(
    registry: Registry,
    served: str | None,
    series: Sequence[PriceSeries],
    attempt: Attempt | None,
    *,
    drift: bool,
    force: bool,
    now: datetime,
) -> Facts:
    """Gather the facts for `choose_training`.

    Args:
        registry: Registry of the versions.
        served: Version that is served now.
        series: Stored prices, one series per symbol.
        attempt: Last training; None takes the training of the served version.
        drift: Whether to run the drift test, which takes seconds. It is skipped if the prices have not changed.
        force: Whether the user requested the training.
        now: Current time, with time zone.
    """
    artefact = _open(registry, served)
    until, same = _last_training(attempt, artefact, {one.symbol: one.digest for one in series})
    return Facts(
        served=artefact.version if artefact else None,
        served_state=artefact.manifest.state if artefact else None,
        served_age_days=(now - created_at(artefact.version)).total_seconds() / 86400 if artefact else 0.0,
        same_symbols=comparable_champion(registry, served, [one.symbol for one in series]) is not None,
        trained_until=until,
        same_prices=same,
        new_sessions=max(_sessions_after(one, until) for one in series),
        drift=drift_probability(artefact, series) if artefact is not None and drift and not same else None,
        force=force,
    )


def _sessions_after(series: PriceSeries, until: date | None) -> int:
    return len(series) if until is None else int((series.dates > np.datetime64(until)).sum())


def _open(registry: Registry, version: str | None) -> Artefact | None:
    try:
        return registry.open(version) if version is not None else None
    except NextcloseError:
        return None  # a version that cannot be opened is treated as missing, so it gets replaced


def _last_training(
    attempt: Attempt | None, artefact: Artefact | None, digests: dict[str, str]
) -> tuple[date | None, bool]:
    """Find the last session of the last training, and whether it used exactly the stored prices."""
    if attempt is not None:
        return attempt.until, attempt.digests == digests
    if artefact is not None:
        trained_on = {part.symbol: part.digest for part in artefact.manifest.data}
        return min(part.last for part in artefact.manifest.data), trained_on == digests
    return None, False


_PERCENT: Final = 90


def binomial_tail(outside: int, of: int, p: float) -> float:
    """Compute the upper tail of a binomial distribution: sum over k >= outside of C(of, k) p^k (1-p)^(of-k).

    Args:
        outside: Number of closes outside of the interval.
        of: Number of closes.
        p: Probability of each to be outside.
    """
    return min(1.0, sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(outside, of + 1)))


def drift_probability(artefact: Artefact, series: Sequence[PriceSeries]) -> float | None:
    """Compute the p-value of the drift test: the smallest one of all symbols times their number (Bonferroni).

    Only closes after the training data of the version count, so the test is out of sample.

    Args:
        artefact: The served version.
        series: Stored prices; symbols that the version was not trained on are ignored.

    Returns:
        Probability in [0, 1]; None without a close since the training.
    """
    trained_until = {part.symbol: part.last for part in artefact.manifest.data}
    newer = [one for one in series if one.symbol in trained_until and one.last > trained_until[one.symbol]]
    if not newer:
        return None
    from model.training.dataset import windows_of
    from model.training.predict import forecast

    forecaster = load_forecaster(artefact.folder, float(artefact.manifest.shrink))
    lower, upper = INTERVALS[_PERCENT]
    tails = []
    for one in newer:
        windows = windows_of([one])
        windows = windows.select(windows.target_date > np.datetime64(trained_until[one.symbol]))
        if not len(windows):
            continue
        quantiles = forecast(forecaster, windows.closes)
        outside = (windows.following < quantiles[:, lower]) | (windows.following > quantiles[:, upper])
        tails.append(binomial_tail(int(outside.sum()), len(windows), 1 - _PERCENT / 100))
    return min(1.0, min(tails) * len(tails)) if tails else None
