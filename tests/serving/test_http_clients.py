"""Standard HTTP clients: httpx with JSON and binary data, and curl."""

import json
import subprocess

import httpx
import numpy as np
import pytest

from model.artefact.golden import Golden
from model.contract.arrays import f8
from model.contract.levels import MEDIAN
from tests.serving.processes import Pair
from tests.serving.trained import Trained, offline
from tests.serving.v2_requests import (
    HEADER,
    INFER,
    ask,
    ask_symbols,
    binary_request,
    outputs_of,
    symbol_input,
    window_request,
)


def test_json_request_by_window_is_answered(http: httpx.Client, version: Trained, windows: f8) -> None:
    answer = http.post(INFER, json=window_request(windows[:3], id="mine"), headers={"x-request-id": "traced-1"})
    document = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"] == "traced-1"
    assert {key: document[key] for key in ("model_name", "model_version", "id")} == {
        "model_name": "nextclose",
        "model_version": version.artefact.version,
        "id": "mine",
    }
    assert document["parameters"] == {
        "levels": "0.05,0.1,0.25,0.5,0.75,0.9,0.95",
        "artefact": version.artefact.digest,
        "source": "csv",
    }
    assert [(o["name"], o["datatype"], o["shape"]) for o in document["outputs"]] == [
        ("forecast", "FP64", [3]),
        ("quantiles", "FP64", [3, 7]),
        ("naive", "FP64", [3]),
    ]
    found = outputs_of(answer)
    np.testing.assert_array_equal(found["naive"], windows[:3, -1])
    np.testing.assert_array_equal(found["forecast"], found["quantiles"][:, MEDIAN])
    assert (np.diff(found["quantiles"], axis=1) > 0).all()


def test_nested_and_flat_data_are_equivalent(http: httpx.Client, windows: f8) -> None:
    entry = {"name": "close", "datatype": "FP64", "shape": [2, 60], "data": windows[:2].tolist()}
    nested = outputs_of(http.post(INFER, json={"inputs": [entry]}))
    np.testing.assert_array_equal(nested["quantiles"], ask(http, windows[:2])["quantiles"])


@pytest.mark.parametrize("binary_output", [True, False])
@pytest.mark.parametrize(("datatype", "tolerance"), [("FP64", 1e-12), ("FP32", 1e-4)])
def test_binary_request_by_window_is_answered(
    http: httpx.Client, windows: f8, datatype: str, tolerance: float, *, binary_output: bool
) -> None:
    body, headers = binary_request(windows[:5], datatype, binary_output=binary_output)
    answer = http.post(INFER, content=body, headers=headers)
    assert (HEADER in answer.headers) is binary_output
    found, expected = outputs_of(answer), ask(http, windows[:5])
    for name in ("forecast", "quantiles", "naive"):
        np.testing.assert_allclose(found[name], expected[name], rtol=tolerance)


def test_each_output_is_binary_or_json_as_requested(http: httpx.Client, windows: f8) -> None:
    requested = [{"name": "naive", "parameters": {"binary_data": True}}, {"name": "forecast"}]
    answer = http.post(INFER, json=window_request(windows[:2], outputs=requested))
    head = json.loads(answer.content[: int(answer.headers[HEADER])])
    assert ["data" in entry for entry in head["outputs"]] == [False, True]
    found = outputs_of(answer)
    assert list(found) == ["naive", "forecast"]
    np.testing.assert_array_equal(found["naive"], windows[:2, -1])


@pytest.mark.parametrize(
    "names", [["forecast"], ["quantiles"], ["naive", "forecast"], ["quantiles", "naive", "forecast"]]
)
def test_outputs_are_sent_in_the_requested_order(http: httpx.Client, windows: f8, names: list[str]) -> None:
    found = ask(http, windows[:2], outputs=[{"name": name} for name in names])
    assert list(found) == names
    everything = ask(http, windows[:2])
    for name in names:
        np.testing.assert_array_equal(found[name], everything[name])


