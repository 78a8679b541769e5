"""`nextclose doctor` in a Job of the release, with and without the permissions of the chart."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.kube import until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import Release, give_prices, new_namespace, values_of


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace)
        release.install(values=values_of("collocated"))
        release.bootstrapped()
        yield release


def _checks(log: str) -> dict[str, Any]:
    """Parse the checks of the JSON document in a log, which contains both output streams of the pod."""
    begin = log.index("{\n")
    document, _ = json.JSONDecoder().raw_decode(log[begin:])
    return {one["check"]: one for one in document["checks"]}


def _permissions(checks: dict[str, Any]) -> dict[str, str]:
    return {name: one["result"] for name, one in checks.items() if name.startswith("may ")}


def test_jobs_pass_all_checks(release: Release) -> None:
    succeeded, log = release.command("doctor", "--json")
    assert succeeded, log
    checks = _checks(log)
    assert checks["kubeconfig"]["found"] == f"the service account of the pod, namespace {release.namespace.name}"
    assert checks["API server"]["result"] == "ok"
    assert checks["KServe"]["result"] in {"ok", "note"}
    assert checks["InferenceService"]["found"] == f"{release.name} in namespace {release.namespace.name}"
    assert set(_permissions(checks).values()) == {"ok"}
    assert len(_permissions(checks)) == 5


def test_removed_permissions_are_reported(release: Release) -> None:
    (binding,) = [
        one["metadata"]["name"] for one in release.namespace.items("rolebindings") if "jobs" in one["metadata"]["name"]
    ]
    saved = release.namespace.get("rolebinding", binding)
    release.namespace.kubectl("delete", "rolebinding", binding)
    try:

        def failed_checks() -> dict[str, Any] | None:
            succeeded, log = release.command("doctor", "--json")
            return None if succeeded else _checks(log)

        # The API server applies the change with a delay.
        checks = until("the doctor finds no permissions", 120, failed_checks)
    finally:
        saved["metadata"] = {key: saved["metadata"][key] for key in ("name", "labels", "annotations")}
        release.namespace.kubectl("create", "--filename=-", stdin=json.dumps(saved))
    assert set(_permissions(checks).values()) == {"failed"}
    name = f"may patch inferenceservices.serving.kserve.io/{release.name}"
    assert f"{release.name}-jobs" in checks[name]["advice"]
