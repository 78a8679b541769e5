"""Payloads of the load test: valid, distinct and the same in every run."""

import json

import numpy as np
import pytest

from loadtest.payloads import StoredCloses, by_symbol, by_window, by_window_binary, overlapping_batches, read_store
from model.contract.window import WINDOW, check_windows
from model.protocol.client import read_response
from model.protocol.rest import read_request
from model.protocol.tensors import TensorSpec

_CLOSE = (TensorSpec("close", ("FP64",), (-1, WINDOW)),)


def store() -> StoredCloses:
    random = np.random.default_rng(3)
    walks = 30 * np.exp(np.cumsum(random.normal(0, 0.02, (2, WINDOW)), axis=1))
    return StoredCloses({"PETR4.SA": walks[0], "VALE3.SA": walks[1]})


def test_windows_are_valid_distinct_and_deterministic() -> None:
    windows = store().windows(64)
    assert windows.shape == (64, WINDOW)
    check_windows(windows)
    assert len(np.unique(windows, axis=0)) == 64
    np.testing.assert_array_equal(windows, store().windows(64))


def test_first_window_of_a_symbol_has_the_stored_closes() -> None:
    found = store()
    np.testing.assert_allclose(found.windows(2), list(found.closes.values()), atol=1e-5)


def test_payloads_contain_their_windows_and_symbols() -> None:
    closes = store().windows(3)
    for payload in (by_window(closes), by_window_binary(closes)):
        request = read_request(payload.body, payload.headers.get("inference-header-content-length"), _CLOSE, 10)
        np.testing.assert_array_equal(request.inputs["close"], closes)
        assert payload.rows == 3
        assert payload.naive is not None
        np.testing.assert_array_equal(payload.naive, closes[:, -1])
    symbol = by_symbol("PETR4.SA")
    assert json.loads(symbol.body)["inputs"][0]["data"] == ["PETR4.SA"]
    assert (symbol.rows, symbol.naive) == (1, None)


def test_each_batch_starts_one_window_after_the_former() -> None:
    windows = store().windows(5)
    batches = overlapping_batches(windows, 3)
    assert batches.shape == (5, 3, WINDOW)
    np.testing.assert_array_equal(batches[4], windows[[4, 0, 1]])


def test_unreachable_service_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"http://127\.0\.0\.1:1/symbols: "):
        read_store("http://127.0.0.1:1", 1.0)


def test_null_parameters_of_an_output_are_accepted() -> None:
    answer = {"outputs": [{"name": "x", "datatype": "FP64", "shape": [1], "data": [1.0], "parameters": None}]}
    assert read_response(json.dumps(answer).encode(), None)[1]["x"].tolist() == [1.0]
