"""Requests that the users send. Deterministic: the same price store gives the same requests in every run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import requests

from model.contract.arrays import f8
from model.contract.names import CLOSE
from model.contract.window import WINDOW
from model.protocol.client import write_request
from model.protocol.request_documents import symbol_request

JSON: Final[Mapping[str, str]] = {"content-type": "application/json"}
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Payload:
    """A request, and the values that its answer is checked against.

    Attributes:
        body: Body of the request.
        headers: Headers of the request.
        rows: Number of windows in the request.
        naive: Last closes, float64 [rows], in price units; None for requests by symbol.
    """

    body: bytes
    headers: Mapping[str, str]
    rows: int
    naive: f8 | None


@dataclass(frozen=True, slots=True, eq=False)
class StoredCloses:
    """Contents of the service's price store.

    Attributes:
        closes: Last 60 closes by symbol, float64 [60], in price units.
    """

    closes: Mapping[str, f8]

    @property
    def symbols(self) -> Sequence[str]:
        """Symbols in the order of the service."""
        return list(self.closes)

    def windows(self, count: int) -> f8:
        """Make distinct windows, float64 [count, 60], in price units.

        The first window of each symbol has the stored closes. The others are permutations of its returns, so they have
        realistic volatility.
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


def read_store(url: str, timeout: float) -> StoredCloses:
    """Read the symbols and their last closes from the service.

    Raises:
        RuntimeError: The price store is empty, or a request fails.
    """
    known = _get(f"{url}/symbols", timeout)["symbols"]
    if not known:
        raise RuntimeError(f"{url}/symbols: the price store is empty")
    return StoredCloses({symbol: np.array(_get(f"{url}/symbols/{symbol}/window", timeout)[CLOSE]) for symbol in known})


def _get(url: str, timeout: float) -> Any:
    try:
        answer = requests.get(url, timeout=timeout)
        answer.raise_for_status()
        return answer.json()
    except requests.RequestException as error:
        raise RuntimeError(f"{url}: {error}") from error


def by_window(closes: f8) -> Payload:
    """Make a JSON request for windows.

    Args:
        closes: Float64 [n, 60], in price units.
    """
    tensor = {"name": CLOSE, "datatype": "FP64", "shape": list(closes.shape), "data": closes.ravel().tolist()}
    return Payload(json.dumps({"inputs": [tensor]}).encode(), JSON, len(closes), closes[:, -1])


def by_window_binary(closes: f8) -> Payload:
    """Make a request with binary tensors for windows; the answer is binary too.

    Args:
        closes: Float64 [n, 60], in price units.
    """
    body, headers = write_request({CLOSE: closes})
    return Payload(body, headers, len(closes), closes[:, -1])


def by_symbol(symbol: str) -> Payload:
    """Make a JSON request for a symbol."""
    return Payload(json.dumps(symbol_request(symbol)).encode(), JSON, 1, None)


def overlapping_batches(windows: f8, rows: int) -> f8:
    """Group windows into requests; each request starts one window after the former.

    Args:
        windows: Float64 [count, 60], in price units.
        rows: Windows per request.

    Returns:
        Float64 [count, rows, 60].
    """
    count = len(windows)
    found: f8 = windows[(np.arange(count)[:, None] + np.arange(rows)) % count].reshape(count, rows, WINDOW)
    return found
