"""The network: an LSTM and a head with seven quantiles that cannot cross.

    features [n, 59, 3] -> LSTM(16) -> 8 numbers (m, s, six g) -> quantiles [n, 7] in units of sigma
    quantile = m -+ exp(s) * cumulative sums of softplus(g), outwards from the median m

The head's kernel starts at zero, and its bias at the training targets' empirical gaps with m = 0 and s = 0. The
untrained network therefore forecasts the last close with historical quantiles scaled by recent volatility (filtered
historical simulation), and training keeps only changes that improve on this.
"""

from itertools import accumulate
from operator import add
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.features import CHANNELS
from model.contract.levels import LEVELS, MEDIAN
from model.contract.names import FEATURES
from model.contract.window import RETURNS
from model.quiet_tensorflow import keras, tf

_GAPS: Final = len(LEVELS) - 1
_OUTPUTS: Final = _GAPS + 2
_LEAST_GAP: Final = 1e-4  # in sigma; coinciding quantiles have a gap of zero, at which softplus has no inverse


@keras.saving.register_keras_serializable(package="nextclose")
class MonotoneQuantiles(keras.layers.Layer):
    """Dense layer whose eight outputs are median, log-scale and gaps: float32 [n, units] -> float32 [n, 7]."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the kernel [units, 8] and the bias [8], both zero."""
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], _OUTPUTS), initializer="zeros")
        self.bias = self.add_weight(name="bias", shape=(_OUTPUTS,), initializer="zeros")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Quantiles at `levels.LEVELS`, in sigma."""
        ops = keras.ops
        raw = ops.matmul(inputs, self.kernel) + self.bias
        median, scale = raw[:, :1], ops.exp(raw[:, 1:2])
        gaps = ops.softplus(raw[:, 2:])
        # Sum step by step, in this order: adding a non-negative number never lowers a floating-point sum, so rounding
        # cannot make the quantiles cross.
        below = list(accumulate((gaps[:, k : k + 1] for k in range(MEDIAN - 1, -1, -1)), add))
        above = list(accumulate((gaps[:, k : k + 1] for k in range(MEDIAN, _GAPS)), add))
        parts = [median - scale * gap for gap in reversed(below)] + [median] + [median + scale * gap for gap in above]
        return ops.concatenate(parts, axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """[n, units] -> [n, 7]."""
        return (input_shape[0], len(LEVELS))


def build_network(units: int, seed: int) -> keras.Model:
    """Build a functional Keras model, `features` float32 [n, 59, 3] -> float32 [n, 7] in sigma.

    The LSTM's weights depend only on the seed. The head's weights are zero (see `set_initial_quantiles`).
    """
    inputs = keras.Input((RETURNS, CHANNELS), name=FEATURES)
    # The kernel of cuDNN would limit the exported graph to NVIDIA GPUs.
    lstm = keras.layers.LSTM(
        units,
        use_cudnn=False,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
        recurrent_initializer=keras.initializers.Orthogonal(seed=seed + 1),
        name="lstm",
    )
    network = keras.Model(inputs, MonotoneQuantiles(name="head")(lstm(inputs)))
    # For a graph of this size, compiling with XLA takes longer than it saves.
    network.jit_compile = False
    return network


def set_initial_quantiles(network: keras.Model, quantiles: NDArray[np.float64]) -> None:
    """Set the head so that the network gives these quantiles, shifted to a median of zero, for every input.

    Args:
        network: A network of `build_network`; its head is overwritten.
        quantiles: float64 [7], quantiles of the training targets, increasing, in sigma.
    """
    gaps = np.maximum(np.diff(quantiles), _LEAST_GAP)
    bias = np.concatenate([[0.0, 0.0], gaps + np.log(-np.expm1(-gaps))])  # the inverse of softplus
    head = network.get_layer("head")
    head.kernel.assign(np.zeros(head.kernel.shape, np.float32))
    head.bias.assign(bias.astype(np.float32))


def copy_network(network: keras.Model) -> keras.Model:
    """Copy a network with its weights."""
    copied = build_network(network.get_layer("lstm").units, seed=0)
    copied.set_weights(network.get_weights())
    return copied
