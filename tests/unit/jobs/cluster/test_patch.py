import copy
from typing import Any

import pytest

from jobs.cluster.patch import address_of, storage_patch
from model.contract.errors import ClusterError

MODEL = {"modelFormat": {"name": "nextclose"}, "runtime": "nextclose", "protocolVersion": "v2"}


def _service(**model: Any) -> dict[str, Any]:
    return {"metadata": {"name": "nc", "resourceVersion": "7"}, "spec": {"predictor": {"model": {**MODEL, **model}}}}


def _apply(document: dict[str, Any], patch: list[dict[str, Any]]) -> dict[str, Any] | None:
    """RFC 6902 for the four operations that are used; None where a test fails."""
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


@pytest.mark.parametrize("there", [None, "pvc://claim/a"])
@pytest.mark.parametrize("wanted", [None, "pvc://claim/b"])
def test_only_the_address_changes(there: str | None, wanted: str | None) -> None:
    service = _service(**({"storageUri": there} if there else {}))
    after = _apply(service, storage_patch(service, wanted))
    assert after == _service(**({"storageUri": wanted} if wanted else {}))
    assert after is not None
    assert address_of(after) == wanted


@pytest.mark.parametrize(
    ("read", "now"),
    [
        ({}, {"storageUri": "pvc://claim/else"}),
        ({"storageUri": "pvc://claim/a"}, {"storageUri": "pvc://claim/else"}),
        ({"storageUri": "pvc://claim/a"}, {}),
        ({}, {"runtime": "another"}),
    ],
)
def test_what_came_in_between_is_not_written_over(read: dict[str, str], now: dict[str, str]) -> None:
    assert _apply(_service(**now), storage_patch(_service(**read), "pvc://claim/b")) is None


def test_a_status_that_the_controller_writes_is_no_hindrance() -> None:
    later = _service()
    later["metadata"]["resourceVersion"] = "8"
    later["status"] = {"conditions": []}
    assert _apply(later, storage_patch(_service(), "pvc://claim/b")) is not None


def test_a_service_of_containers_has_no_address() -> None:
    with pytest.raises(ClusterError, match=r"InferenceService nc: expected spec\.predictor\.model, got none"):
        storage_patch({"metadata": {"name": "nc"}, "spec": {"predictor": {"containers": []}}}, "pvc://claim/b")
