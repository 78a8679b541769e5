"""The load test's own eyes: each kind of wrong answer is seen, a right one passes."""

from typing import Any

import numpy as np
import pytest

from loadtest.windows import WINDOWS, fault_of, make_closes, make_request
from model.contract.window import WINDOW, check_windows


def right_answer(closes: list[float]) -> dict[str, Any]:
    last = closes[-1]
    outputs = {"forecast": [last], "naive": [last], "quantiles": [last + step for step in (-3.0, -2, -1, 0, 1, 2, 3)]}
    return {"model_version": "v", "outputs": [{"name": name, "data": data} for name, data in outputs.items()]}


def replaced(name: str, data: list[float]) -> dict[str, Any]:
    answer = right_answer(make_closes(0))
    return answer | {"outputs": [*(o for o in answer["outputs"] if o["name"] != name), {"name": name, "data": data}]}


def test_every_window_is_one_the_service_takes_and_no_two_are_equal() -> None:
    windows = np.array([make_closes(number) for number in range(WINDOWS)])
    assert windows.shape == (WINDOWS, WINDOW)
    check_windows(windows)
    assert len(np.unique(windows, axis=0)) == WINDOWS
    assert make_request(3)["inputs"][0]["data"] == make_closes(3)


def test_a_right_answer_passes() -> None:
    assert fault_of(right_answer(make_closes(0)), make_closes(0)) is None


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({}, "missing: forecast, naive, quantiles"),
        (replaced("quantiles", [1.0, 2, 3]), "expected 7 finite"),
        (replaced("quantiles", [1.0, 2, 3, float("nan"), 5, 6, 7]), "expected 7 finite"),
        (replaced("quantiles", [1.0, 2.0, 3.0, 2.5, 5.0, 6.0, 7.0]), "cross"),
        (replaced("naive", [1.0]), "as naive, got"),
        (right_answer(make_closes(0)) | {"model_version": ""}, "names no version"),
    ],
)
def test_a_wrong_answer_is_told(answer: dict[str, Any], fault: str) -> None:
    assert fault in (fault_of(answer, make_closes(0)) or "")
