import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats

from model.contract.arrays import f8
from model.contract.errors import NotEnoughDataError, TrainingError
from model.contract.levels import LEVELS, MEDIAN
from model.evaluation.baselines import EWMA, NAIVE
from model.evaluation.forecasts import Forecasts, concatenate
from model.evaluation.gate import ChallengerKind, EvaluatedModel, GateDecision, evaluate_gate
from tests.unit.model.evaluation.conftest import Closes

SESSIONS = 250
CALENDAR = np.busday_offset("2020-01-01", np.arange(700), roll="forward")
GATE = CALENDAR[400 : 400 + SESSIONS]
TRAINED = CALENDAR[400 - 61]  # 60 sessions before the gate's first session
T4 = stats.t(4).ppf(LEVELS) / np.sqrt(2)


@dataclass(frozen=True, slots=True)
class Market:
    """Simulated closes of a symbol with known volatility, and forecasts with any scale."""

    symbol: str
    last: f8
    actual: f8
    sigma: f8

    def forecasts(self, scale: f8, quantiles: f8 = T4) -> Forecasts:
        return Forecasts(
            np.full(SESSIONS, self.symbol),
            GATE,
            self.last,
            self.actual,
            self.last[:, None] * np.exp(scale[:, None] * quantiles),
        )

    @property
    def good(self) -> Forecasts:
        """Exactly calibrated forecasts: the true volatility and the quantiles of the sample."""
        return self.forecasts(self.sigma, self.sample)

    @property
    def sample(self) -> f8:
        standard = np.log(self.actual / self.last) / self.sigma
        quantiles: f8 = np.quantile(standard, LEVELS)
        centred: f8 = quantiles - quantiles[MEDIAN]
        return centred

    @property
    def naive(self) -> Forecasts:
        """Forecasts with one scale for all sessions, twice too wide: every decent model has a lower CRPS."""
        return self.forecasts(np.full(SESSIONS, 2 * self.sigma.mean()))


def market(symbol: str = "A", seed: int = 1) -> Market:
    rng = np.random.default_rng(seed)
    sigma = 0.012 * np.exp(0.6 * np.sin(np.arange(SESSIONS) / 20) + 0.1 * rng.standard_normal(SESSIONS))
    # The returns are symmetric and their median is zero, so the centred quantiles equal the sample's quantiles.
    returns = rng.permutation(np.concatenate([q := stats.t(4).ppf((np.arange(125) + 0.5) / 250), -q])) / np.sqrt(2)
    closes = 20 * np.exp(np.cumsum(np.concatenate([[0.0], sigma * returns])))
    return Market(symbol, closes[:-1], closes[1:], sigma)


def gate(
    challenger: Forecasts,
    champion: Forecasts | None,
    naive: Forecasts,
    kind: ChallengerKind = ChallengerKind.REPLACE,
    tried: int = 1,
) -> GateDecision:
    return evaluate_gate(
        EvaluatedModel(challenger, TRAINED),
        None if champion is None else EvaluatedModel(champion, TRAINED),
        naive,
        CALENDAR,
        kind=kind,
        challenger_count=tried,
    )


def failed(decision: GateDecision) -> list[str]:
    return [check.name for check in decision.checks if not check.passed]


def test_first_model_is_judged_by_the_floors_only() -> None:
    m = market()
    decision = gate(m.good, None, m.naive)
    assert decision.promoted
    assert decision.kind is None
    assert [check.name for check in decision.checks] == [
        "mase",
        "crps_naive",
        "coverage_50",
        "coverage_80",
        "coverage_90",
    ]
    assert decision.sentence == f"Passed: all 5 checks passed on 250 sessions from {GATE[0]} to {GATE[-1]}."


def test_a_better_recipe_replaces_the_champion() -> None:
    m = market()
    champion = m.forecasts(np.full(SESSIONS, m.sigma.mean()))
    decision = gate(m.good, champion, m.naive)
    assert decision.promoted
    assert decision.kind is ChallengerKind.REPLACE
    # With the models swapped, every rule against the champion refuses.
    assert {"replace_p", "replace_p_long", "replace_skill"} <= set(failed(gate(champion, m.good, m.naive)))


