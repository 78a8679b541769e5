"""A refresh on one more session: trained, gated, promoted and rolled back, while a client asks without a pause."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.asking import asking
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import SYMBOL, Release, give_prices, namespace, values_of

# Of each role, and so a Service with pods of both versions for a while.
TWO = {
    "predictor": {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}},
    "transformer": {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}},
    "storage": {"accessMode": "ReadWriteMany"},
}


@pytest.fixture(scope="module", params=["collocated", "separate"])
def release(request: pytest.FixtureRequest) -> Iterator[Release]:
    """Served by a first version, on prices that lack the last two sessions."""
    topology: str = request.param
    with namespace() as place:
        give_prices(place, csv_without_last(2))
        release = Release(place, separate=topology == "separate")
        release.install(values=values_of(topology, **(TWO if release.separate else {})))
        release.bootstrapped()
        yield release


def _pods(release: Release) -> set[str]:
    roles = ["predictor", "transformer"] if release.separate else ["predictor"]
    return {pod["metadata"]["uid"] for role in roles for pod in release.pods(role)}


def _data_until(release: Release) -> str:
    with release.client() as client:
        known = client.get(f"/symbols/{SYMBOL}/window").json()
        return str(known["data_until"])


def _promotions(release: Release) -> list[tuple[str, str, str]]:
    read = "print(open('/var/lib/nextclose/store/promotions.jsonl').read().replace(chr(10), ','))"
    lines = json.loads("[" + release.python(read).rstrip(",") + "]")
    return [(line["action"], line["outcome"], line["version"]) for line in lines]


def test_without_a_new_session_nothing_is_done(release: Release) -> None:
    before, pods = release.served(), _pods(release)
    succeeded, log = release.command("refresh")
    assert succeeded, log
    assert "refresh: nothing" in log
    assert (release.served(), _pods(release)) == (before, pods)


def test_paused_it_brings_prices_and_no_model(release: Release) -> None:
    before, pods, until = release.served(), _pods(release), _data_until(release)
    assert release.command("pause")[0]
    give_prices(release.place, csv_without_last(1))
    succeeded, log = release.command("refresh")
    assert succeeded, log
    assert "refresh: held" in log
    assert _data_until(release) > until
    assert (release.served(), _pods(release)) == (before, pods), "prices are read without a restart"
    assert release.command("resume")[0]


def test_a_dry_run_says_what_would_be_done(release: Release) -> None:
    before, until = release.served(), _data_until(release)
    give_prices(release.place, csv_without_last(0))
    succeeded, log = release.command("refresh", "--dry-run")
    assert succeeded, log
    assert "decide: train" in log
    assert "dry run: nothing was changed" in log
    assert (release.served(), _data_until(release)) == (before, until)


def test_one_more_session_is_trained_on_and_promoted_without_a_failed_request(release: Release) -> None:
    first, answered = release.served(), release.quantiles()
    give_prices(release.place, csv_without_last(0))
    with asking(release, window()) as answers:
        succeeded, log = release.command("refresh")
        assert succeeded, log
    second = release.served()
    assert first
    assert second
    assert second != first
    for step in (
        "collect: collected",
        "decide: train",
        "gate: trained, Promoted",
        "promote: promoted",
        "verify: passed",
    ):
        assert step in log
    assert set(answers.versions) == {first, second}
    answers.check({first: answered, second: release.quantiles()}, retry=release.separate)
    assert _data_until(release) == "2018-12-31"
    assert any(second in message for message in release.place.events("Promoted"))


def test_rolled_back_and_promoted_again_without_a_failed_request(release: Release) -> None:
    second, answered = release.served(), release.quantiles()
    with asking(release, window()) as answers:
        succeeded, log = release.command("rollback")
        assert succeeded, log
        first, before = release.served(), release.quantiles()
        succeeded, log = release.command("promote", str(second))
        assert succeeded, log
    assert first
    assert second
    answers.check({first: before, second: answered}, retry=release.separate)
    assert release.served() == second
    assert _promotions(release)[-4:] == [
        ("rollback", "begun", first),
        ("rollback", "done", first),
        ("promote", "begun", second),
        ("promote", "done", second),
    ]
    told = release.command("status")[1]
    assert f"serving   {second}" in told
    assert f"rollback done {first}" in told
