"""Changes of the pointer while requests run: both processes switch, or both keep the current version.

The tests depend on their order: they use one pair, from its start without a version to its end.
"""

import signal
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.artefact.folder import Artefact
from model.artefact.local_registry import LocalRegistry
from model.artefact.registry import CURRENT
from model.contract.arrays import f8
from model.protocol.client import write_request
from tests.serving import damage
from tests.serving.processes import Pair, RunningServer, start_pair, wait_until
from tests.serving.refusals import check_refusal
from tests.serving.trained import Trained, offline, variant
from tests.serving.v2_requests import INFER, outputs_of, window_request

_FAILURES = "nextclose_predictor_load_failures_total"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> LocalRegistry:
    """Make an empty registry."""
    return LocalRegistry(tmp_path_factory.mktemp("changes") / "models", "nextclose")


@pytest.fixture(scope="module")
def own(registry: LocalRegistry, version: Trained) -> Iterator[Pair]:
    """Start a separate pair before the first version exists."""
    settings = {"xla": False, "batch_sizes": "[1, 8]"}
    started = start_pair(registry.root.parent, registry.root, version.store, predictor=settings)
    try:
        for role in (started.predictor, started.transformer):
            role.await_status(200, "/v2/health/live")
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def client(own: Pair) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=own.url, timeout=60, trust_env=False, headers={"x-request-id": "kept-1"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def first(registry: LocalRegistry, version: Trained) -> Artefact:
    return variant(version.artefact, registry.root, 1)


@pytest.fixture(scope="module")
def second(registry: LocalRegistry, version: Trained) -> Artefact:
    return variant(version.artefact, registry.root, 2, scale=1.5)


def _versions(role: RunningServer) -> list[str]:
    found: list[str] = httpx.get(f"{role.url}/v2/models/nextclose").json()["versions"]
    return found


def _await_version(own: Pair, version: str) -> None:
    for role in (own.transformer, own.predictor):
        _await_first(role, version)
    own.transformer.await_status(200)


def _await_first(role: RunningServer, version: str) -> None:
    wait_until(lambda: _versions(role)[:1] == [version], f"{role.program.module} serves {version}", 60)


def _await_log(role: RunningServer, text: str) -> None:
    wait_until(lambda: text in role.program.log, f"{role.program.module} logs {text}", 20)


def _answer(client: httpx.Client, closes: f8) -> tuple[str, f8]:
    answer = client.post(INFER, json=window_request(closes))
    assert answer.status_code == 200, answer.text
    return answer.json()["model_version"], outputs_of(answer)["quantiles"]


def test_pair_without_a_version_is_not_ready(
    own: Pair, client: httpx.Client, registry: LocalRegistry, windows: f8
) -> None:
    for role in (own.transformer, own.predictor):
        assert role.status("/v2/health/live") == 200
        answer = httpx.get(f"{role.url}/v2/health/ready", headers={"x-request-id": "kept-1"})
        check_refusal(answer, 503, "no version")
        assert _versions(role) == []
    answer = client.post(INFER, json=window_request(windows[:1]))
    check_refusal(answer, 503, "not ready: ")
    assert "no version to serve yet" in answer.json()["error"]
    with grpc.insecure_channel(own.grpc) as channel:
        stub = GRPCInferenceServiceStub(channel)
        assert not stub.ServerReady(pb.ServerReadyRequest()).ready
        assert not stub.ModelReady(pb.ModelReadyRequest(name="nextclose")).ready
        assert list(stub.ModelMetadata(pb.ModelMetadataRequest(name="nextclose")).versions) == []


def test_first_version_is_served(
    own: Pair, client: httpx.Client, registry: LocalRegistry, first: Artefact, windows: f8
) -> None:
    registry.set_current(first.version)
    own.transformer.await_status(200)
    name, quantiles = _answer(client, windows[:3])
    assert name == first.version
    np.testing.assert_allclose(quantiles, offline(first, windows[:3]), rtol=1e-6)


def test_switch_of_versions_loses_no_request(
    own: Pair, registry: LocalRegistry, first: Artefact, second: Artefact, windows: f8
) -> None:
    """Every forecast equals that of the version in its response."""
    closes = windows[:20]
    expected = {one.version: offline(one, closes) for one in (first, second)}
    assert np.abs(expected[first.version] / expected[second.version] - 1).max() > 1e-4
    answers: list[tuple[int, httpx.Response]] = []
    finished = Event()

    def send_requests(seed: int) -> None:
        rows = np.random.default_rng(seed)
        with httpx.Client(base_url=own.url, timeout=60, trust_env=False) as client:
            while not finished.is_set():
                row = int(rows.integers(0, 20))
                answers.append((row, client.post(INFER, json=window_request(closes[row : row + 1]))))

    threads = [Thread(target=send_requests, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        for target in (second, first, second):
            registry.set_current(target.version)
            _await_version(own, target.version)
    finally:
        finished.set()
        for thread in threads:
            thread.join()
    seen = set()
    for row, answer in answers:
        assert answer.status_code == 200, answer.text
        seen.add(name := answer.json()["model_version"])
        np.testing.assert_allclose(outputs_of(answer)["quantiles"][0], expected[name][row], rtol=1e-6)
    assert seen == {first.version, second.version}
    assert len(answers) > 100


def test_previous_version_returns_404(client: httpx.Client, first: Artefact, second: Artefact, windows: f8) -> None:
    path = "/v2/models/nextclose/versions/{}/infer"
    request = window_request(windows[:1])
    check_refusal(
        client.post(path.format(first.version), json=request), 404, f"({second.version}), got '{first.version}'"
    )
    assert client.post(path.format(second.version), json=request).status_code == 200


@pytest.mark.parametrize(
    ("number", "change"),
    [(3, damage.append_to_scaler), (4, damage.add_file), (5, damage.delete_scaler), (6, damage.empty_manifest)],
)
def test_corrupt_version_is_refused_and_the_current_one_is_kept(
    own: Pair, client: httpx.Client, registry: LocalRegistry, version: Trained, second: Artefact, windows: f8,
    *, number: int, change: Any,
) -> None:  # fmt: skip
    failures = own.predictor.metric(_FAILURES)
    bad = variant(version.artefact, registry.root, number, scale=2.0)
    change(bad.folder)
    # `set_current` would refuse this version. Replaced atomically: an empty pointer would count as another failure.
    (registry.folder / "next").write_text(bad.version)
    (registry.folder / "next").rename(registry.folder / CURRENT)
    for role in (own.predictor, own.transformer):
        _await_log(role, bad.version)
    assert own.predictor.metric(_FAILURES) == failures + 1
    _check_served(own, client, second, windows)
    registry.set_current(second.version)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (11, damage.write_garbage_as_scaler),
        (12, damage.write_dict_as_scaler),
        (13, damage.write_invalid_scales),
        (14, damage.write_garbage_as_network),
        (15, damage.delete_weights),
    ],
)
def test_version_with_invalid_files_is_refused_and_the_current_one_is_kept(
    own: Pair, client: httpx.Client, registry: LocalRegistry, version: Trained, second: Artefact, windows: f8,
    *, number: int, change: Any,
) -> None:  # fmt: skip
    """The files match the manifest, but cannot be loaded."""
    failures = own.predictor.metric(_FAILURES)
    bad = variant(version.artefact, registry.root, number, change=change)
    registry.set_current(bad.version)
    wait_until(lambda: own.predictor.metric(_FAILURES) == failures + 1, "the predictor refuses the version", 20)
    _await_log(own.transformer, bad.version)
    _check_served(own, client, second, windows)
    registry.set_current(second.version)
    _await_version(own, second.version)


def _check_served(own: Pair, client: httpx.Client, expected: Artefact, windows: f8) -> None:
    name, quantiles = _answer(client, windows[:3])
    assert name == expected.version
    np.testing.assert_allclose(quantiles, offline(expected, windows[:3]), rtol=1e-6)
    assert own.transformer.status() == 200


@pytest.mark.parametrize("content", [b"", b"no version", b"\xff\xfe", b"20200101T000000Z-00000000"])
def test_invalid_pointer_is_ignored(
    own: Pair, client: httpx.Client, registry: LocalRegistry, second: Artefact, windows: f8, content: bytes
) -> None:
    seen = len(own.transformer.program.log)
    (registry.folder / CURRENT).write_bytes(content)
    wait_until(lambda: len(own.transformer.program.log) > seen, "the transformer logs it", 20)
    _check_served(own, client, second, windows)
    registry.set_current(second.version)
    _await_version(own, second.version)


def test_valid_version_is_served_after_invalid_ones(
    own: Pair, client: httpx.Client, registry: LocalRegistry, first: Artefact, windows: f8
) -> None:
    registry.set_current(first.version)
    _await_version(own, first.version)
    _check_served(own, client, first, windows)


def test_requests_in_progress_are_answered_before_the_predictor_ends(own: Pair) -> None:
    """Must be the last test, because the predictor of the pair exits."""
    role = own.predictor
    answers: list[httpx.Response] = []
    body, headers = write_request({"features": np.zeros((3900, 59, 3), np.float32)})

    def ask() -> None:
        answers.append(httpx.post(role.url + INFER, content=body, headers=headers, timeout=60))

    waiting = Thread(target=ask)
    waiting.start()
    wait_until(
        lambda: role.metric("nextclose_requests_in_flight") >= 1 or bool(answers), "the request is in progress", 20
    )
    role.program.signal(signal.SIGTERM)
    waiting.join(60)
    assert [outputs_of(answer)["quantiles"].shape for answer in answers] == [(3900, 7)]
    assert role.program.wait() == 0, role.program.log
