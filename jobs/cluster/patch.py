"""JSON Patch (RFC 6902) that changes the storage address of an InferenceService, the only change of a promotion."""

from collections.abc import Mapping
from typing import Any, Final

from model.contract.errors import ClusterError

MODEL_PATH: Final = "/spec/predictor/model"
ADDRESS_PATH: Final = f"{MODEL_PATH}/storageUri"

JsonObject = Mapping[str, Any]
Patch = list[dict[str, Any]]


def model_of(service: JsonObject) -> JsonObject:
    """Return `spec.predictor.model` of an InferenceService, which contains runtime and storage address.

    Raises:
        ClusterError: The InferenceService has no `spec.predictor.model`, so it has no storage address.
    """
    model = service.get("spec", {}).get("predictor", {}).get("model")
    if not isinstance(model, Mapping):
        name = service.get("metadata", {}).get("name")
        raise ClusterError(
            f"InferenceService {name}: expected spec.predictor.model, got none; was it installed by this chart?"
        )
    return model


def address_of(service: JsonObject) -> str | None:
    """Return the storage address of an InferenceService, None before the first promotion."""
    address = model_of(service).get("storageUri")
    return str(address) if address else None


def storage_patch(service: JsonObject, address: str | None) -> Patch:
    """Make the patch that changes the storage address. It fails if the address was changed since `service` was read.

    A `test` operation cannot require that a field is absent, because its path must exist. Before the first promotion
    the patch therefore tests the whole `spec.predictor.model`: two objects are equal only if they have the same
    members. Testing `metadata.resourceVersion` would fail too often, because it changes with every status update of
    the controller, and there are many while the first pods start.

    Args:
        service: The InferenceService, as read from the API server.
        address: New storage address; None removes the address, which undoes a first promotion.

    Raises:
        ClusterError: As in `model_of`.
    """
    current = address_of(service)
    if current is None:
        test = {"op": "test", "path": MODEL_PATH, "value": dict(model_of(service))}
        return [test] if address is None else [test, {"op": "add", "path": ADDRESS_PATH, "value": address}]
    test = {"op": "test", "path": ADDRESS_PATH, "value": current}
    if address is None:
        return [test, {"op": "remove", "path": ADDRESS_PATH}]
    return [test, {"op": "replace", "path": ADDRESS_PATH, "value": address}]