def test_request_by_symbol_is_answered(http: httpx.Client, version: Trained, windows: f8) -> None:
    series = version.series
    found = ask_symbols(http, [series.symbol, series.symbol])
    assert list(found) == ["forecast", "quantiles", "naive", "data_until", "target_session", "stale"]
    assert found["data_until"] == [series.last.isoformat()] * 2
    assert found["target_session"] == [series.upcoming[0].date.isoformat()] * 2
    assert found["stale"].tolist() == [True, True]  # prices of a finished year
    expected = ask(http, windows[-1:])
    np.testing.assert_allclose(found["quantiles"], np.repeat(expected["quantiles"], 2, axis=0), rtol=1e-6)


def test_binary_request_by_symbol_is_answered(http: httpx.Client, version: Trained) -> None:
    symbol = version.series.symbol
    raw = len(symbol).to_bytes(4, "little") + symbol.encode()
    entry = {"name": "symbol", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(raw)}}
    head = json.dumps({"inputs": [entry], "parameters": {"binary_data_output": True}}).encode()
    found = outputs_of(http.post(INFER, content=head + raw, headers={HEADER: str(len(head))}))
    expected = ask_symbols(http, [symbol])
    assert {name: list(values) for name, values in found.items() if name != "quantiles"} == {
        name: list(values) for name, values in expected.items() if name != "quantiles"
    }
    np.testing.assert_array_equal(found["quantiles"], expected["quantiles"])


@pytest.mark.parametrize("arguments", [[], ["-H", "Content-Type:"], ["-H", "Content-Type: text/plain"]])
def test_curl_without_a_json_content_type_is_answered(
    pair: Pair, http: httpx.Client, version: Trained, arguments: list[str]
) -> None:
    body = json.dumps({"inputs": [symbol_input(version.series.symbol)]})
    command = ["curl", "-sS", "--noproxy", "*", *arguments, "-d", body, pair.url + INFER]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    forecast = json.loads(done.stdout)["outputs"][0]["data"]
    assert forecast == ask_symbols(http, [version.series.symbol])["forecast"].tolist()


def test_v1_request_is_answered(http: httpx.Client, version: Trained, windows: f8) -> None:
    answer = http.post("/v1/models/nextclose:predict", json={"instances": windows[:2].tolist()})
    assert answer.status_code == 200, answer.text
    assert answer.json()["model_version"] == version.artefact.version
    expected = ask(http, windows[:2])
    for row, prediction in enumerate(answer.json()["predictions"]):
        assert list(prediction["quantiles"]) == ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]
        assert list(prediction["quantiles"].values()) == expected["quantiles"][row].tolist()
        assert prediction["forecast"] == expected["forecast"][row]
        assert prediction["naive"] == windows[row, -1]


def test_forecasts_are_proportional_to_the_price_level(http: httpx.Client, windows: f8) -> None:
    found, scaled = ask(http, windows[:4]), ask(http, windows[:4] * 1024.0)
    np.testing.assert_allclose(scaled["quantiles"], found["quantiles"] * 1024.0, rtol=1e-6)


def test_golden_requests_are_answered_as_at_export(http: httpx.Client, version: Trained) -> None:
    golden = Golden.of(version.artefact)
    found = ask(http, np.array(golden.close))
    np.testing.assert_allclose(found["forecast"], golden.forecast, rtol=1e-6)
    np.testing.assert_allclose(found["quantiles"], golden.quantiles, rtol=1e-6)


def test_served_forecasts_equal_those_of_training(http: httpx.Client, version: Trained, windows: f8) -> None:
    """Compare every quantile of 250 dates, with a relative tolerance of 1e-6."""
    dates = windows[-250:]
    expected = offline(version.artefact, dates)
    body, headers = binary_request(dates)
    for answer in (http.post(INFER, content=body, headers=headers), http.post(INFER, json=window_request(dates))):
        np.testing.assert_allclose(outputs_of(answer)["quantiles"], expected, rtol=1e-6)
