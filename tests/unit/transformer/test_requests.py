"""What a request means: by window or by symbol, some outputs, one parameter; the rest is refused by name."""

from typing import Any

import numpy as np
import pytest

from model.contract.errors import InvalidInputError, TooLargeError
from model.protocol.tensors import InferRequest, RequestedOutput
from transformer.requests import check_forecast, understand

CLOSES = np.full((2, 60), 30.0)
SYMBOLS = np.array([b"PETR4.SA", b"^GSPC"], dtype=object)


def _outputs(*names: str) -> tuple[RequestedOutput, ...]:
    return tuple(RequestedOutput(name) for name in names)


def test_by_window() -> None:
    asked = understand(InferRequest({"close": CLOSES.astype(np.float32)}), 10)
    assert asked.closes is not None
    assert asked.closes.dtype == np.float64
    assert (asked.symbols, asked.allow_jumps, asked.outputs) == ((), False, ("forecast", "quantiles", "naive"))


def test_by_symbol() -> None:
    asked = understand(InferRequest({"symbol": SYMBOLS}, parameters={"allow_jumps": True}), 10)
    assert asked.closes is None
    assert asked.symbols == ("PETR4.SA", "^GSPC")
    assert asked.allow_jumps
    assert asked.outputs == ("forecast", "quantiles", "naive", "data_until", "target_session", "stale")


def test_outputs_in_the_order_asked_for() -> None:
    request = InferRequest({"symbol": SYMBOLS}, outputs=_outputs("stale", "naive"))
    assert understand(request, 10).outputs == ("stale", "naive")


@pytest.mark.parametrize(
    ("inputs", "fields", "message"),
    [
        ({}, {}, "expected one of 'close' and 'symbol', got neither"),
        ({"close": CLOSES, "symbol": SYMBOLS}, {}, "expected one of 'close' and 'symbol', got both"),
        ({"close": CLOSES}, {"outputs": _outputs("stale")}, "expected some of forecast, quantiles, naive, got 'stale'"),
        ({"close": CLOSES}, {"outputs": _outputs("naive", "naive")}, "'naive' is asked for twice"),
        ({"close": CLOSES}, {"parameters": {"allow_jumps": 1}}, "'allow_jumps': expected true or false, got 1"),
        ({"close": CLOSES * np.nan}, {}, "input 'close', row 0, column 0: expected a finite price, got nan"),
        ({"symbol": np.array([b"A", b"\xff"], dtype=object)}, {}, "input 'symbol', row 1: expected UTF-8"),
        ({"symbol": np.array([b""], dtype=object)}, {}, "input 'symbol', row 0: expected a symbol, got an empty"),
    ],
)
def test_what_cannot_be_meant(inputs: Any, fields: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        understand(InferRequest(inputs, **fields), 10)


@pytest.mark.parametrize("inputs", [{"close": CLOSES}, {"symbol": SYMBOLS}])
def test_too_many_rows(inputs: Any) -> None:
    with pytest.raises(TooLargeError, match="expected at most 1 rows, got 2"):
        understand(InferRequest(inputs), 1)


@pytest.mark.parametrize("wrong", [np.inf, np.nan, 0.0])
def test_a_forecast_that_no_float_holds(wrong: float) -> None:
    quantiles = np.ones((2, 7))
    check_forecast(quantiles, CLOSES)
    quantiles[1, 6] = wrong
    with pytest.raises(InvalidInputError, match="input 'close', row 1: expected closes whose forecast is a finite num"):
        check_forecast(quantiles, CLOSES)
