"""`nextclose doctor` where the jobs run: with the rights of the chart, and without them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.kube import until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import Release, give_prices, namespace, values_of


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        release = Release(place)
        release.install(values=values_of("collocated"))
        release.bootstrapped()
        yield release


def _checks(log: str) -> dict[str, Any]:
    """The document in a log, that has both streams of the pod."""
    begin = log.index("{\n")
    document, _ = json.JSONDecoder().raw_decode(log[begin:])
    return {one["check"]: one for one in document["checks"]}


def _may(checks: dict[str, Any]) -> dict[str, str]:
    return {name: one["result"] for name, one in checks.items() if name.startswith("may ")}


def test_the_jobs_have_what_they_need(release: Release) -> None:
    succeeded, log = release.command("doctor", "--json")
    assert succeeded, log
    checks = _checks(log)
    assert checks["kubeconfig"]["found"] == f"the pod's own account, namespace {release.place.name}"
    assert checks["API server"]["result"] == "ok"
    assert checks["KServe"]["result"] in {"ok", "note"}
    assert checks["InferenceService"]["found"] == f"{release.name} in namespace {release.place.name}"
    assert set(_may(checks).values()) == {"ok"}
    assert len(_may(checks)) == 5


def test_rights_that_are_taken_away_are_told(release: Release) -> None:
    (binding,) = [
        one["metadata"]["name"] for one in release.place.items("rolebindings") if "jobs" in one["metadata"]["name"]
    ]
    kept = release.place.get("rolebinding", binding)
    release.place.kubectl("delete", "rolebinding", binding)
    try:

        def told() -> dict[str, Any] | None:
            succeeded, log = release.command("doctor", "--json")
            return None if succeeded else _checks(log)

        # The API server's own view of rights lags a moment behind.
        checks = until("the doctor finds no rights", 120, told)
    finally:
        kept["metadata"] = {key: kept["metadata"][key] for key in ("name", "labels", "annotations")}
        release.place.kubectl("create", "--filename=-", stdin=json.dumps(kept))
    assert set(_may(checks).values()) == {"failed"}
    name = f"may patch inferenceservices.serving.kserve.io/{release.name}"
    assert f"{release.name}-jobs" in checks[name]["advice"]
