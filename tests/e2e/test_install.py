"""Installation by Helm 4 without values, under the restricted profile: clients get answers without further steps."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import kserve
import numpy as np
import pytest
from kserve.inference_client import RESTConfig
from tritonclient import http as triton

from tests.e2e.kube import until
from tests.e2e.prices import window
from tests.e2e.release import Release, new_namespace
from tests.serving.v2_requests import ask, ask_symbols

TRITON_GRPC = Path(__file__).parents[1] / "serving" / "triton_grpc_client.py"
PACKAGED, SOURCE = "^GSPC", "arch"
CLOSES = np.array([window()])


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """A release without prices and without a reachable source, which uses the packaged index."""
    with new_namespace() as namespace:
        release = Release(namespace)
        release.install()
        yield release


@pytest.fixture(scope="module")
def log(release: Release) -> str:
    """Log of the bootstrap Job."""
    return release.bootstrapped()


def test_notes_and_events_announce_the_first_training(release: Release) -> None:
    notes = release.helm("get", "notes", release.name)
    assert "the pods are not ready until there is a model" in notes
    assert any("training the first model" in message for message in _bootstrapping(release)), _bootstrapping(release)


def _bootstrapping(release: Release) -> list[str]:
    return until("an Event of the bootstrap", 120, lambda: release.namespace.events("Bootstrapping") or None)


def test_packaged_index_is_used_and_reported_as_source(release: Release, log: str) -> None:
    assert f"using {PACKAGED} instead" in log
    with release.client() as client:
        metadata = client.get("/v2/models/nextclose").json()
        assert client.get("/symbols").json()["symbols"] == [PACKAGED]
        assert (metadata["properties"]["source"], metadata["properties"]["symbols"]) == (SOURCE, PACKAGED)
        (line,) = [line for line in client.get("/metrics").text.splitlines() if line.startswith("nextclose_model_info")]
        assert f'source="{SOURCE}"' in line, line


@pytest.mark.usefixtures("log")
def test_v2_requests_by_window_and_by_symbol(release: Release) -> None:
    with release.client() as client:
        by_window = ask(client, CLOSES)
        assert by_window["forecast"].shape == (1,)
        assert (np.diff(by_window["quantiles"]) > 0).all()
        by_symbol = ask_symbols(client, [PACKAGED])
        assert by_symbol["stale"].tolist() == [True]
        assert by_symbol["data_until"] == ["2018-12-31"]


@pytest.mark.usefixtures("log")
def test_standard_clients_agree(release: Release) -> None:
    with release.namespace.forwarded(f"service/{release.service}", 80, 8081) as (rest, rpc):
        expected = _by_kserve(f"http://{rest}", rpc)
        client = triton.InferenceServerClient(rest)
        tensor = triton.InferInput("close", [1, 60], "FP64")
        tensor.set_data_from_numpy(CLOSES)
        np.testing.assert_allclose(client.infer("nextclose", [tensor]).as_numpy("quantiles"), expected, rtol=1e-6)
        client.close()
        document = json.dumps({"address": rpc, "closes": CLOSES.tolist(), "symbol": PACKAGED})
        command = [sys.executable, str(TRITON_GRPC)]
        done = subprocess.run(command, input=document, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        np.testing.assert_allclose(json.loads(done.stdout)["quantiles"], expected, rtol=1e-6)


def _by_kserve(url: str, rpc: str) -> list[list[float]]:
    tensor = kserve.InferInput("close", [1, 60], "FP64")
    tensor.set_data_from_numpy(CLOSES, binary_data=True)
    request = kserve.InferRequest("nextclose", [tensor])

    async def ask_both() -> list[kserve.InferResponse]:
        async with (
            kserve.InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as http_client,
            kserve.InferenceGRPCClient(rpc, retries=0) as grpc_client,
        ):
            return [await http_client.infer(url, request, model_name="nextclose"), await grpc_client.infer(request)]

    found = []
    for response in asyncio.run(ask_both()):
        (quantiles,) = [output.as_numpy() for output in response.outputs if output.name == "quantiles"]
        found.append(quantiles)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    return found[0].tolist()  # type: ignore[no-any-return]


@pytest.mark.usefixtures("log")
def test_helm_test_succeeds(release: Release) -> None:
    assert "Succeeded" in release.helm("test", release.name, "--logs")


@pytest.mark.usefixtures("log")
def test_status_names_the_served_version(release: Release) -> None:
    succeeded, output = release.command("status")
    assert succeeded, output
    assert f"serving   {release.served()}" in output


@pytest.mark.usefixtures("log")
def test_onnx_runtime_gives_the_same_quantiles(release: Release) -> None:
    expected, served = release.quantiles(), release.served()
    (before,) = release.pods()
    release.install("--reuse-values", "--set=model.runtime=onnx")

    def pod_is_replaced() -> bool | None:
        names = [pod["metadata"]["name"] for pod in release.pods()]
        return True if names and before["metadata"]["name"] not in names else None

    until("the pod is replaced", 180, pod_is_replaced)
    release.wait_pods("predictor", 1)
    np.testing.assert_allclose(release.quantiles(), expected, rtol=1e-5)
    assert release.served() == served
    (pod,) = release.pods()
    with release.namespace.forwarded(f"pod/{pod['metadata']['name']}", 8090) as (address,):
        metrics = httpx.get(f"http://{address}/metrics", trust_env=False).text
    assert 'runtime="onnx"' in metrics
