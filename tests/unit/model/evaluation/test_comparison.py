import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from model.contract.errors import TrainingError
from model.evaluation.baselines import EWMA, GARCH, NAIVE
from model.evaluation.comparison import CHALLENGER, CHAMPION, GateComparison, compare_at_gate
from model.evaluation.comparison_page import VersionFacts, render_comparison
from model.evaluation.forecasts import Forecasts, concatenate
from model.evaluation.gate import ChallengerKind, EvaluatedModel, evaluate_gate
from model.evaluation.measures import crps_points, measure
from model.evaluation.significance import compare
from tests.unit.model.evaluation.conftest import Closes
from tests.unit.model.evaluation.test_report import Page

NOW = datetime(2025, 1, 2, 21, 30, tzinfo=UTC)
FACTS = VersionFacts(
    "20250102T213000Z-1a2b3c4d", "challenger", "trained", NOW, "LSTM(16)", "2023-10-02", ("X: <1> closes",), None
)


@pytest.fixture(scope="module")
def compared(closes: Closes, baselines: dict[str, Forecasts]) -> GateComparison:
    challenger, champion = (EvaluatedModel(baselines[name], closes.trained_until) for name in (GARCH, EWMA))
    return compare_at_gate(challenger, champion, baselines, closes.dates, kind=ChallengerKind.REPLACE)


def _page(compared: GateComparison) -> str:
    champion = replace(FACTS, version="20240102T213000Z-1a2b3c4d", role="champion", gate="Passed: all passed.")
    return render_comparison(compared, "nextclose", FACTS, champion, NOW)


def test_decision_and_tests_equal_those_of_the_gate(
    compared: GateComparison, closes: Closes, baselines: dict[str, Forecasts]
) -> None:
    challenger, champion = (EvaluatedModel(baselines[name], closes.trained_until) for name in (GARCH, EWMA))
    assert compared.decision == evaluate_gate(
        challenger, champion, baselines[NAIVE], closes.dates, kind=ChallengerKind.REPLACE
    )
    loss, reference = (crps_points(baselines[name].ordered()) for name in (GARCH, EWMA))
    np.testing.assert_allclose(compared.loss, loss)
    np.testing.assert_allclose(compared.reference, reference)
    assert compared.crps == compare(loss, reference)
    checks = {check.name: check.value for check in compared.decision.checks}
    assert checks["replace_p"] == compared.crps.p_better
    assert checks["replace_p_long"] == compared.crps_long.p_better
    assert list(compared.measures())[:3] == [CHALLENGER, CHAMPION, NAIVE]
    assert compared.measures()[CHALLENGER] == measure(baselines[GARCH])
    assert compared.measures()[CHAMPION] == measure(baselines[EWMA])


def test_swapping_the_models_inverts_the_difference(
    compared: GateComparison, closes: Closes, baselines: dict[str, Forecasts]
) -> None:
    challenger, champion = (EvaluatedModel(baselines[name], closes.trained_until) for name in (EWMA, GARCH))
    swapped = compare_at_gate(challenger, champion, baselines, closes.dates, kind=ChallengerKind.REPLACE)
    assert swapped.crps.difference == pytest.approx(-compared.crps.difference)
    assert swapped.crps.p_better == pytest.approx(1 - compared.crps.p_better)


def test_page_is_self_contained_and_complete(compared: GateComparison) -> None:
    html = _page(compared)
    page = Page(html)
    assert len(html.encode()) < 2_000_000
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org)", html)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} | set(re.findall(r"url\(#([^)]*)\)", html)) <= set(page.ids)
    assert compared.decision.sentence in page.text
    assert all(check.sentence in page.text for check in compared.decision.checks)
    assert "different recipes" in page.text
    assert "X: <1> closes" in page.text
    assert "not tested" in page.text
    assert f"{100 * compared.crps.difference:+.4f} %" in page.text
    assert page.tags.count("figure") == page.tags.count("figcaption") == 4
    assert all(page.labels)
    assert html == _page(compared)


def test_page_of_many_symbols_is_below_two_megabytes(closes: Closes, baselines: dict[str, Forecasts]) -> None:
    many = {
        name: concatenate([replace(one, symbol=np.full(250, f"S{i:02}")) for i in range(20)])
        for name, one in baselines.items()
    }
    challenger, champion = (EvaluatedModel(many[name], closes.trained_until) for name in (GARCH, EWMA))
    html = _page(compare_at_gate(challenger, champion, many, closes.dates, kind=ChallengerKind.REFRESH))
    page = Page(html)
    assert len(html.encode()) < 2_000_000
    assert "16 more symbols are in the tables only." in page.text
    assert "the same recipe" in page.text
    assert {f"symbol-S{i:02}" for i in range(20)} <= set(page.ids)


def test_models_with_different_sessions_are_refused(closes: Closes, baselines: dict[str, Forecasts]) -> None:
    fewer = EvaluatedModel(baselines[EWMA].take(np.arange(200)), closes.trained_until)
    with pytest.raises(TrainingError, match="the same symbols at the same sessions"):
        compare_at_gate(
            EvaluatedModel(baselines[GARCH], closes.trained_until),
            fewer,
            baselines,
            closes.dates,
            kind=ChallengerKind.REFRESH,
        )
