"""Gathers the facts for the decision of a refresh: served version, last training and prices since then."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from jobs.pipeline.new_version import comparable_champion
from jobs.pipeline.refresh_decision import Facts, Policy
from jobs.pipeline.refresh_drift import drift_probability
from jobs.settings import RefreshSettings
from model.artefact.folder import Artefact
from model.artefact.registry import Registry
from model.contract.errors import NextcloseError
from model.contract.version import created_at
from model.prices.series import PriceSeries
from model.state.status import Attempt


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
    forced: bool,
    now: datetime,
) -> Facts:
    """Gather the facts for `refresh_decision.choose`.

    Args:
        registry: Registry of the versions.
        served: Version that is served now.
        series: Stored prices, one series per symbol.
        attempt: Last training; None takes the training of the served version.
        drift: Whether to run the drift test, which takes seconds. It is skipped if the prices have not changed.
        forced: Whether the user requested the training.
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
        forced=forced,
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
