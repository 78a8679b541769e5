import copy
from typing import Any

import pytest

from jobs.cluster.patch import address_of, storage_patch
from model.contract.errors import ClusterError

MODEL = {"modelFormat": {"name": "nextclose"}, "runtime": "nextclose", "protocolVersion": "v2"}


def _service(**model: Any) -> dict[str, Any]:
    return {"metadata": {"name": "nc", "resourceVersion": "7"}, "spec": {"predictor": {"model": {**MODEL, **model}}}}


def _apply(document: dict[str, Any], patch: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Apply a JSON Patch with the operations that are used. Returns None if a `test` operation fails."""
    result = copy.deepcopy(document)
    for one in patch:
        *parents, last = one["path"].strip("/").split("/")
        parent = result
        for name in parents:
            parent = parent[name]
        if one["op"] == "test":
            if parent.get(last) != one["value"]:
                return None
        elif one["op"] == "remove":
            del parent[last]
        else:
            assert (last in parent) == (one["op"] == "replace")
            parent[last] = one["value"]
    return result


@pytest.mark.parametrize("old", [None, "pvc://claim/a"])
@pytest.mark.parametrize("new", [None, "pvc://claim/b"])
def test_patch_changes_only_the_address(old: str | None, new: str | None) -> None:
    service = _service(**({"storageUri": old} if old else {}))
    after = _apply(service, storage_patch(service, new))
    assert after == _service(**({"storageUri": new} if new else {}))
    assert after is not None
    assert address_of(after) == new


@pytest.mark.parametrize(
    ("read", "now"),
    [
        ({}, {"storageUri": "pvc://claim/other"}),
        ({"storageUri": "pvc://claim/a"}, {"storageUri": "pvc://claim/other"}),
        ({"storageUri": "pvc://claim/a"}, {}),
        ({}, {"runtime": "another"}),
    ],
)
def test_patch_fails_after_a_concurrent_change(read: dict[str, str], now: dict[str, str]) -> None:
    assert _apply(_service(**now), storage_patch(_service(**read), "pvc://claim/b")) is None


def test_patch_succeeds_after_a_status_update() -> None:
    later = _service()
    later["metadata"]["resourceVersion"] = "8"
    later["status"] = {"conditions": []}
    assert _apply(later, storage_patch(_service(), "pvc://claim/b")) is not None


def test_service_without_a_model_is_refused() -> None:
    with pytest.raises(ClusterError, match=r"InferenceService nc: expected spec\.predictor\.model, got none"):
        storage_patch({"metadata": {"name": "nc"}, "spec": {"predictor": {"containers": []}}}, "pvc://claim/b")
