"""Refresh after a new session: train, gate, promote and roll back, while a client sends requests continuously."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.continuous_client import continuous_requests
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import SYMBOL, Release, give_prices, new_namespace, values_of

# Two pods of each role, so that the Service has pods of both versions during a rollout.
TWO_REPLICAS = {
    "predictor": {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}},
    "transformer": {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}},
    "storage": {"accessMode": "ReadWriteMany"},
}


@pytest.fixture(scope="module", params=["collocated", "separate"])
def release(request: pytest.FixtureRequest) -> Iterator[Release]:
    """A release with a first version, on prices without the last two sessions."""
    topology: str = request.param
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(2))
        release = Release(namespace, separate=topology == "separate")
        release.install(values=values_of(topology, **(TWO_REPLICAS if release.separate else {})))
        release.bootstrapped()
        yield release


def _pods(release: Release) -> set[str]:
    roles = ["predictor", "transformer"] if release.separate else ["predictor"]
    return {pod["metadata"]["uid"] for role in roles for pod in release.pods(role)}


def _data_until(release: Release) -> str:
    with release.client() as client:
        stored = client.get(f"/symbols/{SYMBOL}/window").json()
        return str(stored["data_until"])


def _promotions(release: Release) -> list[tuple[str, str, str]]:
    script = "print(open('/var/lib/nextclose/store/promotions.jsonl').read().replace(chr(10), ','))"
    lines = json.loads("[" + release.python(script).rstrip(",") + "]")
    return [(line["action"], line["outcome"], line["version"]) for line in lines]


def test_refresh_without_a_new_session_changes_nothing(release: Release) -> None:
    before, pods = release.served(), _pods(release)
    succeeded, log = release.command("refresh")
    assert succeeded, log
    assert "refresh: nothing" in log
    assert (release.served(), _pods(release)) == (before, pods)


def test_paused_refresh_updates_prices_only(release: Release) -> None:
    before, pods, until = release.served(), _pods(release), _data_until(release)
    assert release.command("pause")[0]
    give_prices(release.namespace, csv_without_last(1))
    succeeded, log = release.command("refresh")
    assert succeeded, log
    assert "refresh: held" in log
    assert _data_until(release) > until
    assert (release.served(), _pods(release)) == (before, pods), "new prices need no restart"
    assert release.command("resume")[0]


def test_dry_run_shows_the_decision(release: Release) -> None:
    before, until = release.served(), _data_until(release)
    give_prices(release.namespace, csv_without_last(0))
    succeeded, log = release.command("refresh", "--dry-run")
    assert succeeded, log
    assert "decide: train" in log
    assert "dry run: nothing was changed" in log
    assert (release.served(), _data_until(release)) == (before, until)


def test_refresh_promotes_a_new_version_without_a_failed_request(release: Release) -> None:
    first, quantiles = release.served(), release.quantiles()
    give_prices(release.namespace, csv_without_last(0))
    with continuous_requests(release, window()) as answers:
        succeeded, log = release.command("refresh")
        assert succeeded, log
    second = release.served()
    assert first
    assert second
    assert second != first
    for step in (
        "collect: collected",
        "decide: train",
        "gate: trained, Passed",
        "promote: promoted",
        "verify: passed",
    ):
        assert step in log
    assert set(answers.versions) == {first, second}
    answers.check({first: quantiles, second: release.quantiles()}, retry=release.separate)
    assert _data_until(release) == "2018-12-31"
    assert any(second in message for message in release.namespace.events("Promoted"))


def test_rollback_and_promotion_fail_no_request(release: Release) -> None:
    second, quantiles = release.served(), release.quantiles()
    with continuous_requests(release, window()) as answers:
        succeeded, log = release.command("rollback")
        assert succeeded, log
        first, before = release.served(), release.quantiles()
        succeeded, log = release.command("promote", str(second))
        assert succeeded, log
    assert first
    assert second
    answers.check({first: before, second: quantiles}, retry=release.separate)
    assert release.served() == second
    assert _promotions(release)[-4:] == [
        ("rollback", "begun", first),
        ("rollback", "done", first),
        ("promote", "begun", second),
        ("promote", "done", second),
    ]
    output = release.command("status")[1]
    assert f"serving   {second}" in output
    assert f"rollback done {first}" in output
