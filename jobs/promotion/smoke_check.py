"""The smoke prediction: compute a version's golden windows from its files before it is served."""

from typing import Final

import numpy as np

from jobs.promotion.golden_check import check_output
from model.artefact.folder import Artefact
from model.artefact.golden import Golden
from model.artefact.manifest import ONNX, SAVED_MODEL
from model.contract import names
from model.contract.errors import CorruptArtefactError, PromotionError
from model.contract.levels import MEDIAN

CHECK: Final = "smoke"


def smoke_predict(artefact: Artefact, golden: Golden) -> None:
    """Compute the golden windows as the served pair does, and compare them with the answers from the export.

    Args:
        artefact: A verified version.
        golden: Its windows and answers, in price units.

    Raises:
        PromotionError: The files cannot be run, or give other results than at export; its check is `smoke`.
    """
    # Imported here: `status` and `rollback` import this module and must not load TensorFlow.
    import curl_cffi  # noqa: F401  # before TensorFlow; see model/quiet_tensorflow.py

    from model.artefact.scaler import load_scaling
    from model.contract.features import quantiles_to_prices, window_features
    from model.serving.onnx_runtime import OnnxRuntime
    from model.serving.runtime import Runtime
    from model.serving.tensorflow_runtime import TensorFlowRuntime

    closes = np.array(golden.close)
    try:
        scaling = load_scaling(artefact)
        runtimes: list[Runtime] = [TensorFlowRuntime(artefact.folder / SAVED_MODEL, (len(closes),), xla=False)]
        # Versions of former releases lack the ONNX file.
        if ONNX in artefact.manifest.files:
            runtimes.append(OnnxRuntime(artefact.folder / ONNX, threads=1))
        for runtime in runtimes:
            runtime.warm()
    except CorruptArtefactError as error:
        raise PromotionError(f"smoke prediction: {error}", check=CHECK) from error
    features, sigma = window_features(closes)
    for runtime in runtimes:
        quantiles = quantiles_to_prices(
            closes[:, -1], sigma, runtime.run(scaling.apply(features)), artefact.manifest.shrink
        )
        for name, computed, expected in (
            (names.FORECAST, quantiles[:, MEDIAN], golden.forecast),
            (names.QUANTILES, quantiles, golden.quantiles),
        ):
            check_output(name, computed, expected, check=CHECK)
