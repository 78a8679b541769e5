"""Promotions of broken versions fail at the expected check and roll back automatically, without a failed request."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.continuous_client import continuous_requests
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import Release, give_prices, new_namespace, values_of

SCRIPT = (Path(__file__).parent / "make_version.py").read_text()
DEADLINE = {"env": [{"name": "NEXTCLOSE_ROLLOUT_DEADLINE", "value": "45"}]}


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace)
        release.install(values=values_of("collocated", jobs=DEADLINE))
        release.bootstrapped()
        yield release


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("corrupt", "variables.data-00000-of-00001 was changed after it was published"),
        ("golden", "check 'smoke' failed: output 'forecast'"),
        ("shape", "check 'smoke' failed: smoke prediction: network: expected an output of shape [1, 7]"),
        ("batch", "check 'rollout' failed"),
    ],
)
def test_broken_version_is_rolled_back(release: Release, fault: str, message: str) -> None:
    good, quantiles = release.served(), release.quantiles()
    assert good
    bad = release.python(SCRIPT, fault)
    with continuous_requests(release, window()) as answers:
        succeeded, log = release.command("promote", bad)
    assert not succeeded
    assert message in log, log
    answers.check({good: quantiles})
    assert release.served() == good
    if fault != "corrupt":  # refused before the promotion begins
        assert any(bad in message for message in release.namespace.events("PromotionFailed"))


def test_missing_image_keeps_the_old_pods(release: Release) -> None:
    good, quantiles = release.served(), release.quantiles()
    assert good
    working = release.python(SCRIPT, "none")
    with continuous_requests(release, window()) as answers:
        release.install("--reuse-values", "--set=predictor.image.tag=there-is-none")
        succeeded, log = release.command("promote", working)
        assert not succeeded
        assert "check 'rollout' failed" in log
        assert f"{good} is served again, by its old pods only" in log
        assert "there-is-none" in log
        release.helm("rollback", release.name)
        succeeded, log = release.command("promote", working)
        assert succeeded, log
    answers.check({good: quantiles, working: quantiles})
    assert release.served() == working
