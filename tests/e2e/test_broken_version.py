"""Versions that cannot serve are undone by themselves, each by the check that is named, and no request fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.asking import asking
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import Release, give_prices, namespace, values_of

SCRIPT = (Path(__file__).parent / "make_version.py").read_text()
DEADLINE = {"env": [{"name": "NEXTCLOSE_ROLLOUT_DEADLINE", "value": "45"}]}


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        release = Release(place)
        release.install(values=values_of("collocated", jobs=DEADLINE))
        release.bootstrapped()
        yield release


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("corrupt", "variables.data-00000-of-00001 was changed after it was published"),
        ("golden", "check 'smoke' failed: output 'forecast'"),
        ("shape", "check 'smoke' failed: smoke prediction: the network answers shape [1, 3], expected [1, 7]"),
        ("batch", "check 'rollout' failed"),
    ],
)
def test_undone(release: Release, fault: str, told: str) -> None:
    good, answered = release.served(), release.quantiles()
    assert good
    bad = release.python(SCRIPT, fault)
    with asking(release, window()) as answers:
        succeeded, log = release.command("promote", bad)
    assert not succeeded
    assert told in log, log
    answers.check({good: answered})
    assert release.served() == good
    if fault != "corrupt":  # that one is not even begun
        assert any(bad in message for message in release.place.events("PromotionFailed"))


def test_an_image_that_does_not_start(release: Release) -> None:
    good, answered = release.served(), release.quantiles()
    assert good
    fine = release.python(SCRIPT, "none")
    with asking(release, window()) as answers:
        release.install("--reuse-values", "--set=predictor.image.tag=there-is-none")
        succeeded, log = release.command("promote", fine)
        assert not succeeded
        assert "check 'rollout' failed" in log
        assert f"{good} is served again, by its former pods alone" in log
        assert "there-is-none" in log
        release.helm("rollback", release.name)
        succeeded, log = release.command("promote", fine)
        assert succeeded, log
    answers.check({good: answered, fine: answered})
    assert release.served() == fine
