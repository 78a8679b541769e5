"""The predictor is killed, stopped or overloaded: the transformer reports it, and recovers with the predictor."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import grpc
import httpx
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.contract.arrays import f8
from tests.serving.processes import Pair, running_pair, start_predictor, start_second_transformer, wait_until
from tests.serving.refusals import check_no_address, check_refusal, rpc_error
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, ask, binary_request, window_request

# Small batches and a short queue, so that few requests overload the predictor.
_PREDICTOR = {"xla": False, "batch_sizes": "[1, 4]", "queue_rows": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("away")


@pytest.fixture(scope="module")
def own(folder: Path, version: Trained) -> Iterator[Pair]:
    """Start a separate pair whose predictor the tests kill and stop; requests have a deadline of 1.5 s."""
    with running_pair(
        folder, version.models, version.store, predictor=_PREDICTOR, transformer={"request_timeout": 1.5}
    ) as started:
        yield started


@pytest.fixture(scope="module")
def client(own: Pair) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=own.url, timeout=60, trust_env=False, headers={"x-request-id": "kept-1"}) as opened:
        yield opened


def _grpc_error(own: Pair, closes: f8, code: grpc.StatusCode) -> None:
    request = pb.ModelInferRequest(model_name="nextclose", id="kept-2")
    request.inputs.add(name="close", datatype="FP64", shape=closes.shape)
    request.raw_input_contents.append(closes.tobytes())
    with grpc.insecure_channel(own.grpc) as channel:
        stub = GRPCInferenceServiceStub(channel)
        error = rpc_error(lambda: stub.ModelInfer(request))
        assert not stub.ServerReady(pb.ServerReadyRequest()).ready
        assert not stub.ModelReady(pb.ModelReadyRequest(name="nextclose")).ready
        assert stub.ServerLive(pb.ServerLiveRequest()).live
    assert error.code() is code
    check_no_address(error.details())
    trailing = dict(error.trailing_metadata())
    assert trailing["x-request-id"] == "kept-2"
    assert ("retry-after" in trailing) is (code is grpc.StatusCode.UNAVAILABLE)


def _check_not_ready(client: httpx.Client) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    for path in ("/v2/health/ready", "/v2/models/nextclose/ready", "/v1/models/nextclose"):
        answer = client.get(path)
        check_refusal(answer, 503, "not ready: the predictor ")
        check_no_address(answer.text)
    roles = client.get("/status").json()["roles"]
    assert roles["transformer"] == {"ready": True, "reason": None}
    assert not roles["predictor"]["ready"]
    assert roles["predictor"]["reason"].startswith("the predictor ")
    check_no_address(roles["predictor"]["reason"])


def test_killed_predictor_is_reported_and_replaced(
    own: Pair, client: httpx.Client, folder: Path, version: Trained, windows: f8
) -> None:
    before = ask(client, windows[:2])["quantiles"]
    unavailable = own.transformer.metric("nextclose_requests_total", code="503", reason="predictor_unavailable")
    own.predictor.program.kill()
    for _ in range(3):
        answer = client.post(INFER, json=window_request(windows[:1]))
        check_refusal(answer, 503, "the predictor cannot be reached")
        check_no_address(answer.text)
    _check_not_ready(client)
    _grpc_error(own, windows[:1], grpc.StatusCode.UNAVAILABLE)
    # Invalid requests are still refused with their own message.
    check_refusal(client.post(INFER, content=b"{}"), 400, "field 'inputs'")
    after = own.transformer.metric("nextclose_requests_total", code="503", reason="predictor_unavailable")
    assert after == unavailable + 4
    # The new predictor replaces the socket file that the killed one left behind.
    own.predictor = start_predictor(folder, version.models, **_PREDICTOR)
    own.transformer.await_status(200)
    np.testing.assert_array_equal(ask(client, windows[:2])["quantiles"], before)


def test_stopped_predictor_exceeds_the_deadline(own: Pair, client: httpx.Client, windows: f8) -> None:
    own.predictor.program.signal(signal.SIGSTOP)
    try:
        answer = client.post(INFER, json=window_request(windows[:1]))
        check_refusal(answer, 504, "")
        check_no_address(answer.text)
        _check_not_ready(client)
        _grpc_error(own, windows[:1], grpc.StatusCode.DEADLINE_EXCEEDED)
    finally:
        own.predictor.program.signal(signal.SIGCONT)
    own.transformer.await_status(200)
    assert ask(client, windows[:1])["forecast"].shape == (1,)


def test_request_in_progress_is_answered_after_sigterm_and_others_are_refused(
    own: Pair, version: Trained, windows: f8, tmp_path: Path
) -> None:
    """The predictor is stopped, so that one request occupies the limit of the transformer."""
    role = start_second_transformer(own.predictor, tmp_path, version.models, version.store, in_flight_limit=1)
    try:
        role.await_status(200)
        answers: list[httpx.Response] = []
        first = Thread(
            target=lambda: answers.append(httpx.post(role.url + INFER, json=window_request(windows[:1]), timeout=60))
        )
        own.predictor.program.signal(signal.SIGSTOP)
        try:
            first.start()
            wait_until(lambda: role.metric("nextclose_requests_in_flight") == 1, "one request waits", 20)
            for _ in range(5):
                headers = {"x-request-id": "kept-1"}
                answer = httpx.post(role.url + INFER, json=window_request(windows[:1]), headers=headers)
                check_refusal(answer, 503, "1 requests are in progress already")
            assert role.metric("nextclose_requests_total", code="503", reason="overloaded") == 5
            role.program.signal(signal.SIGTERM)
            wait_until(lambda: '"stopping"' in role.program.log, "the shutdown has started", 20)
            assert role.program.process.poll() is None
        finally:
            own.predictor.program.signal(signal.SIGCONT)
            first.join(60)
        assert [answer.status_code for answer in answers] == [200]
        assert role.program.wait() == 0, role.program.log
    finally:
        role.program.stop()


def test_full_queue_of_the_predictor_returns_503(own: Pair, client: httpx.Client, windows: f8) -> None:
    many = np.tile(windows, (4, 1))[:1000]

    async def ask_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=own.url, timeout=60, trust_env=False) as several:
            bodies = [binary_request(many)] + [binary_request(windows[:5])] * 20
            return await asyncio.gather(
                *(several.post(INFER, content=body, headers=headers) for body, headers in bodies)
            )

    statuses: set[int] = set()
    for _ in range(20):  # whether requests overlap depends on the scheduler
        answers = asyncio.run(ask_all())
        statuses |= {answer.status_code for answer in answers}
        assert statuses <= {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                check_refusal(answer, 503, "too many requests wait for the predictor", None)
        if statuses == {200, 503}:
            break
    assert statuses == {200, 503}
    assert ask(client, windows[:1])["forecast"].shape == (1,)
