"""Requests for a version or a model by path: only the served ones are answered."""

import grpc
import httpx
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.contract.arrays import f8
from tests.serving.processes import Pair
from tests.serving.trained import Trained
from tests.serving.v2_requests import ask, outputs_of, symbol_input, window_request

OTHER = "20200101T000000Z-00000000"


def test_served_version_is_answered(http: httpx.Client, version: Trained, windows: f8) -> None:
    path = f"/v2/models/nextclose/versions/{version.artefact.version}"
    found = outputs_of(http.post(f"{path}/infer", json=window_request(windows[:1])))
    np.testing.assert_array_equal(found["quantiles"], ask(http, windows[:1])["quantiles"])
    assert http.get(f"{path}/ready").json() == {"name": "nextclose", "ready": True}
    assert http.get(path).json() == http.get("/v2/models/nextclose").json()
    assert http.get(path).json()["versions"] == [version.artefact.version]


@pytest.mark.parametrize("name", [OTHER, "1", "latest", "%2e%2e", "a%2fb", "x" * 500])
@pytest.mark.parametrize("part", ["", "/ready", "/infer"])
def test_unknown_version_returns_404(http: httpx.Client, version: Trained, windows: f8, name: str, part: str) -> None:
    path = f"/v2/models/nextclose/versions/{name}{part}"
    answer = http.post(path, json=window_request(windows[:1])) if part == "/infer" else http.get(path)
    assert answer.status_code == 404, answer.text
    assert list(answer.json()) == ["error"]
    if name == OTHER:
        assert version.artefact.version in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/models/other"),
        ("GET", "/v2/models/other/ready"),
        ("POST", "/v2/models/other/infer"),
        ("POST", "/v2/models/Nextclose/infer"),
        ("POST", "/v1/models/other:predict"),
        ("GET", "/v1/models/other"),
    ],
)
def test_unknown_model_returns_404(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path, content=b"{}" if method == "POST" else b"", headers={"x-request-id": "kept"})
    assert answer.status_code == 404
    assert answer.headers["x-request-id"] == "kept" or method == "GET"
    assert answer.json()["error"].startswith("model: expected 'nextclose', got ")


def test_unknown_version_or_model_is_not_found_over_grpc(pair: Pair, version: Trained) -> None:
    request = pb.ModelInferRequest(model_name="nextclose", model_version=version.artefact.version)
    request.inputs.add(name="symbol", datatype="BYTES", shape=[1]).contents.bytes_contents.append(
        version.series.symbol.encode()
    )
    with grpc.insecure_channel(pair.grpc) as channel:
        stub = GRPCInferenceServiceStub(channel)
        assert stub.ModelInfer(request).model_version == version.artefact.version
        for call, message in (
            (stub.ModelInfer, pb.ModelInferRequest(model_name="nextclose", model_version=OTHER)),
            (stub.ModelInfer, pb.ModelInferRequest(model_name="other")),
            (stub.ModelMetadata, pb.ModelMetadataRequest(name="nextclose", version=OTHER)),
            (stub.ModelMetadata, pb.ModelMetadataRequest(name="other")),
            (stub.ModelReady, pb.ModelReadyRequest(name="other")),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                call(message)
            assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_predictor_answers_only_for_its_version(pair: Pair, version: Trained) -> None:
    body = {"inputs": [symbol_input("PETR4.SA")]}
    assert httpx.post(f"{pair.predictor.url}/v2/models/nextclose/versions/{OTHER}/infer", json=body).status_code == 404
    path = f"{pair.predictor.url}/v2/models/nextclose/versions/{version.artefact.version}"
    assert httpx.get(f"{path}/ready").status_code == 200
    features = {"name": "features", "datatype": "FP32", "shape": [2, 59, 3], "data": [0.0] * 354}
    answer = httpx.post(f"{path}/infer", json={"inputs": [features]})
    assert answer.json()["model_version"] == version.artefact.version
    assert outputs_of(answer)["quantiles"].shape == (2, 7)
