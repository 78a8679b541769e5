"""Decide: whether a refresh trains, and from where. A pure function of what is known."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Policy:
    """When to train.

    Attributes:
        every_sessions: sessions since the last training. max_age_days: of the served version.
        drift_p: a probability of the drift test below this trains; 0 never. finetune: on from the served version.
    """

    every_sessions: int
    max_age_days: float
    drift_p: float
    finetune: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a refresh knows once prices are collected.

    Attributes:
        served: the version that is served, None for none. served_state: `trained` or `untrained`.
        served_age_days: since it was made. same_symbols: whether it was trained on the symbols asked for.
        trained_until: last session that the last training saw, carried to its end or refused; None for none.
        same_prices: whether that training was on the very prices that are stored now.
        new_sessions: sessions since then. drift: probability of the closes since then under the served 90 % band;
            None where it was not measured. forced: by the user.
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
class Choice:
    """What is decided: whether to train, whether on from the served version, and why in words."""

    train: bool
    finetune: bool
    reason: str


def choose(facts: Facts, policy: Policy) -> Choice:
    """Whether to train now.

    Prices that were trained on already are not trained on again: the same prices, recipe and seed give the same model.
    """
    can_finetune = policy.finetune and facts.served_state == "trained" and facts.same_symbols
    if facts.served is not None and not facts.forced and facts.same_prices:
        return Choice(False, False, f"no new session since the last training, on prices until {facts.trained_until}")
    fresh = _from_the_start(facts, policy)
    if fresh is not None:
        return Choice(True, False, fresh)
    due = _due(facts, policy)
    return Choice(due is not None, can_finetune, due or _waiting(facts, policy))


def _from_the_start(facts: Facts, policy: Policy) -> str | None:
    """Why the served version is nothing to go on from."""
    if facts.served is None:
        return "nothing is served yet"
    if not facts.same_symbols:
        return "the served version was trained on other symbols"
    if facts.drift is not None and facts.drift < policy.drift_p:
        return (
            f"drift: so many closes outside of the 90 % band have a probability of {facts.drift:.2g}, "
            f"below {policy.drift_p:g}"
        )
    return None


def _due(facts: Facts, policy: Policy) -> str | None:
    if facts.forced:
        return "forced"
    if facts.served_age_days > policy.max_age_days:
        return f"the served version is {facts.served_age_days:.0f} days old (of {policy.max_age_days:g})"
    return _waiting(facts, policy) if facts.new_sessions >= policy.every_sessions else None


def _waiting(facts: Facts, policy: Policy) -> str:
    return f"{facts.new_sessions} of {policy.every_sessions} sessions since the last training"
