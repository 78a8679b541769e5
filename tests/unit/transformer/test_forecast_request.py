"""Requests by window and by symbol: outputs, parameter, and messages for invalid requests."""

from typing import Any

import numpy as np
import pytest

from model.contract.errors import InvalidInputError
from model.protocol.tensors import InferRequest, RequestedOutput
from transformer.forecast_request import check_forecast, parse_forecast_request

CLOSES = np.full((2, 60), 30.0)
SYMBOLS = np.array([b"PETR4.SA", b"^GSPC"], dtype=object)


def _outputs(*names: str) -> tuple[RequestedOutput, ...]:
    return tuple(RequestedOutput(name) for name in names)


def test_request_by_window_has_three_outputs() -> None:
    request = parse_forecast_request(InferRequest({"close": CLOSES.astype(np.float32)}))
    assert request.closes is not None
    assert request.closes.dtype == np.float64
    assert (request.symbols, request.allow_jumps, request.outputs) == ((), False, ("forecast", "quantiles", "naive"))


def test_request_by_symbol_also_has_dates_and_staleness() -> None:
    request = parse_forecast_request(InferRequest({"symbol": SYMBOLS}, parameters={"allow_jumps": True}))
    assert request.closes is None
    assert request.symbols == ("PETR4.SA", "^GSPC")
    assert request.allow_jumps
    assert request.outputs == ("forecast", "quantiles", "naive", "data_until", "target_session", "stale")


def test_outputs_keep_the_requested_order() -> None:
    request = InferRequest({"symbol": SYMBOLS}, outputs=_outputs("stale", "naive"))
    assert parse_forecast_request(request).outputs == ("stale", "naive")


@pytest.mark.parametrize(
    ("inputs", "fields", "message"),
    [
        ({}, {}, "expected one of 'close' and 'symbol', got neither"),
        ({"close": CLOSES, "symbol": SYMBOLS}, {}, "expected one of 'close' and 'symbol', got both"),
        ({"close": CLOSES}, {"outputs": _outputs("stale")}, "expected some of forecast, quantiles, naive, got 'stale'"),
        ({"close": CLOSES}, {"outputs": _outputs("naive", "naive")}, "'naive' is requested twice"),
        ({"close": CLOSES}, {"parameters": {"allow_jumps": 1}}, "'allow_jumps': expected true or false, got 1"),
        ({"close": CLOSES * np.nan}, {}, "input 'close', row 0, column 0: expected a finite price, got nan"),
        ({"symbol": np.array([b"A", b"\xff"], dtype=object)}, {}, "input 'symbol', row 1: expected UTF-8"),
        ({"symbol": np.array([b""], dtype=object)}, {}, "input 'symbol', row 0: expected a symbol, got an empty"),
    ],
)
def test_message_names_the_invalid_field(inputs: Any, fields: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_forecast_request(InferRequest(inputs, **fields))


@pytest.mark.parametrize("wrong", [np.inf, np.nan, 0.0])
def test_forecast_that_is_infinite_or_zero_is_refused(wrong: float) -> None:
    quantiles = np.ones((2, 7))
    check_forecast(quantiles, CLOSES)
    quantiles[1, 6] = wrong
    with pytest.raises(InvalidInputError, match="input 'close', row 1: expected closes whose forecast is a finite num"):
        check_forecast(quantiles, CLOSES)
