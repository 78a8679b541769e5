"""The scaler of a version: read the means and scales from a joblib file with a StandardScaler.

Unpickling admits only the classes that such a file consists of, so a file cannot execute code. Serving does not need
scikit-learn, which takes a second to import and 76 MB of memory.
"""

import io
import pickle
from typing import Any, Final

import numpy as np
from joblib.numpy_pickle import NumpyUnpickler

from model.artefact.folder import Artefact
from model.artefact.manifest import SCALER
from model.contract.errors import CorruptArtefactError
from model.contract.features import Scaling

_SCALER: Final = ("sklearn.preprocessing._data", "StandardScaler")
_ALLOWED_CLASSES: Final = frozenset(
    {
        ("joblib.numpy_pickle", "NumpyArrayWrapper"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy._core.multiarray", "scalar"),
    }
)


class _ScalerState:
    """Attributes of the pickled StandardScaler."""

    mean_: Any = None
    scale_: Any = None


class _ScalerUnpickler(NumpyUnpickler):  # type: ignore[misc]  # joblib has no types
    def find_class(self, module: str, name: str) -> Any:
        """Find a class, if it is allowed in the file of a scaler."""
        if (module, name) == _SCALER:
            return _ScalerState
        if (module, name) in _ALLOWED_CLASSES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"expected a StandardScaler, got {module}.{name}")


def load_scaling(artefact: Artefact) -> Scaling:
    """Load the means and scales of a verified version.

    Raises:
        CorruptArtefactError: The file was changed after verification, cannot be read, does not contain a
            StandardScaler fitted on this project's features, or contains non-finite means or non-positive scales.
    """
    raw = io.BytesIO(artefact.read(SCALER))
    try:
        state = _ScalerUnpickler("", raw, ensure_native_byte_order=True).load()
    except Exception as error:  # bytes that are not a pickle may raise any exception
        reason = f"{type(error).__name__}: {error}".partition("\n")[0][:120]
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER} cannot be unpickled: {reason}") from error
    if not isinstance(state, _ScalerState):
        raise CorruptArtefactError(
            f"version {artefact.version}: {SCALER}: expected a StandardScaler, got {type(state).__name__}"
        )
    try:
        scaling = Scaling.of(state)
    except ValueError as error:
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER}: {error}") from error
    usable = np.isfinite(scaling.mean).all() and ((scaling.scale > 0) & np.isfinite(scaling.scale)).all()
    if not usable:
        raise CorruptArtefactError(
            f"version {artefact.version}: {SCALER}: expected finite means and scales above zero, "
            f"got {scaling.mean.tolist()} and {scaling.scale.tolist()}"
        )
    return scaling
