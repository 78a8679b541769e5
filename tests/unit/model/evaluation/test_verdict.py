import numpy as np
import pytest

from model.evaluation.significance import Comparison, compare
from model.evaluation.verdict import Outcome, verdict


def losses(gain: float) -> Comparison:
    """Compare a model whose losses are lower than the reference's by the fraction `gain`, plus noise of 1 %."""
    rng = np.random.default_rng(1)
    reference = rng.exponential(1.0, 250)
    return compare(reference * (1 - gain) + rng.normal(0.0, 0.01, 250), reference)


@pytest.mark.parametrize(
    ("gain", "outcome", "point", "distribution"),
    [
        (0.05, Outcome.BETTER, 'forecast beats "tomorrow = today"', "distribution beats the last close"),
        (0.0, Outcome.TIE, 'does not beat "tomorrow = today"; it ties', "distribution does not beat the last close"),
        (-0.05, Outcome.WORSE, 'loses to "tomorrow = today"', "distribution loses to the last close"),
    ],
)
def test_sentences_state_outcome_and_size_of_the_difference(
    gain: float, outcome: Outcome, point: str, distribution: str
) -> None:
    comparison = losses(gain)
    result = verdict(comparison, comparison)
    assert (result.point, result.distribution) == (outcome, outcome)
    assert point in result.sentences[0]
    assert distribution in result.sentences[1]
    size = f"{100 * abs(comparison.difference / comparison.reference):.2f} %"
    assert all(size in sentence and "250 sessions" in sentence for sentence in result.sentences[:2])
    assert ("smaller" if comparison.difference < 0 else "larger") in result.sentences[0]
    assert ("chance explains" in result.text) == (outcome is Outcome.TIE)


def test_last_close_is_a_tie_without_numbers() -> None:
    loss = np.random.default_rng(2).exponential(1.0, 250)
    result = verdict(compare(loss, loss), losses(0.05))
    assert (result.point, result.distribution) == (Outcome.TIE, Outcome.BETTER)
    assert result.sentences[0].endswith("its errors are exactly those of the last close.")


def test_point_and_distribution_are_judged_separately_and_direction_is_not_claimed() -> None:
    result = verdict(losses(-0.05), losses(0.05))
    assert (result.point, result.distribution) == (Outcome.WORSE, Outcome.BETTER)
    assert result.text.endswith("None of this says whether a price will rise or fall.")
    assert result.to_dict() == {"point": "worse", "distribution": "better", "text": result.text}
