"""Inputs and outputs of the transformer, and parsing of forecast requests by window or by symbol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract import names
from model.contract.arrays import f8
from model.contract.errors import InvalidInputError
from model.contract.levels import LEVELS
from model.contract.window import WINDOW, check_windows
from model.protocol.json_tensors import describe_value
from model.protocol.tensors import Array, InferRequest, Parameter, TensorSpec

INPUTS: Final = (
    TensorSpec(names.CLOSE, ("FP64", "FP32"), (-1, WINDOW), required=False),
    TensorSpec(names.SYMBOL, ("BYTES",), (-1,), required=False),
)
OUTPUTS: Final = (
    TensorSpec(names.FORECAST, ("FP64",), (-1,)),
    TensorSpec(names.QUANTILES, ("FP64",), (-1, len(LEVELS))),
    TensorSpec(names.NAIVE, ("FP64",), (-1,)),
    TensorSpec(names.DATA_UNTIL, ("BYTES",), (-1,), required=False),
    TensorSpec(names.TARGET_SESSION, ("BYTES",), (-1,), required=False),
    TensorSpec(names.STALE, ("BOOL",), (-1,), required=False),
)


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """A parsed request for forecasts of windows or of symbols.

    Attributes:
        closes: Float64 [n, 60], checked, in price units; None for a request by symbol.
        symbols: One symbol per row; empty for a request by window.
        allow_jumps: Whether large changes from one close to the next are accepted.
        outputs: Names of the requested outputs, in the order of the response.
    """

    closes: f8 | None
    symbols: tuple[str, ...]
    allow_jumps: bool
    outputs: tuple[str, ...]


def parse_forecast_request(request: InferRequest) -> ForecastRequest:
    """Check a request and parse it.

    Raises:
        InvalidInputError: The request has both inputs or neither, an invalid parameter or output, or invalid prices.
    """
    closes, symbols = request.inputs.get(names.CLOSE), request.inputs.get(names.SYMBOL)
    if closes is not None and symbols is not None:
        raise InvalidInputError(f"field 'inputs': expected one of '{names.CLOSE}' and '{names.SYMBOL}', got both")
    allow_jumps = _allow_jumps(request.parameters)
    if symbols is not None:
        return ForecastRequest(None, _decode_symbols(symbols), allow_jumps, _outputs(request, names.OUTPUTS_BY_SYMBOL))
    if closes is None:
        raise InvalidInputError(f"field 'inputs': expected one of '{names.CLOSE}' and '{names.SYMBOL}', got neither")
    windows = closes.astype(np.float64, copy=False)
    check_windows(windows, allow_jumps=allow_jumps)
    return ForecastRequest(windows, (), allow_jumps, _outputs(request, names.OUTPUTS_BY_WINDOW))


def valid_prices(quantiles: f8) -> NDArray[np.bool_]:
    """Whether prices are finite and above zero: float64 [n, 7] in price units -> bool [n, 7]."""
    return (quantiles > 0) & (quantiles < np.inf)


def check_forecast(quantiles: f8, closes: f8) -> None:
    """Refuse closes near the limits of float64, whose forecasts are infinite or zero.

    Args:
        quantiles: Float64 [n, 7], in price units.
        closes: Float64 [n, 60], from which the quantiles were computed.

    Raises:
        InvalidInputError: A quantile is not finite or not positive; the message names the first such row.
    """
    valid = valid_prices(quantiles)
    if not valid.all():
        row = int(np.argmin(valid.all(axis=1)))
        raise InvalidInputError(
            f"input '{names.CLOSE}', row {row}: expected closes whose forecast is a finite number above zero, "
            f"got a last close of {closes[row, -1]:.10g}"
        )


def _allow_jumps(parameters: Mapping[str, Parameter]) -> bool:
    value = parameters.get(names.ALLOW_JUMPS, False)
    if not isinstance(value, bool):
        raise InvalidInputError(f"parameter '{names.ALLOW_JUMPS}': expected true or false, got {describe_value(value)}")
    return value


def _decode_symbols(symbols: Array) -> tuple[str, ...]:
    found = []
    for row, raw in enumerate(symbols):
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise InvalidInputError(f"input '{names.SYMBOL}', row {row}: expected UTF-8, got {raw[:20]!r}") from error
        if not text:
            raise InvalidInputError(f"input '{names.SYMBOL}', row {row}: expected a symbol, got an empty string")
        found.append(text)
    return tuple(found)


def _outputs(request: InferRequest, available: Sequence[str]) -> tuple[str, ...]:
    if request.outputs is None:
        return tuple(available)
    requested: dict[str, None] = {}
    for name in (output.name for output in request.outputs):
        if name not in available:
            raise InvalidInputError(f"field 'outputs': expected some of {', '.join(available)}, got {name[:40]!r}")
        if name in requested:
            raise InvalidInputError(f"field 'outputs': {name!r} is requested twice")
        requested[name] = None
    return tuple(requested)
