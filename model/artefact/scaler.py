"""The scaler of a version: a joblib file with a StandardScaler, of which two vectors are read.

Only the classes that such a file is made of are ever looked up, so a file cannot run code; and what serves needs no
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
_PARTS: Final = frozenset(
    {
        ("joblib.numpy_pickle", "NumpyArrayWrapper"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy._core.multiarray", "scalar"),
    }
)


class _State:
    """What a StandardScaler was when it was written: its attributes."""

    mean_: Any = None
    scale_: Any = None


class _Reader(NumpyUnpickler):  # type: ignore[misc]  # joblib has no types
    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, where a scaler's file may hold it."""
        if (module, name) == _SCALER:
            return _State
        if (module, name) in _PARTS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"expected a StandardScaler, got {module}.{name}")


def load_scaling(artefact: Artefact) -> Scaling:
    """What requests need of the scaler of a verified version.

    Raises:
        CorruptArtefactError: its file was changed since, cannot be read, holds anything but a fitted StandardScaler of
            this project's features, or means and scales that are not usable.
    """
    raw = io.BytesIO(artefact.read(SCALER))
    try:
        state = _Reader("", raw, ensure_native_byte_order=True).load()
    except Exception as error:  # bytes that are no pickle may raise anything
        reason = f"{type(error).__name__}: {error}".partition("\n")[0][:120]
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER} cannot be unpickled: {reason}") from error
    if not isinstance(state, _State):
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER} holds a {type(state).__name__}")
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
