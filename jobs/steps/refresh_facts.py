"""What a refresh knows when it decides: of the served version, of the last training, and of the prices since."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from jobs.settings import RefreshSettings
from jobs.steps.new_version import comparable
from jobs.steps.refresh_decision import Facts, Policy
from jobs.steps.refresh_drift import drift_probability
from model.artefact.folder import Artefact
from model.artefact.registry import Registry
from model.contract.errors import NextcloseError
from model.contract.version import created_at
from model.prices.series import PriceSeries
from model.state.status import Attempt


def policy_of(settings: RefreshSettings) -> Policy:
    """The part of the settings that decides."""
    return Policy(
        settings.every_sessions, settings.max_age_days, settings.drift_p, finetune=settings.training == "finetune"
    )


def facts_of(
    registry: Registry,
    served: str | None,
    series: Sequence[PriceSeries],
    attempt: Attempt | None,
    *,
    drift: bool,
    forced: bool,
    now: datetime,
) -> Facts:
    """Gathers what `refresh_decision.choose` decides by.

    Args:
        registry: of the versions.
        served: the version that is served now.
        series: the stored prices, one a symbol.
        attempt: the last training; without one, that of the served version counts.
        drift: whether to measure it. Never on prices that were trained on: it takes seconds.
        forced: by the user.
        now: with time zone.
    """
    held = _opened(registry, served)
    until, same = _basis(attempt, held, {one.symbol: one.digest for one in series})
    return Facts(
        served=held.version if held else None,
        served_state=held.manifest.state if held else None,
        served_age_days=(now - created_at(held.version)).total_seconds() / 86400 if held else 0.0,
        same_symbols=comparable(registry, served, [one.symbol for one in series]) is not None,
        trained_until=until,
        same_prices=same,
        new_sessions=max(_since(one, until) for one in series),
        drift=drift_probability(held, series) if held is not None and drift and not same else None,
        forced=forced,
    )


def _since(series: PriceSeries, until: date | None) -> int:
    return len(series) if until is None else int((series.dates > np.datetime64(until)).sum())


def _opened(registry: Registry, version: str | None) -> Artefact | None:
    try:
        return registry.open(version) if version is not None else None
    except NextcloseError:
        return None  # what cannot be opened cannot be judged: it is replaced


def _basis(attempt: Attempt | None, held: Artefact | None, digests: dict[str, str]) -> tuple[date | None, bool]:
    """The last session that was trained on, and whether that was on these very prices."""
    if attempt is not None:
        return attempt.until, attempt.digests == digests
    if held is not None:
        known = {part.symbol: part.digest for part in held.manifest.data}
        return min(part.last for part in held.manifest.data), known == digests
    return None, False