def test_a_recipe_as_good_as_the_champion_does_not_replace_it() -> None:
    m = market()
    noise = np.random.default_rng(2).normal(0.0, 0.05, (2, SESSIONS))
    a, b = (m.forecasts(m.sigma * np.exp(error), m.sample) for error in noise)
    assert not gate(a, b, m.naive).promoted
    assert not gate(b, a, m.naive).promoted
    assert not gate(a, a, m.naive).promoted


def test_small_improvement_is_not_enough_to_replace() -> None:
    m = market()
    champion = m.good
    # Move every quantile towards the close by 0.3 % of the distance: better in every session, but only by 0.3 %.
    closer = champion.quantiles + 0.003 * (champion.actual[:, None] - champion.quantiles)
    assert failed(gate(replace(champion, quantiles=closer), champion, m.naive)) == ["replace_skill"]


def test_limit_is_divided_by_the_number_of_challengers() -> None:
    m = market()
    check = next(check for check in gate(m.good, m.naive, m.naive, tried=4).checks if check.name == "replace_p")
    assert check.limit == pytest.approx(0.0125)
    assert "0.05 over 4 challengers tried" in check.sentence


def test_refresh_accepts_an_equal_model_and_refuses_a_worse_one() -> None:
    m = market()
    assert gate(m.good, m.good, m.naive, ChallengerKind.REFRESH).promoted
    blurred = m.good.quantiles + 0.03 * (m.good.quantiles - m.good.actual[:, None])
    blurred[:, MEDIAN] = m.last
    worse = gate(replace(m.good, quantiles=blurred), m.good, m.naive, ChallengerKind.REFRESH)
    assert failed(worse) == ["refresh_bound"]
    assert worse.sentence.startswith("Refused on 250 sessions")
    assert "allowed: 1.0 %" in worse.sentence


def test_bad_point_forecast_fails_only_its_floor() -> None:
    m = market()
    # Move the median within the middle interval, away from the actual close.
    quantiles = m.good.quantiles.copy()
    away = np.where(m.actual > m.last, quantiles[:, 2], quantiles[:, 4])
    quantiles[:, MEDIAN] = m.last + 0.5 * (away - m.last)
    assert failed(gate(replace(m.good, quantiles=quantiles), None, m.naive)) == ["mase"]


def test_bad_crps_fails_only_its_floor() -> None:
    m = market()
    flat = np.full(SESSIONS, m.sigma.mean())
    quantiles = np.quantile(np.log(m.actual / m.last) / flat, LEVELS)
    calibrated = m.forecasts(flat, quantiles - quantiles[MEDIAN])
    assert failed(gate(calibrated, None, m.good)) == ["crps_naive"]


@pytest.mark.parametrize(("percent", "toward"), [(50, 1), (80, 1), (90, -1)])
def test_bad_coverage_fails_only_its_floor(percent: int, toward: int) -> None:
    m = market()
    lower = {50: 2, 80: 1, 90: 0}[percent]
    quantiles = m.good.quantiles.copy()
    for own, neighbour in ((lower, lower - toward), (6 - lower, 6 - lower + toward)):
        quantiles[:, own] = 0.1 * quantiles[:, own] + 0.9 * quantiles[:, neighbour]
    decision = gate(replace(m.good, quantiles=quantiles), None, m.naive)
    assert failed(decision) == [f"coverage_{percent}"]


def test_mean_and_worst_coverage_of_several_symbols_are_judged() -> None:
    markets = [market(symbol, seed) for seed, symbol in enumerate(("A", "B", "C", "D"))]
    naive = concatenate([m.naive for m in markets])
    assert gate(concatenate([m.good for m in markets]), None, naive).promoted
    narrow = markets[0].forecasts(markets[0].sigma, 0.7 * markets[0].sample)
    decision = gate(concatenate([narrow, *(m.good for m in markets[1:])]), None, naive)
    assert "coverage_80_worst" in failed(decision)
    assert "coverage_80" not in failed(decision)
    assert "closes of A, the worst of 4 symbols" in decision.sentence


