from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from jobs.pipeline.refresh_decision import Facts, Policy, binomial_tail, choose_training

POLICY = Policy(every_sessions=5, max_age_days=30, drift_p=0.01, finetune=True)
QUIET = Facts(
    served="V",
    served_state="trained",
    served_age_days=3,
    same_symbols=True,
    trained_until=date(2024, 12, 30),
    same_prices=False,
    new_sessions=2,
    drift=0.4,
)


@pytest.mark.parametrize(
    ("changed", "train", "finetune", "reason"),
    [
        ({}, False, True, "2 of 5 sessions"),
        ({"new_sessions": 5}, True, True, "5 of 5 sessions"),
        ({"served_age_days": 31}, True, True, "31 days old"),
        ({"drift": 0.009}, True, False, "drift"),
        ({"drift": None}, False, True, "2 of 5"),
        ({"same_symbols": False}, True, False, "other symbols"),
        ({"served": None, "served_state": None}, True, False, "nothing is served yet"),
        ({"force": True}, True, True, "forced"),
        ({"same_prices": True, "served_age_days": 99, "drift": 0.0}, False, False, "no new session"),
        ({"same_prices": True, "force": True}, True, True, "forced"),
        ({"new_sessions": 5, "served_state": "untrained"}, True, False, "5 of 5"),
    ],
)
def test_decision_and_its_reason(changed: dict[str, object], train: bool, finetune: bool, reason: str) -> None:
    choice = choose_training(replace(QUIET, **changed), POLICY)  # type: ignore[arg-type]  # fields by name
    assert choice.train == train
    assert reason in choice.reason
    if train:
        assert choice.finetune == finetune


def test_policy_can_disable_drift_test_and_fine_tuning() -> None:
    assert not choose_training(replace(QUIET, drift=0.0), replace(POLICY, drift_p=0)).train
    assert not choose_training(replace(QUIET, new_sessions=5), replace(POLICY, finetune=False)).finetune


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.01, 0.99))
def test_tail_equals_that_of_scipy(outside: int, of: int, p: float) -> None:
    assert binomial_tail(outside, of, p) == pytest.approx(float(binom.sf(outside - 1, of, p)), abs=1e-9)
