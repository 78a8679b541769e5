"""What the load test sends and how it checks what comes back. Deterministic: the same run sends the same closes."""

from itertools import pairwise
from math import exp, isfinite, sin
from typing import Any, Final

from model.contract.levels import LEVELS
from model.contract.names import CLOSE, FORECAST, NAIVE, QUANTILES
from model.contract.window import WINDOW

WINDOWS: Final = 64  # different windows


def make_closes(number: int) -> list[float]:
    """One of the windows that the users send: 60 closes that move like a share, in price units."""
    return [
        round(30.0 * exp(0.2 * sin(0.07 * day + number) + 0.02 * sin(2.3 * day * (number + 1))), 2)
        for day in range(WINDOW)
    ]


def make_request(number: int) -> dict[str, Any]:
    """The V2 request of a window."""
    closes = make_closes(number)
    return {"inputs": [{"name": CLOSE, "datatype": "FP64", "shape": [1, WINDOW], "data": closes}]}


def fault_of(answer: dict[str, Any], closes: list[float]) -> str | None:
    """What is wrong with an answer to a window; None when nothing is."""
    outputs = {output["name"]: output["data"] for output in answer.get("outputs", [])}
    if missing := {FORECAST, QUANTILES, NAIVE} - outputs.keys():
        return f"outputs are missing: {', '.join(sorted(missing))}"
    quantiles = outputs[QUANTILES]
    if len(quantiles) != len(LEVELS) or not all(isinstance(value, float) and isfinite(value) for value in quantiles):
        return f"expected {len(LEVELS)} finite quantiles, got {quantiles}"
    if any(upper < lower for lower, upper in pairwise(quantiles)):
        return f"quantiles cross: {quantiles}"
    if outputs[NAIVE] != [closes[-1]]:
        return f"expected the last close {closes[-1]} as naive, got {outputs[NAIVE]}"
    if not answer.get("model_version"):
        return "the answer names no version"
    return None
