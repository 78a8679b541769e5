"""Versions and prices in an object store: what is missing is named, then installed, promoted, rolled back, refreshed.

The tests follow the life of one release, from before its Secret and its bucket are there.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cluster.api import ServiceApi
from jobs.cluster.promotion import ClusterTarget
from model.artefact.local_registry import LocalRegistry
from tests.e2e.kube import until
from tests.e2e.object_store import Bucket, bucket, give_secret, s3_values
from tests.e2e.prices import csv_without_last
from tests.e2e.release import SYMBOL, Release, give_prices, namespace
from tests.serving.asking import ask_symbols

SCRIPT = (Path(__file__).parent / "make_version.py").read_text()
CREDENTIALS = "s3-keys"


@pytest.fixture(scope="module", params=["separate", pytest.param("collocated", marks=pytest.mark.long)])
def topology(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def store(topology: str) -> Iterator[Bucket]:
    with bucket() as made:
        yield made


@pytest.fixture(scope="module")
def release(topology: str, store: Bucket) -> Iterator[Release]:
    """Installed on nothing: neither the Secret nor the bucket is there."""
    with namespace() as place:
        give_prices(place, csv_without_last(1))
        release = Release(place, separate=topology == "separate")
        release.install(values=s3_values(topology, store, CREDENTIALS))
        yield release


@pytest.fixture(scope="module")
def served(release: Release, store: Bucket) -> Release:
    """The same with both, served by its first version."""
    if not release.place.items("secrets", f"--field-selector=metadata.name={CREDENTIALS}"):
        give_secret(release.place, CREDENTIALS)
    store.make()
    release.bootstrapped()
    return release


def _described(release: Release) -> str:
    """What `nextclose status` shows of the service, asked from outside of the cluster."""
    api = ServiceApi(release.name, release.place.name)
    registry = LocalRegistry(Path("none"), "nextclose")
    return "\n".join(ClusterTarget(api, registry, "s3://none", None, deadline=1, poll_seconds=1).describe())


def answering(release: Release) -> str:
    """The version that answers now."""
    with release.client() as client:
        (version,) = client.get("/v2/models/nextclose").json()["versions"]
        return str(version)


def test_a_missing_secret_is_named(release: Release) -> None:
    words = f'CreateContainerConfigError, secret "{CREDENTIALS}" not found'
    until("the status names the Secret", 180, lambda: True if words in _described(release) else None)
    waiting = f'Error: secret "{CREDENTIALS}" not found'
    failed = until("so do Events", 60, lambda: release.place.events("Failed") or None)
    assert waiting in failed


def test_a_missing_bucket_is_named(release: Release, store: Bucket) -> None:
    give_secret(release.place, CREDENTIALS)
    told = until("an Event on the service", 180, lambda: release.place.events("BootstrapFailed") or None)
    words = f"s3://{store.name}: no such bucket; make it, or check the address"
    assert all(words in message for message in told)
    (job,) = [one["metadata"]["name"] for one in release.place.items("jobs")]
    log = release.place.kubectl("logs", f"--selector=job-name={job}", "--tail=-1")
    assert words in log


def test_installed_and_answered_by_symbol_and_by_window(served: Release, store: Bucket) -> None:
    version = served.served()
    assert version
    model = served.place.get("inferenceservice", served.name)["spec"]["predictor"]["model"]
    assert model["storageUri"] == f"{store.address}/models/nextclose/{version}"
    assert not served.place.items("persistentvolumeclaims")
    expected = {f"models/nextclose/{version}/manifest.json", "models/nextclose/current", f"prices/{SYMBOL}.parquet"}
    assert expected <= store.names()
    with served.client() as client:
        assert ask_symbols(client, [SYMBOL])["data_until"] == ["2018-12-28"]
        assert client.get("/symbols").json() == {"symbols": [SYMBOL]}
    assert len(served.quantiles()) == 7


def test_promoted_and_rolled_back_the_same_way(served: Release, store: Bucket) -> None:
    first, answered = served.served(), served.quantiles()
    assert first
    second = served.python(SCRIPT, "none")
    for command, version in ((("promote", second), second), (("rollback",), first)):
        succeeded, log = served.command(*command)
        assert succeeded, log
        assert served.served() == version
        assert answering(served) == version
        assert served.quantiles() == pytest.approx(answered, rel=1e-6)
    told = served.command("status")[1]
    assert f"serving   {first}" in told
    assert f"address   {store.address}/models/nextclose/{first}" in told
    assert f"rollback done {first}" in told


def test_a_version_that_lost_a_file_is_not_promoted(served: Release, store: Bucket) -> None:
    first = served.served()
    broken = served.python(SCRIPT, "none")
    store.client.delete_object(Bucket=store.name, Key=f"forecasts/models/nextclose/{broken}/scaler.joblib")
    succeeded, log = served.command("promote", broken)
    assert not succeeded
    assert f"version {broken}: scaler.joblib is missing" in log
    assert served.served() == first


@pytest.mark.long
def test_refreshed_and_pruned(served: Release, store: Bucket) -> None:
    first = served.served()
    give_prices(served.place, csv_without_last(0))
    succeeded, log = served.command("refresh")
    assert succeeded, log
    second = served.served()
    assert second
    assert answering(served) == second != first
    with served.client() as client:
        assert ask_symbols(client, [SYMBOL])["data_until"] == ["2018-12-31"]
    succeeded, log = served.command("versions", "prune", "--keep", "1")
    assert succeeded, log
    assert {name.split("/")[2] for name in store.names() if name.startswith("models/")} == {second, "current"}
