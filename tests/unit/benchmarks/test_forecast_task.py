"""The peers' task uses the same formulas and network as nextclose."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.environments import ROOT
from benchmarks.measure import sample_windows
from benchmarks.peers.forecast_task import TASK_VARIABLE, Forecaster
from model.contract.errors import InvalidInputError
from model.contract.features import log_returns, volatility


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A task whose network returns 0 to 6 sigma for every input."""
    network = tmp_path / "model.onnx"
    nodes = [
        helper.make_node("Flatten", ["features"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["quantiles"]),
    ]
    weights = numpy_helper.from_array(np.zeros((59 * 3, 7), dtype=np.float32), "weights")
    bias = numpy_helper.from_array(np.arange(7, dtype=np.float32), "bias")
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 59, 3])],
        [helper.make_tensor_value_info("quantiles", TensorProto.FLOAT, ["n", 7])],
        [weights, bias],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), network)
    path = tmp_path / "task.json"
    path.write_text(json.dumps({"network": str(network), "mean": [0, 0, 0], "scale": [1, 1, 1], "shrink": 1}))
    monkeypatch.setenv(TASK_VARIABLE, str(path))
    return path


def test_quantiles_are_scaled_back_to_prices(task: Path) -> None:
    closes = sample_windows(3)
    sigma = volatility(log_returns(closes))
    expected = closes[:, -1:] * np.exp(sigma[:, None] * np.arange(7))
    assert np.allclose(Forecaster.from_environment().forecast(closes), expected, rtol=1e-6)


def test_batch_is_split_by_request(task: Path) -> None:
    forecaster, closes = Forecaster.from_environment(), sample_windows(3)
    parts = forecaster.forecast_batch([closes[:1], closes[1:]])
    assert [len(part) for part in parts] == [1, 2]
    assert np.allclose(np.concatenate(parts), forecaster.forecast(closes))


def test_window_with_a_negative_close_is_refused(task: Path) -> None:
    with pytest.raises(InvalidInputError, match="above zero"):
        Forecaster.from_environment().forecast(-sample_windows(1))


def test_task_imports_only_the_contract_and_numpy() -> None:
    code = (
        "import sys; before = set(sys.modules); import benchmarks.peers.forecast_task; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert sorted(found) == ["benchmarks", "model", "numpy"]
