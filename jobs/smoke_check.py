"""The smoke prediction: a version's golden windows, computed here from its files, before anybody is served by it."""

from typing import Final

import numpy as np

from jobs.golden_check import compare
from model.artefact.folder import Artefact
from model.artefact.golden import Golden
from model.artefact.manifest import ONNX, SAVED_MODEL
from model.contract import names
from model.contract.errors import CorruptArtefactError, PromotionError
from model.contract.levels import MEDIAN

CHECK: Final = "smoke"


def smoke_predict(artefact: Artefact, golden: Golden) -> None:
    """Computes the golden windows as the served pair does, and compares.

    Args:
        artefact: a verified version.
        golden: its windows and answers, in price units.

    Raises:
        PromotionError: its files cannot compute, or compute something else than at export; its check is `smoke`.
    """
    # Imported where they are used: `status` and rollbacks come here too, and need no TensorFlow.
    from model.artefact.scaler import load_scaling
    from model.contract.features import prices, window_features
    from model.serving.onnx_runtime import OnnxRuntime
    from model.serving.runtime import Runtime
    from model.serving.tensorflow_runtime import TensorFlowRuntime

    closes = np.array(golden.close)
    try:
        scaling = load_scaling(artefact)
        runtimes: list[Runtime] = [TensorFlowRuntime(artefact.folder / SAVED_MODEL, (len(closes),), xla=False)]
        # Versions of former releases have none.
        if ONNX in artefact.manifest.files:
            runtimes.append(OnnxRuntime(artefact.folder / ONNX, threads=1))
        for runtime in runtimes:
            runtime.warm()
    except CorruptArtefactError as error:
        raise PromotionError(f"smoke prediction: {error}", check=CHECK) from error
    features, sigma = window_features(closes)
    for runtime in runtimes:
        quantiles = prices(closes[:, -1], sigma, runtime.run(scaling.apply(features)), artefact.manifest.shrink)
        for name, computed, expected in (
            (names.FORECAST, quantiles[:, MEDIAN], golden.forecast),
            (names.QUANTILES, quantiles, golden.quantiles),
        ):
            compare(name, computed, expected, check=CHECK)
