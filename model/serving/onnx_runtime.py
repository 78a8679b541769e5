"""Runtime for ONNX files: a fifth of TensorFlow's memory, and a much shorter start."""

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

from model.contract.arrays import f4
from model.contract.errors import CorruptArtefactError
from model.contract.features import CHANNELS
from model.contract.names import FEATURES, RAW_QUANTILES
from model.contract.window import RETURNS
from model.serving.runtime import check_output

# Errors that an invalid file can cause; these classes have no common base class.
_FAILURES: Final = (
    state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented,
    state.RuntimeException,
)  # fmt: skip


class OnnxRuntime:
    """A session of ONNX Runtime. It accepts any number of rows, so batches are not padded."""

    name = "onnx"
    traces = 0

    def __init__(self, path: Path, threads: int) -> None:
        """Load an ONNX file.

        Args:
            path: The file.
            threads: Number of threads that compute.

        Raises:
            CorruptArtefactError: The file is missing, cannot be loaded, or has other inputs or outputs than expected.
        """
        if not path.exists():
            raise CorruptArtefactError(
                f"{path}: this version has no ONNX file; it was exported by an older release. "
                "Retrain, or serve it with runtime 'tensorflow'"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning idle threads would take CPU time from the transformer on the same machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        except _FAILURES as error:
            raise CorruptArtefactError(
                f"{path}: cannot be loaded as an ONNX file: {str(error).splitlines()[0]}"
            ) from error
        inputs = [one.name for one in self._session.get_inputs()]
        outputs = [one.name for one in self._session.get_outputs()]
        if (inputs, outputs) != ([FEATURES], [RAW_QUANTILES]):
            raise CorruptArtefactError(
                f"{path}: expected {FEATURES} -> {RAW_QUANTILES}, got {', '.join(inputs)} -> {', '.join(outputs)}"
            )

    def warm(self) -> None:
        """Run the network once.

        Raises:
            CorruptArtefactError: The network fails, or its output has another shape than expected.
        """
        try:
            answer = self.run(np.zeros((1, RETURNS, CHANNELS), dtype=np.float32))
        except _FAILURES as error:
            raise CorruptArtefactError(f"the network cannot compute: {str(error).splitlines()[0]}") from error
        check_output(answer)

    def run(self, features: f4) -> f4:
        """Compute quantiles in sigma: float32 [n, 59, 3] -> float32 [n, 7]."""
        answer: f4 = self._session.run([RAW_QUANTILES], {FEATURES: features})[0]
        return answer
