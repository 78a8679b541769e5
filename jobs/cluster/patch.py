"""The one change that a promotion makes to an InferenceService: its storage address, as a JSON Patch (RFC 6902)."""

from collections.abc import Mapping
from typing import Any, Final

from model.contract.errors import ClusterError

MODEL_PATH: Final = "/spec/predictor/model"
ADDRESS_PATH: Final = f"{MODEL_PATH}/storageUri"

JsonObject = Mapping[str, Any]
Patch = list[dict[str, Any]]


def model_of(service: JsonObject) -> JsonObject:
    """The part of an InferenceService that names runtime and storage.

    Raises:
        ClusterError: it is one without `spec.predictor.model`, which has no storage address to change.
    """
    model = service.get("spec", {}).get("predictor", {}).get("model")
    if not isinstance(model, Mapping):
        name = service.get("metadata", {}).get("name")
        raise ClusterError(f"InferenceService {name}: expected spec.predictor.model, got none; it is not of this chart")
    return model


def address_of(service: JsonObject) -> str | None:
    """The storage address that an InferenceService has now, None before the first promotion."""
    address = model_of(service).get("storageUri")
    return str(address) if address else None


def storage_patch(service: JsonObject, address: str | None) -> Patch:
    """The patch from what was read to another storage address; it fails where something came in between.

    A `test` cannot say that a field is absent: its path must exist. Before the first promotion the whole of
    `spec.predictor.model` is therefore tested, as two objects are equal only if they have the same members. That says
    no more than what matters; `metadata.resourceVersion` would too, but changes with every status that the controller
    writes, and it writes many while the first pods start.

    Args:
        service: as the API server gave it.
        address: the new one; None takes it away, which undoes a first promotion.

    Raises:
        ClusterError: see `model_of`.
    """
    now = address_of(service)
    if now is None:
        test = {"op": "test", "path": MODEL_PATH, "value": dict(model_of(service))}
        return [test] if address is None else [test, {"op": "add", "path": ADDRESS_PATH, "value": address}]
    test = {"op": "test", "path": ADDRESS_PATH, "value": now}
    if address is None:
        return [test, {"op": "remove", "path": ADDRESS_PATH}]
    return [test, {"op": "replace", "path": ADDRESS_PATH, "value": address}]
