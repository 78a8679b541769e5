"""JSON documents of V2 requests for one forecast, by symbol or by window."""

from collections.abc import Sequence
from typing import Any

from model.contract import names
from model.contract.window import WINDOW


def symbol_request(symbol: str) -> dict[str, Any]:
    """Make the request for one symbol."""
    return {"inputs": [{"name": names.SYMBOL, "datatype": "BYTES", "shape": [1], "data": [symbol]}]}


def window_request(closes: Sequence[float], *, allow_jumps: bool = False) -> dict[str, Any]:
    """Make the request for one window of 60 closes, oldest first, in price units."""
    tensor = {"name": names.CLOSE, "datatype": "FP64", "shape": [1, WINDOW], "data": list(closes)}
    request: dict[str, Any] = {"inputs": [tensor]}
    return {**request, "parameters": {names.ALLOW_JUMPS: True}} if allow_jumps else request
