"""The predictor with ONNX Runtime: the same forecasts without TensorFlow, and messages for missing or invalid files."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from model.artefact.local_registry import LocalRegistry
from model.artefact.manifest import ONNX
from model.contract.arrays import f8
from tests.serving.processes import Pair, running_pair, start_predictor, wait_until
from tests.serving.trained import Trained, variant
from tests.serving.v2_requests import ask

_RUNTIME = {"runtime": "onnx"}


@pytest.fixture(scope="module")
def own(version: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with running_pair(tmp_path_factory.mktemp("onnx"), version.models, version.store, predictor=_RUNTIME) as started:
        yield started


@pytest.fixture(scope="module")
def client(own: Pair) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=own.url, timeout=60, trust_env=False) as opened:
        yield opened


def test_forecasts_equal_those_of_tensorflow(client: httpx.Client, http: httpx.Client, windows: f8) -> None:
    found, expected = ask(client, windows), ask(http, windows)
    for name in ("forecast", "quantiles", "naive"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6)


def test_forecasts_do_not_depend_on_the_batch_size(client: httpx.Client, windows: f8) -> None:
    alone = np.concatenate([ask(client, windows[row : row + 1])["quantiles"] for row in range(40)])
    for size in (2, 7, 17, 40):
        np.testing.assert_allclose(ask(client, windows[:size])["quantiles"], alone[:size], rtol=1e-6)


def test_metadata_and_metrics_name_the_runtime(own: Pair, version: Trained) -> None:
    assert httpx.get(f"{own.predictor.url}/v2/models/nextclose").json()["platform"] == "onnxruntime_onnx"
    labels = {"version": version.artefact.version, "runtime": "onnx"}
    assert own.predictor.metric("nextclose_predictor_model_info", **labels) == 1


def test_process_does_not_load_tensorflow(own: Pair) -> None:
    maps = Path(f"/proc/{own.predictor.program.process.pid}/maps")
    if not maps.exists():
        pytest.skip("no /proc here")
    assert "onnxruntime" in maps.read_text()
    assert "tensorflow" not in maps.read_text()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "this version has no ONNX file"),
        (b"", "cannot be loaded as an ONNX file"),
        (b"not a network", "cannot be loaded as an ONNX file"),
    ],
)
def test_version_without_a_valid_onnx_file_is_refused(
    version: Trained, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    def change(folder: Path) -> None:
        if content is None:
            (folder / ONNX).unlink()
        else:
            (folder / ONNX).write_bytes(content)

    other = variant(version.artefact, tmp_path / "models", 70, change=change)
    LocalRegistry(tmp_path / "models", "nextclose").set_current(other.version)
    role = start_predictor(tmp_path, tmp_path / "models", **_RUNTIME)
    try:
        role.await_status(200, "/v2/health/live")
        wait_until(lambda: reason in httpx.get(f"{role.url}/v2/health/ready").text, reason, 20)
        assert role.metric("nextclose_predictor_load_failures_total") == 1
    finally:
        role.program.stop()
