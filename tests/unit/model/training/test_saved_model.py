from pathlib import Path

import numpy as np
import pytest

from model.contract import names
from model.contract.errors import TrainingError
from model.contract.features import Scaling
from model.prices.series import PriceSeries
from model.quiet_tensorflow import tf
from model.training.dataset import windows_of
from model.training.fit import Rows, fit_epochs, rows_of
from model.training.predict import raw_quantiles
from model.training.recipe import FitSettings
from model.training.saved_model import WEIGHTS, load_network, save
from model.training.train import TrainedModel


@pytest.fixture(scope="module")
def folder(trained: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("version") / "saved_model"
    save(trained.final.network, folder)
    return folder


@pytest.fixture(scope="module")
def rows(trained: TrainedModel, series: PriceSeries) -> Rows:
    return rows_of(windows_of([series]), Scaling.of(trained.final.scaler))


@pytest.mark.parametrize("n", [1, 7, 300])
def test_signature_gives_the_same_results_as_the_network(
    trained: TrainedModel, folder: Path, rows: Rows, n: int
) -> None:
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures[names.SIGNATURE]
    answer = signature(**{names.FEATURES: tf.constant(rows.features[:n])})
    assert list(answer) == [names.RAW_QUANTILES]
    assert answer[names.RAW_QUANTILES].dtype == tf.float32
    expected = raw_quantiles(trained.final.network, rows.features[:n])
    np.testing.assert_allclose(answer[names.RAW_QUANTILES].numpy(), expected, rtol=1e-5, atol=1e-6)


def test_signature_matches_the_contract(folder: Path) -> None:
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures[names.SIGNATURE]
    (features,) = signature.structured_input_signature[1].values()
    assert (features.name, features.shape.as_list(), features.dtype) == (names.FEATURES, [None, 59, 3], tf.float32)
    assert signature.structured_outputs[names.RAW_QUANTILES].shape.as_list() == [None, 7]


def test_xla_compiles_the_signature(folder: Path, rows: Rows) -> None:
    loaded = tf.saved_model.load(str(folder))  # keeps the variables alive, which the signature alone does not
    signature = loaded.signatures[names.SIGNATURE]
    compiled = tf.function(lambda x: signature(**{names.FEATURES: x})[names.RAW_QUANTILES], jit_compile=True)
    x = tf.constant(rows.features[:8])
    np.testing.assert_allclose(
        compiled(x).numpy(), signature(**{names.FEATURES: x})[names.RAW_QUANTILES].numpy(), rtol=1e-5, atol=1e-6
    )


def test_loaded_network_has_the_same_weights_and_is_trainable(trained: TrainedModel, folder: Path, rows: Rows) -> None:
    network = load_network(folder)
    assert np.array_equal(
        raw_quantiles(network, rows.features[:64]), raw_quantiles(trained.final.network, rows.features[:64])
    )
    before = network.get_weights()
    fit_epochs(network, rows, FitSettings(learning_rate=1e-3, batch=512, epochs=1, patience=1), 0, 1)
    assert all(not np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


def test_weights_can_be_read_by_name(trained: TrainedModel, folder: Path) -> None:
    loaded = tf.saved_model.load(str(folder))
    for name, weight in zip(WEIGHTS, trained.final.network.get_weights(), strict=True):
        assert np.array_equal(getattr(loaded, name).numpy(), weight)


def test_folder_without_our_saved_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"{tmp_path}: expected a SavedModel with weights lstm_kernel"):
        load_network(tmp_path)
    foreign = tmp_path / "foreign"
    module = tf.Module()
    module.x = tf.Variable(1.0)
    tf.saved_model.save(module, str(foreign))
    with pytest.raises(TrainingError, match="foreign: expected a SavedModel"):
        load_network(foreign)


def test_unwritable_folder_is_reported(trained: TrainedModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="file/saved_model: the SavedModel could not be written"):
        save(trained.final.network, tmp_path / "file" / "saved_model")
