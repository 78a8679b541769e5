"""Export of the network as an ONNX file, with the names and shapes of the SavedModel's signature."""

import tempfile
import warnings
from pathlib import Path
from typing import Final

import numpy as np
import onnx

from model import __version__
from model.contract.errors import TrainingError
from model.contract.features import CHANNELS
from model.contract.names import RAW_QUANTILES
from model.contract.window import RETURNS
from model.quiet_tensorflow import keras

_OPSET: Final = 17


def write_onnx(network: keras.Model, path: Path) -> None:
    """Write the network of `model.training.network` as an ONNX file.

    Args:
        network: Keras model, float32 [n, 59, 3] -> float32 [n, 7].
        path: File to write.

    Raises:
        TrainingError: The file cannot be written.
    """
    network(np.zeros((1, RETURNS, CHANNELS), np.float32))  # Keras exports only networks that have been called
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "model.onnx"
        with warnings.catch_warnings():
            # Keras 3.15 calls `hasattr(numpy, "object")`.
            warnings.filterwarnings("ignore", category=FutureWarning, module="keras")
            network.export(exported, format="onnx", opset_version=_OPSET, verbose=False)
        graph = onnx.load(str(exported))
    _rename(graph.graph)
    graph.producer_name, graph.producer_version = "nextclose", __version__
    onnx.checker.check_model(graph, full_check=True)
    try:
        path.write_bytes(graph.SerializeToString())
    except OSError as error:
        raise TrainingError(f"{path}: the ONNX file could not be written: {error}") from error


def _rename(graph: onnx.GraphProto) -> None:
    """Rename the output and the row dimension, whose names the converter chooses, to those of the contract."""
    (features,), (quantiles,) = graph.input, graph.output
    for node in graph.node:
        node.output[:] = [RAW_QUANTILES if name == quantiles.name else name for name in node.output]
    quantiles.name = RAW_QUANTILES
    for tensor in (features, quantiles):
        tensor.type.tensor_type.shape.dim[0].dim_param = "n"
