"""The decision of a refresh: whether to train, and whether to fine-tune. A pure function of facts and policy."""

from dataclasses import dataclass
from datetime import date


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
        forced: Whether the user requested the training.
    """

    served: str | None
    served_state: str | None
    served_age_days: float
    same_symbols: bool
    trained_until: date | None
    same_prices: bool
    new_sessions: int
    drift: float | None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class RefreshDecision:
    """The decision.

    Attributes:
        train: Whether to train.
        finetune: Whether to fine-tune the served version instead of training from the start.
        reason: Reason, as text for the log and the status.
    """

    train: bool
    finetune: bool
    reason: str


def decide(facts: Facts, policy: Policy) -> RefreshDecision:
    """Decide whether to train now.

    The same prices are not trained on again, because the same prices, recipe and seed give the same model.
    """
    can_finetune = policy.finetune and facts.served_state == "trained" and facts.same_symbols
    if facts.served is not None and not facts.forced and facts.same_prices:
        return RefreshDecision(
            False, False, f"no new session since the last training, on prices until {facts.trained_until}"
        )
    scratch_reason = _reason_for_scratch(facts, policy)
    if scratch_reason is not None:
        return RefreshDecision(True, False, scratch_reason)
    due_reason = _reason_for_training(facts, policy)
    return RefreshDecision(due_reason is not None, can_finetune, due_reason or _progress(facts, policy))


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
    if facts.forced:
        return "forced"
    if facts.served_age_days > policy.max_age_days:
        return f"the served version is {facts.served_age_days:.0f} days old (limit: {policy.max_age_days:g})"
    return _progress(facts, policy) if facts.new_sessions >= policy.every_sessions else None


def _progress(facts: Facts, policy: Policy) -> str:
    return f"{facts.new_sessions} of {policy.every_sessions} sessions since the last training"
