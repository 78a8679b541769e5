"""The scaler of a version: a pickled StandardScaler, unpickled only from verified bytes."""

import io

import joblib
from sklearn.preprocessing import StandardScaler

from model.artefact.folder import Artefact
from model.artefact.manifest import SCALER
from model.contract.errors import CorruptArtefactError


def load_scaler(artefact: Artefact) -> StandardScaler:
    """Unpickles the scaler of a verified version.

    Raises:
        CorruptArtefactError: it was changed since, or is no StandardScaler.
    """
    scaler = joblib.load(io.BytesIO(artefact.read(SCALER)))
    if not isinstance(scaler, StandardScaler):
        raise CorruptArtefactError(f"version {artefact.version}: {SCALER} holds a {type(scaler).__name__}")
    return scaler
