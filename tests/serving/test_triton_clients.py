"""Clients of tritonclient over HTTP and gRPC."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton

from model.contract.arrays import f8
from tests.serving.processes import Pair
from tests.serving.trained import Trained
from tests.serving.v2_requests import ask, ask_symbols


@pytest.fixture(scope="module")
def client(pair: Pair) -> Iterator[Any]:
    with triton.InferenceServerClient(pair.url.removeprefix("http://")) as opened:
        yield opened


def _input(name: str, values: Any, datatype: str, *, binary: bool) -> Any:
    tensor = triton.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


@pytest.mark.parametrize("binary_input", [True, False])
@pytest.mark.parametrize("binary_output", [True, False])
@pytest.mark.parametrize("datatype", ["FP64", "FP32"])
def test_http_request_by_window_is_answered(
    client: Any, http: httpx.Client, windows: f8, datatype: str, *, binary_input: bool, binary_output: bool
) -> None:
    closes = windows[:3].astype(np.float32 if datatype == "FP32" else np.float64)
    requested = [triton.InferRequestedOutput(n, binary_data=binary_output) for n in ("quantiles", "forecast", "naive")]
    inputs = [_input("close", closes, datatype, binary=binary_input)]
    result = client.infer("nextclose", inputs, outputs=requested, request_id="mine")
    assert result.get_response()["id"] == "mine"
    expected = ask(http, closes.astype(np.float64))
    for name in ("quantiles", "forecast", "naive"):
        np.testing.assert_allclose(result.as_numpy(name), expected[name], rtol=1e-6)


@pytest.mark.parametrize("binary_input", [True, False])
@pytest.mark.parametrize("binary_output", [True, False])
def test_http_request_by_symbol_is_answered(
    client: Any, http: httpx.Client, version: Trained, *, binary_input: bool, binary_output: bool
) -> None:
    symbols = np.array([version.series.symbol.encode()], dtype=object)
    names = ("data_until", "target_session", "stale", "forecast")
    requested = [triton.InferRequestedOutput(name, binary_data=binary_output) for name in names]
    result = client.infer("nextclose", [_input("symbol", symbols, "BYTES", binary=binary_input)], outputs=requested)
    expected = ask_symbols(http, [version.series.symbol])
    for name in ("data_until", "target_session"):
        found = [value.decode() if isinstance(value, bytes) else value for value in result.as_numpy(name)]
        assert found == expected[name]
    assert result.as_numpy("stale").tolist() == expected["stale"].tolist()
    np.testing.assert_allclose(result.as_numpy("forecast"), expected["forecast"], rtol=1e-6)


def test_http_request_with_a_version_is_answered(client: Any, version: Trained, windows: f8) -> None:
    inputs = [_input("close", windows[:1], "FP64", binary=True)]
    result = client.infer("nextclose", inputs, model_version=version.artefact.version)
    assert result.get_response()["model_version"] == version.artefact.version
    assert result.as_numpy("quantiles").shape == (1, 7)


def test_http_health_and_metadata_are_reported(client: Any, version: Trained) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("nextclose")
    assert client.is_model_ready("nextclose", version.artefact.version)
    assert not client.is_model_ready("nextclose", "20200101T000000Z-00000000")
    assert client.get_server_metadata()["name"] == "nextclose"
    metadata = client.get_model_metadata("nextclose")
    assert metadata["versions"] == [version.artefact.version]
    assert metadata["inputs"][0] == {"name": "close", "datatype": "FP64", "shape": [-1, 60]}
    series, manifest = version.series, version.artefact.manifest
    assert metadata["properties"] == {
        "artefact": version.artefact.digest,
        "created": manifest.created.isoformat(),
        "data_until": series.last.isoformat(),
        "source": "csv",
        "state": manifest.state,
        "symbols": series.symbol,
    }


def test_http_error_message_reaches_the_client(client: Any, windows: f8) -> None:
    closes = windows[:2].copy()
    closes[1, 7] = -1.0
    with pytest.raises(triton.InferenceServerException, match="row 1, column 7: expected a price above zero, got -1"):
        client.infer("nextclose", [_input("close", closes, "FP64", binary=True)])


def test_grpc_client_is_answered(pair: Pair, http: httpx.Client, version: Trained, windows: f8) -> None:
    given = {"address": pair.grpc, "closes": windows[:3].tolist(), "symbol": version.series.symbol}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("triton_grpc_client.py"))],
        check=False,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    by_window, by_symbol = ask(http, windows[:3]), ask_symbols(http, [version.series.symbol])
    assert found["live"] is found["ready"] is found["model_ready"] is True
    assert found["server"] == "nextclose"
    assert found["version"] == found["answered_by"] == version.artefact.version
    assert found["id"] == "mine"
    np.testing.assert_allclose(found["quantiles"], by_window["quantiles"], rtol=1e-6)
    np.testing.assert_allclose(found["single"], by_window["quantiles"], rtol=1e-4)
    assert found["names"] == ["stale", "data_until", "forecast"]
    assert found["stale_dtype"] == "bool"
    assert found["some"]["stale"] == by_symbol["stale"].tolist()
    assert found["some"]["data_until"] == by_symbol["data_until"]
    np.testing.assert_allclose(found["some"]["forecast"], by_symbol["forecast"], rtol=1e-6)
