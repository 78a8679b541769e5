"""What the users send. Deterministic: the same store gives the same windows in the same order, in every run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import requests
from numpy.typing import NDArray

from model.contract.names import CLOSE
from model.contract.window import WINDOW
from model.protocol.client import write_request
from model.protocol.forecast_request import symbol_request

f8 = NDArray[np.float64]

JSON: Final[Mapping[str, str]] = {"content-type": "application/json"}
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Payload:
    """A request's body with its headers, and what its answer is checked against.

    Attributes:
        body, headers: as sent. rows: windows in it. naive: last closes float64 [rows]; None by symbol.
    """

    body: bytes
    headers: Mapping[str, str]
    rows: int
    naive: f8 | None


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """What the service's price store holds: symbols, and the last 60 closes of each, float64 [60]."""

    closes: Mapping[str, f8]

    @property
    def symbols(self) -> Sequence[str]:
        """In the order of the service."""
        return list(self.closes)

    def windows(self, count: int) -> f8:
        """Windows to ask about, float64 [count, 60], in price units.

        The first of each symbol is the stored one; the others have its returns in another order, so they move like that
        share and no two are equal.
        """
        random = np.random.default_rng(_SEED)
        stored = list(self.closes.values())
        found = []
        for number in range(count):
            closes = stored[number % len(stored)]
            returns = np.diff(np.log(closes))
            if number >= len(stored):
                returns = random.permutation(returns)
            found.append(closes[0] * np.exp(np.concatenate([[0.0], np.cumsum(returns)])))
        return np.round(np.array(found), 6)


def read_store(url: str, timeout: float) -> Store:
    """Asks the service for what it has.

    Raises:
        RuntimeError: it holds no symbol, or answers otherwise.
    """
    known = _get(f"{url}/symbols", timeout)["symbols"]
    if not known:
        raise RuntimeError(f"{url}/symbols: the price store holds no symbol")
    return Store({symbol: np.array(_get(f"{url}/symbols/{symbol}/window", timeout)[CLOSE]) for symbol in known})


def _get(url: str, timeout: float) -> Any:
    try:
        answer = requests.get(url, timeout=timeout)
        answer.raise_for_status()
        return answer.json()
    except requests.RequestException as error:
        raise RuntimeError(f"{url}: {error}") from error


def by_window(closes: f8) -> Payload:
    """Closes in JSON, float64 [n, 60]."""
    tensor = {"name": CLOSE, "datatype": "FP64", "shape": list(closes.shape), "data": closes.ravel().tolist()}
    return Payload(json.dumps({"inputs": [tensor]}).encode(), JSON, len(closes), closes[:, -1])


def by_window_binary(closes: f8) -> Payload:
    """Closes in binary, both ways, float64 [n, 60]."""
    body, headers = write_request({CLOSE: closes})
    return Payload(body, headers, len(closes), closes[:, -1])


def by_symbol(symbol: str) -> Payload:
    """A symbol in JSON."""
    return Payload(json.dumps(symbol_request(symbol)).encode(), JSON, 1, None)


def in_turn(windows: f8, rows: int) -> f8:
    """Windows as requests of so many rows, float64 [count, rows, 60]: each begins one window later than the former."""
    count = len(windows)
    found: f8 = windows[(np.arange(count)[:, None] + np.arange(rows)) % count].reshape(count, rows, WINDOW)
    return found
