"""Runtime for SavedModels, compiled by XLA for a few batch sizes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.contract.arrays import f4
from model.contract.errors import CorruptArtefactError
from model.contract.features import CHANNELS
from model.contract.names import FEATURES, RAW_QUANTILES, SIGNATURE
from model.contract.window import RETURNS
from model.serving.lean_tensorflow import tf
from model.serving.predictor_metrics import TRACES
from model.serving.runtime import check_output, concatenate, pad_rows, plan_batches


def limit_threads(threads: int) -> None:
    """Set the number of threads of TensorFlow; only possible before its first computation."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


class TensorFlowRuntime:
    """Concrete functions of the SavedModel's serving signature, one for each batch size."""

    name = "tensorflow"

    def __init__(self, saved_model: Path, sizes: Sequence[int], *, xla: bool) -> None:
        """Load a SavedModel; `warm` compiles it.

        Args:
            saved_model: Folder of the SavedModel.
            sizes: Batch sizes to compile.
            xla: Whether to compile with XLA.

        Raises:
            CorruptArtefactError: The SavedModel cannot be loaded, or has another signature than expected.
        """
        try:
            self._loaded = tf.saved_model.load(str(saved_model))
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            reason = str(error).splitlines()[0]
            raise CorruptArtefactError(f"{saved_model}: cannot be loaded as a SavedModel: {reason}") from error
        signature = self._loaded.signatures.get(SIGNATURE)
        inputs = {} if signature is None else signature.structured_input_signature[1]
        outputs = {} if signature is None else signature.structured_outputs
        if set(inputs) != {FEATURES} or set(outputs) != {RAW_QUANTILES}:
            raise CorruptArtefactError(
                f"{saved_model}: expected the signature {SIGNATURE}({FEATURES}) -> {RAW_QUANTILES}, "
                f"got {sorted(inputs)} -> {sorted(outputs)}"
            )
        self.traces = 0
        self._sizes = sorted(sizes)
        self._xla = xla
        self._signature = signature
        self._calls: dict[int, Callable[[Any], Any]] = {}

    def warm(self) -> None:
        """Trace, compile and run the network for each batch size.

        Raises:
            CorruptArtefactError: The output of the network has another shape than expected.
        """
        for size in self._sizes:
            self._calls[size] = self._compile(size)
            self._calls[size](tf.zeros((size, RETURNS, CHANNELS), tf.float32))
        check_output(self.run(np.zeros((1, RETURNS, CHANNELS), dtype=np.float32)))

    def run(self, features: f4) -> f4:
        """Compute quantiles in sigma: float32 [n, 59, 3] -> float32 [n, 7]."""
        parts: list[f4] = []
        for start, stop, size in plan_batches(len(features), self._sizes):
            output: f4 = self._calls[size](tf.constant(pad_rows(features[start:stop], size))).numpy()
            parts.append(output[: stop - start])
        return concatenate(parts)

    def _compile(self, size: int) -> Callable[[Any], Any]:
        def quantiles(features: Any) -> Any:
            # This body runs when the function is traced, not when it is called.
            self.traces += 1
            TRACES.inc()
            return self._signature(**{FEATURES: features})[RAW_QUANTILES]

        spec = tf.TensorSpec((size, RETURNS, CHANNELS), tf.float32, name=FEATURES)
        compiled = tf.function(quantiles, input_signature=[spec], jit_compile=self._xla)
        concrete: Callable[[Any], Any] = compiled.get_concrete_function()
        return concrete
