"""The clients and the generated gRPC stubs of the kserve package."""

import asyncio
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import kserve
import numpy as np
import pytest
from kserve.inference_client import RESTConfig
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.contract.arrays import f8
from tests.serving.processes import Pair
from tests.serving.trained import Trained
from tests.serving.v2_requests import ask, ask_symbols, strings_of


@pytest.fixture(scope="module")
def stub(pair: Pair) -> Iterator[Any]:
    with grpc.insecure_channel(pair.grpc) as channel:
        yield GRPCInferenceServiceStub(channel)


def _by_window(closes: f8, *, binary: bool, name: str = "nextclose") -> kserve.InferRequest:
    entry = kserve.InferInput("close", list(closes.shape), "FP64")
    entry.set_data_from_numpy(closes, binary_data=binary)
    return kserve.InferRequest(name, [entry], request_id="mine")


def _by_symbol(symbol: str) -> kserve.InferRequest:
    entry = kserve.InferInput("symbol", [1], "BYTES")
    entry.set_data_from_numpy(np.array([symbol.encode()], dtype=object), binary_data=False)
    return kserve.InferRequest("nextclose", [entry], request_id="mine")


def _outputs(response: Any) -> dict[str, Any]:
    return {output.name: output.as_numpy() for output in response.outputs}


@pytest.mark.parametrize("binary", [True, False])
def test_rest_client_is_answered(
    pair: Pair, http: httpx.Client, version: Trained, windows: f8, *, binary: bool
) -> None:
    async def ask_all() -> tuple[Any, Any]:
        config = RESTConfig(protocol="v2", retries=0)
        async with kserve.InferenceRESTClient(config) as client:
            assert await client.is_server_live(pair.url)
            assert await client.is_server_ready(pair.url)
            assert await client.is_model_ready(pair.url, "nextclose")
            request = _by_window(windows[:3], binary=binary)
            by_window = await client.infer(pair.url, request, model_name="nextclose")
            return by_window, await client.infer(pair.url, _by_symbol(version.series.symbol), model_name="nextclose")

    by_window, by_symbol = asyncio.run(ask_all())
    assert by_window.id == "mine"  # this client drops model_version
    np.testing.assert_allclose(_outputs(by_window)["quantiles"], ask(http, windows[:3])["quantiles"], rtol=1e-6)
    expected = ask_symbols(http, [version.series.symbol])
    np.testing.assert_allclose(_outputs(by_symbol)["forecast"], expected["forecast"], rtol=1e-6)
    assert by_symbol.outputs[3].data == expected["data_until"]


@pytest.mark.parametrize("binary", [True, False])
def test_grpc_client_is_answered(
    pair: Pair, http: httpx.Client, version: Trained, windows: f8, *, binary: bool
) -> None:
    async def ask_all() -> Any:
        async with kserve.InferenceGRPCClient(pair.grpc, retries=0) as client:
            assert await client.is_server_live()
            assert await client.is_server_ready()
            assert await client.is_model_ready("nextclose")
            return await client.infer(_by_window(windows[:3], binary=binary))

    response = asyncio.run(ask_all())
    assert (response.id, response.model_version) == ("mine", version.artefact.version)
    expected = ask(http, windows[:3])
    for name, values in _outputs(response).items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-6)


def test_typed_contents_are_answered_with_typed_contents(stub: Any, http: httpx.Client, version: Trained) -> None:
    request = pb.ModelInferRequest(model_name="nextclose", id="mine")
    request.inputs.add(name="symbol", datatype="BYTES", shape=[1]).contents.bytes_contents.append(
        version.series.symbol.encode()
    )
    response = stub.ModelInfer(request)
    assert not response.raw_output_contents
    found = {output.name: output for output in response.outputs}
    expected = ask_symbols(http, [version.series.symbol])
    assert list(found["quantiles"].shape) == [1, 7]
    np.testing.assert_allclose(found["quantiles"].contents.fp64_contents, expected["quantiles"].ravel(), rtol=1e-6)
    assert [text.decode() for text in found["target_session"].contents.bytes_contents] == expected["target_session"]
    assert list(found["stale"].contents.bool_contents) == expected["stale"].tolist()
    assert response.parameters["artefact"].string_param == version.artefact.digest


def test_raw_contents_are_answered_with_raw_contents(stub: Any, http: httpx.Client, version: Trained) -> None:
    symbol = version.series.symbol.encode()
    request = pb.ModelInferRequest(model_name="nextclose")
    request.inputs.add(name="symbol", datatype="BYTES", shape=[2])
    request.raw_input_contents.append((len(symbol).to_bytes(4, "little") + symbol) * 2)
    for name in ("stale", "data_until"):
        request.outputs.add(name=name)
    response = stub.ModelInfer(request)
    assert [output.name for output in response.outputs] == ["stale", "data_until"]
    assert response.raw_output_contents[0] == b"\x01\x01"
    assert strings_of(response.raw_output_contents[1]) == [version.series.last.isoformat()] * 2
    assert response.id


@pytest.mark.parametrize("datatype", ["FP64", "FP32"])
def test_typed_closes_are_answered(stub: Any, http: httpx.Client, windows: f8, datatype: str) -> None:
    request = pb.ModelInferRequest(model_name="nextclose")
    tensor = request.inputs.add(name="close", datatype=datatype, shape=[2, 60])
    getattr(tensor.contents, f"{datatype.lower()}_contents").extend(windows[:2].ravel())
    response = stub.ModelInfer(request)
    expected = ask(http, windows[:2])["forecast"]
    np.testing.assert_allclose(response.outputs[0].contents.fp64_contents, expected, rtol=1e-4)


def test_metadata_and_health_are_reported(stub: Any, version: Trained) -> None:
    assert stub.ServerLive(pb.ServerLiveRequest()).live
    assert stub.ServerReady(pb.ServerReadyRequest()).ready
    assert stub.ServerMetadata(pb.ServerMetadataRequest()).name == "nextclose"
    metadata = stub.ModelMetadata(pb.ModelMetadataRequest(name="nextclose"))
    assert list(metadata.versions) == [version.artefact.version]
    assert [(tensor.name, tensor.datatype, list(tensor.shape)) for tensor in metadata.inputs] == [
        ("close", "FP64", [-1, 60]),
        ("symbol", "BYTES", [-1]),
    ]
    assert [tensor.name for tensor in metadata.outputs] == [
        "forecast", "quantiles", "naive", "data_until", "target_session", "stale",
    ]  # fmt: skip
    assert stub.ModelReady(pb.ModelReadyRequest(name="nextclose", version=version.artefact.version)).ready
    assert not stub.ModelReady(pb.ModelReadyRequest(name="nextclose", version="20200101T000000Z-00000000")).ready


def test_model_repository_is_read_only(stub: Any, http: httpx.Client) -> None:
    for action in ("load", "unload"):
        answer = http.post(f"/v2/repository/models/nextclose/{action}")
        assert answer.status_code == 403
        assert list(answer.json()) == ["error"]
    for call, message in (
        (stub.RepositoryModelLoad, pb.RepositoryModelLoadRequest(model_name="nextclose")),
        (stub.RepositoryModelUnload, pb.RepositoryModelUnloadRequest(model_name="nextclose")),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call(message)
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
