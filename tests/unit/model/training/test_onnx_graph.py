"""The ONNX graph gives the same results as the network, for any weights and any number of rows."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from model.contract.errors import TrainingError
from model.serving.onnx_runtime import OnnxRuntime
from model.training.network import build_network, set_initial_quantiles
from model.training.onnx_graph import write_onnx


def network(units: int, seed: int) -> Any:
    made = build_network(units, seed)
    set_initial_quantiles(made, np.array([-1.6, -1.2, -0.6, 0.0, 0.7, 1.3, 1.9]))
    head = made.get_layer("head")
    random = np.random.default_rng(seed)
    head.kernel.assign(random.normal(0, 0.5, head.kernel.shape).astype(np.float32))
    return made


@pytest.mark.parametrize(("units", "seed"), [(16, 0), (16, 1), (3, 2), (1, 3)])
def test_graph_gives_the_same_results_as_the_network(tmp_path: Path, units: int, seed: int) -> None:
    made = network(units, seed)
    write_onnx(made, tmp_path / "model.onnx")
    features = np.random.default_rng(5).uniform(-8, 8, (2000, 59, 3)).astype(np.float32)
    runtime = OnnxRuntime(tmp_path / "model.onnx", threads=1)
    runtime.warm()
    found = runtime.run(features)
    np.testing.assert_allclose(found, np.asarray(made(features)), rtol=1e-5, atol=1e-6)
    assert (np.diff(found, axis=1) >= 0).all()
    np.testing.assert_allclose(runtime.run(features[:1]), found[:1], rtol=1e-5, atol=1e-6)


def test_graph_declares_names_shapes_and_producer(tmp_path: Path) -> None:
    write_onnx(network(16, 0), tmp_path / "model.onnx")
    read = onnx.load(str(tmp_path / "model.onnx"))
    assert read.producer_name == "nextclose"
    (given,), (answer,) = read.graph.input, read.graph.output
    shapes = [[dim.dim_param or dim.dim_value for dim in one.type.tensor_type.shape.dim] for one in (given, answer)]
    assert (given.name, answer.name, shapes) == ("features", "quantiles", [["n", 59, 3], ["n", 7]])


def test_unwritable_path_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"model\.onnx: the ONNX file could not be written"):
        write_onnx(network(1, 0), tmp_path / "nowhere" / "model.onnx")
