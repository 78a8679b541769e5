"""Transformer and predictor of different versions: requests are refused and counted."""

from pathlib import Path

import grpc
import httpx
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.artefact.local_registry import LocalRegistry
from model.contract.arrays import f8
from tests.serving.processes import Pair, start_second_transformer, wait_until
from tests.serving.refusals import check_no_address, check_refusal, rpc_error
from tests.serving.trained import Trained, variant
from tests.serving.v2_requests import INFER, symbol_input, window_request


def test_transformer_of_another_version_refuses_requests(
    pair: Pair, version: Trained, windows: f8, tmp_path: Path
) -> None:
    other = variant(version.artefact, tmp_path / "models", 60, scale=1.5)
    LocalRegistry(tmp_path / "models", "nextclose").set_current(other.version)
    role = start_second_transformer(pair.predictor, tmp_path, tmp_path / "models", version.store)
    try:
        role.await_status(200, "/v2/health/live")
        wait_until(lambda: other.version in httpx.get(f"{role.url}/v2/health/ready").text, "the version is loaded", 20)
        answer = httpx.get(f"{role.url}/v2/health/ready", headers={"x-request-id": "kept-1"})
        check_refusal(answer, 503, f"not ready: the predictor does not serve version {other.version}")
        for inputs in (window_request(windows[:1]), {"inputs": [symbol_input(version.series.symbol)]}):
            for path in (INFER, INFER.replace("/infer", f"/versions/{other.version}/infer")):
                answer = httpx.post(role.url + path, json=inputs, headers={"x-request-id": "kept-1"})
                check_refusal(answer, 503, f"the predictor does not serve version {other.version}")
                check_no_address(answer.text)
        request = pb.ModelInferRequest(model_name="nextclose")
        request.inputs.add(name="symbol", datatype="BYTES", shape=[1]).contents.bytes_contents.append(
            version.series.symbol.encode()
        )
        with grpc.insecure_channel(role.grpc) as channel:
            error = rpc_error(lambda: GRPCInferenceServiceStub(channel).ModelInfer(request))
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert role.metric("nextclose_version_mismatches_total", outcome="refused") == 5
        assert role.metric("nextclose_version_mismatches_total", outcome="recovered") == 0
        assert role.metric("nextclose_requests_total", code="503", reason="version_mismatch") == 5
        assert role.metric("nextclose_requests_total", code="200") == 0
        # A version that only the predictor serves cannot be requested.
        path = INFER.replace("/infer", f"/versions/{version.artefact.version}/infer")
        assert httpx.post(role.url + path, json=window_request(windows[:1])).status_code == 404
    finally:
        role.program.stop()
