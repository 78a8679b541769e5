"""Export of the network as an ONNX graph with the same weights, for serving without TensorFlow.

The graph is built operator by operator, because the available converters support only an older Keras or produce a
larger and slower graph. Names and shapes are those of the SavedModel's signature: `features` float32 [n, 59, 3] ->
`quantiles` float32 [n, 7].
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from model import __version__
from model.contract.errors import TrainingError
from model.contract.features import CHANNELS
from model.contract.levels import LEVELS, MEDIAN
from model.contract.names import FEATURES, RAW_QUANTILES
from model.contract.window import RETURNS

_OPSET: Final = 17  # from 2022, supported by all current runtimes
_IR: Final = 8  # the file format that belongs to the opset
_GAPS: Final = len(LEVELS) - 1


class _Graph:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._names = (f"v{number}" for number in count())

    def constant(self, values: NDArray[Any]) -> str:
        name = next(self._names)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or next(self._names)
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def last_state(self, *inputs: str, units: int) -> str:
        """Add an LSTM and return its output after the last step, [1, n, units]."""
        output = next(self._names)
        self.nodes.append(helper.make_node("LSTM", list(inputs), ["", output], hidden_size=units))
        return output

    def columns(self, values: str, sizes: list[int]) -> list[str]:
        """Split [n, sum of sizes] into columns of these sizes."""
        outputs = [next(self._names) for _ in sizes]
        split = self.constant(np.array(sizes, np.int64))
        self.nodes.append(helper.make_node("Split", [values, split], outputs, axis=1))
        return outputs

    def sums(self, parts: list[str]) -> Iterator[str]:
        """Add cumulative sums, step by step in the given order, as the network computes them."""
        total = ""
        for part in parts:
            total = self.add("Add", total, part) if total else part
            yield total


def write_onnx(network: Any, path: Path) -> None:
    """Write a network of `model.training.network` as an ONNX file.

    Raises:
        TrainingError: The file cannot be written.
    """
    graph = _Graph()
    hidden = _lstm(graph, network.get_layer("lstm").cell)
    _head(graph, network.get_layer("head"), hidden)
    features = helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["n", RETURNS, CHANNELS])
    quantiles = helper.make_tensor_value_info(RAW_QUANTILES, TensorProto.FLOAT, ["n", len(LEVELS)])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "nextclose", [features], [quantiles], graph.constants),
        producer_name="nextclose",
        producer_version=__version__,
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
    )
    onnx.checker.check_model(model, full_check=True)
    try:
        path.write_bytes(model.SerializeToString())
    except OSError as error:
        raise TrainingError(f"{path}: the ONNX file could not be written: {error}") from error


def _lstm(graph: _Graph, cell: Any) -> str:
    """[n, 59, 3] -> [n, units]: with the sequence axis first and the LSTM's gates in ONNX's order."""
    units = cell.recurrent_kernel.shape[0]
    kernel, recurrent, bias = (
        _gates(np.asarray(part), units) for part in (cell.kernel, cell.recurrent_kernel, cell.bias)
    )
    # Keras has one bias; ONNX has one for the input and one for the recurrence.
    both = np.concatenate([bias, np.zeros_like(bias)])[None]
    sequence = graph.add("Transpose", FEATURES, perm=[1, 0, 2])
    weights = (graph.constant(kernel.T[None]), graph.constant(recurrent.T[None]), graph.constant(both))
    state = graph.last_state(sequence, *weights, units=units)
    return graph.add("Squeeze", state, graph.constant(np.array([0], np.int64)))


def _gates(weights: NDArray[np.float32], units: int) -> NDArray[np.float32]:
    """Reorder columns from Keras' order (input, forget, cell, output) to ONNX's (input, output, forget, cell)."""
    i, f, c, o = (weights[..., gate * units : (gate + 1) * units] for gate in range(4))
    return np.concatenate([i, o, f, c], axis=-1)


def _head(graph: _Graph, head: Any, hidden: str) -> None:
    """[n, units] -> [n, 7], with the same operations as `MonotoneQuantiles.call`."""
    product = graph.add("MatMul", hidden, graph.constant(np.asarray(head.kernel)))
    raw = graph.add("Add", product, graph.constant(np.asarray(head.bias)))
    median, log_scale, rest = graph.columns(raw, [1, 1, _GAPS])
    scale = graph.add("Exp", log_scale)
    gaps = graph.columns(graph.add("Softplus", rest), [1] * _GAPS)
    below = [graph.add("Mul", scale, gap) for gap in graph.sums(gaps[:MEDIAN][::-1])]
    above = [graph.add("Mul", scale, gap) for gap in graph.sums(gaps[MEDIAN:])]
    parts = [
        *(graph.add("Sub", median, gap) for gap in reversed(below)),
        median,
        *(graph.add("Add", median, gap) for gap in above),
    ]
    graph.add("Concat", *parts, output=RAW_QUANTILES, axis=1)
