"""Export of the network as a TensorFlow SavedModel that runs without this package, and import for further training."""

from pathlib import Path
from typing import Final

from model.contract.errors import TrainingError
from model.contract.features import CHANNELS
from model.contract.names import FEATURES, RAW_QUANTILES, SIGNATURE
from model.contract.window import RETURNS
from model.quiet_tensorflow import keras, tf
from model.training.network import build_network

# Attributes of the saved object. They are also the names of its checkpoint's entries.
WEIGHTS: Final = ("lstm_kernel", "lstm_recurrent_kernel", "lstm_bias", "head_kernel", "head_bias")


def _variables(network: keras.Model) -> tuple[tf.Variable, ...]:
    cell, head = network.get_layer("lstm").cell, network.get_layer("head")
    return cell.kernel, cell.recurrent_kernel, cell.bias, head.kernel, head.bias


def save(network: keras.Model, folder: Path) -> None:
    """Write a SavedModel with signature `serving_default`.

    `features` float32 [n, 59, 3] -> `quantiles` float32 [n, 7] in sigma, for any n. The weights can also be read from
    its checkpoint by the names in `WEIGHTS`, without loading a graph.

    Raises:
        TrainingError: The folder cannot be written.
    """
    module = tf.Module()
    for name, variable in zip(WEIGHTS, _variables(network), strict=True):
        setattr(module, name, variable.value)
    serve = tf.function(
        lambda features: {RAW_QUANTILES: network(features)},
        input_signature=[tf.TensorSpec((None, RETURNS, CHANNELS), tf.float32, name=FEATURES)],
    )
    try:
        tf.saved_model.save(module, str(folder), signatures={SIGNATURE: serve})
    except (OSError, tf.errors.OpError) as err:
        raise TrainingError(f"{folder}: the SavedModel could not be written: {err}") from err


def load_network(folder: Path) -> keras.Model:
    """Load a trainable network, with equal outputs, from a SavedModel that `save` wrote.

    Raises:
        TrainingError: The folder does not contain a SavedModel that `save` wrote.
    """
    try:
        checkpoint = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
        weights = [checkpoint.get_tensor(f"{name}/.ATTRIBUTES/VARIABLE_VALUE") for name in WEIGHTS]
    except (ValueError, RuntimeError, tf.errors.OpError) as err:
        raise TrainingError(f"{folder}: expected a SavedModel with weights {', '.join(WEIGHTS)}: {err}") from err
    units = weights[1].shape[0]
    network = build_network(units, seed=0)
    for variable, value in zip(_variables(network), weights, strict=True):
        variable.assign(value)
    return network