def test_only_the_last_250_sessions_are_judged() -> None:
    m = market()
    early = CALENDAR[390:400]
    close = np.full(10, 20.0)
    before = Forecasts(np.full(10, "A"), early, close, close, np.full((10, 7), 20.0))
    longer = concatenate([before, m.good])
    decision = gate(longer, None, concatenate([before, m.naive]))
    assert (decision.first, decision.last, decision.sessions) == (GATE[0], GATE[-1], SESSIONS)
    assert decision.to_dict() == gate(m.good, None, m.naive).to_dict()


def test_order_of_points_does_not_matter() -> None:
    m = market()
    shuffled = m.good.take(np.random.default_rng(4).permutation(SESSIONS))
    assert gate(shuffled, m.naive, m.naive).to_dict() == gate(m.good, m.naive, m.naive).to_dict()


def test_different_sessions_are_refused() -> None:
    m = market()
    short = m.naive.take(np.arange(1, SESSIONS))
    for champion, naive, name in ((short, m.naive, "champion"), (m.good, short, "naive"), (None, short, "naive")):
        with pytest.raises(TrainingError, match=f"challenger and {name} to forecast the same symbols.*249 sessions"):
            gate(m.good, champion, naive)


def test_different_closes_are_refused() -> None:
    m = market()
    with pytest.raises(TrainingError, match="the same closes in both"):
        gate(m.good, replace(m.good, actual=m.actual * 2), m.naive)


def test_too_few_sessions_are_refused() -> None:
    m = market()
    rows = np.arange(1, SESSIONS)
    with pytest.raises(NotEnoughDataError, match="at least 250 sessions, got 249 points of 1 symbols, 249 sessions"):
        gate(m.good.take(rows), None, m.naive.take(rows))


def test_model_trained_on_gate_sessions_is_refused() -> None:
    m = market()
    good = EvaluatedModel(m.good, TRAINED)
    for until, message in (
        (GATE[0], "trained before the gate's first session"),
        (GATE[-1], "trained before the gate's first session"),
        (CALENDAR[340], "at least 60 sessions between training and gate, got 59"),
    ):
        cheat = EvaluatedModel(m.good, until)
        with pytest.raises(TrainingError, match=f"gate, challenger: .*{message}"):
            evaluate_gate(cheat, good, m.naive, CALENDAR, kind=ChallengerKind.REFRESH)
        with pytest.raises(TrainingError, match=f"gate, champion: .*{message}"):
            evaluate_gate(good, cheat, m.naive, CALENDAR, kind=ChallengerKind.REFRESH)


def test_zero_challengers_are_refused() -> None:
    m = market()
    with pytest.raises(TrainingError, match="'challenger_count': expected at least 1, got 0"):
        gate(m.good, None, m.naive, tried=0)


def test_decisions_are_strict_json() -> None:
    m = market()
    constant = replace(m.good, actual=m.last)
    decision = gate(constant, None, replace(m.naive, actual=m.last))
    # The MASE of a constant price is undefined, so its check fails.
    content = json.loads(json.dumps(decision.to_dict(), allow_nan=False))
    assert content["promoted"] is False
    assert next(check for check in content["checks"] if check["name"] == "mase")["value"] is None


def test_ewma_has_a_lower_crps_than_naive_on_real_prices(closes: Closes, baselines: dict[str, Forecasts]) -> None:
    decision = evaluate_gate(
        EvaluatedModel(baselines[EWMA], closes.trained_until),
        None,
        baselines[NAIVE],
        closes.dates,
        kind=ChallengerKind.REPLACE,
    )
    assert next(check for check in decision.checks if check.name == "crps_naive").passed
    assert next(check for check in decision.checks if check.name == "mase").value == 1.0
