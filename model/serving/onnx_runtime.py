"""The network by ONNX Runtime: a fifth of TensorFlow's memory, and ready in a fraction of the time."""

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

from model.contract.errors import CorruptArtefactError
from model.contract.features import CHANNELS
from model.contract.names import FEATURES, RAW_QUANTILES
from model.contract.window import RETURNS
from model.serving.runtime import check_answer, f4

# What a file that is no network of ours can make it raise; each is a class of its own, without a common one.
_FAILURES: Final = (
    state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented,
    state.RuntimeException,
)  # fmt: skip


class OnnxRuntime:
    """A session of ONNX Runtime. It takes any number of rows, so nothing is padded."""

    name = "onnx"
    traces = 0

    def __init__(self, path: Path, threads: int) -> None:
        """Loads an ONNX file.

        Raises:
            CorruptArtefactError: it is not there, cannot be loaded, or its inputs and outputs are not the contract's.
        """
        if not path.exists():
            raise CorruptArtefactError(
                f"{path}: this version has no ONNX file, it was exported by a release that wrote none; "
                "retrain, or serve it by runtime 'tensorflow'"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Idle threads sleep; spinning, they would take the cores from the transformer beside them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        except _FAILURES as error:
            raise CorruptArtefactError(
                f"{path}: no ONNX file that can be loaded: {str(error).splitlines()[0]}"
            ) from error
        inputs = [one.name for one in self._session.get_inputs()]
        outputs = [one.name for one in self._session.get_outputs()]
        if (inputs, outputs) != ([FEATURES], [RAW_QUANTILES]):
            raise CorruptArtefactError(
                f"{path}: expected {FEATURES} -> {RAW_QUANTILES}, got {', '.join(inputs)} -> {', '.join(outputs)}"
            )

    def warm(self) -> None:
        """Runs the network once.

        Raises:
            CorruptArtefactError: it does not take or answer the contract's shapes.
        """
        try:
            answer = self.run(np.zeros((1, RETURNS, CHANNELS), dtype=np.float32))
        except _FAILURES as error:
            raise CorruptArtefactError(f"the network cannot compute: {str(error).splitlines()[0]}") from error
        check_answer(answer)

    def run(self, features: f4) -> f4:
        """Quantiles in sigma, float32 [n, 59, 3] -> float32 [n, 7]."""
        answer: f4 = self._session.run([RAW_QUANTILES], {FEATURES: features})[0]
        return answer
