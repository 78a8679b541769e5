"""Checks of the load test: correct answers pass, each kind of wrong answer is found."""

import re
from typing import Any

import numpy as np
import pytest

from loadtest.checks import find_fault

VERSION = "20261124T014500Z-1a2b3c4d"
NAIVE = np.array([30.0, 31.0])


def outputs(**changed: Any) -> dict[str, Any]:
    quantiles = NAIVE[:, None] + np.arange(-3.0, 4.0)
    correct = {"forecast": quantiles[:, 3], "quantiles": quantiles, "naive": NAIVE}
    return {name: value for name, value in (correct | changed).items() if value is not None}


def test_correct_answer_passes() -> None:
    assert find_fault(VERSION, outputs(), 2, NAIVE) is None
    assert find_fault(VERSION, outputs(naive=NAIVE + 1), 2, None) is None


def _crossing() -> Any:
    quantiles = outputs()["quantiles"].copy()
    quantiles[1, 2] = quantiles[1, 0]
    return quantiles


@pytest.mark.parametrize(
    ("version", "changed", "fault"),
    [
        (None, {}, "expected the name of a version, got None"),
        ("latest", {}, "expected the name of a version, got 'latest'"),
        (VERSION, {"quantiles": None}, "outputs: missing quantiles"),
        (VERSION, {"forecast": np.array([30.0])}, r"forecast: expected shape \[2\], got \[1\]"),
        (VERSION, {"quantiles": np.ones((2, 3))}, r"quantiles: expected shape \[2, 7\], got \[2, 3\]"),
        (VERSION, {"forecast": np.array([30.0, np.nan])}, "forecast: expected finite prices above zero"),
        (VERSION, {"naive": np.array([30.0, -1.0])}, "naive: expected finite prices above zero"),
        (VERSION, {"quantiles": _crossing()}, "quantiles cross: "),
        (VERSION, {"forecast": NAIVE + 1}, "the forecast is not the median"),
        (VERSION, {"naive": NAIVE[::-1]}, r"naive: expected the last closes \[30.0, 31.0\], got \[31.0, 30.0\]"),
    ],
)
def test_wrong_answer_is_described(version: Any, changed: dict[str, Any], fault: str) -> None:
    found = find_fault(version, outputs(**changed), 2, NAIVE)
    assert found is not None
    assert re.search(fault, found), found
