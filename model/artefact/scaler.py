"""The scaler of a version: a pickled StandardScaler, unpickled only from verified bytes."""

import io

import joblib
import numpy as np
from sklearn.preprocessing import StandardScaler

from model.artefact.folder import Artefact
from model.artefact.manifest import SCALER
from model.contract.errors import CorruptArtefactError
from model.contract.features import Scaling


def load_scaler(artefact: Artefact) -> StandardScaler:
    """Unpickles the scaler of a verified version.

    Raises:
        CorruptArtefactError: it was changed since, cannot be unpickled, or is no StandardScaler.
    """
    raw = artefact.read(SCALER)
    try:
        scaler = joblib.load(io.BytesIO(raw))
    except Exception as error:  # bytes that are no pickle may raise anything
        reason = f"{type(error).__name__}: {error}".partition("\n")[0][:120]
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER} cannot be unpickled: {reason}") from error
    if not isinstance(scaler, StandardScaler):
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER} holds a {type(scaler).__name__}")
    return scaler


def load_scaling(artefact: Artefact) -> Scaling:
    """What requests need of the scaler of a verified version.

    Raises:
        CorruptArtefactError: as `load_scaler`; or its means and scales are not usable.
    """
    try:
        scaling = Scaling.of(load_scaler(artefact))
    except ValueError as error:
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER}: {error}") from error
    usable = np.isfinite(scaling.mean).all() and ((scaling.scale > 0) & np.isfinite(scaling.scale)).all()
    if not usable:
        raise CorruptArtefactError(
            f"version {artefact.version}: {SCALER}: expected finite means and scales above zero, "
            f"got {scaling.mean.tolist()} and {scaling.scale.tolist()}"
        )
    return scaling
