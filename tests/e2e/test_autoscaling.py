"""CPU work starts replicas up to the most that is wanted, and the end of the work takes them back."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.asking import asking
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import Release, give_prices, namespace, values_of

pytestmark = pytest.mark.long
ROWS = 4096


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """Up to two replicas of the pair in one pod."""
    scaling = {"minReplicas": 1, "maxReplicas": 2, "targetCPUUtilization": 60}
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        release = Release(place)
        release.install(values=values_of("collocated", predictor={"autoscaling": scaling}))
        release.bootstrapped()
        yield release


def test_up_and_down(release: Release) -> None:
    release.wait_pods("predictor", 1)
    with asking(release, window(), rate=16, rows=ROWS) as answers:
        release.wait_pods("predictor", 2, seconds=300)
    assert not answers.failures, answers.failures[:3]
    # A cluster waits five minutes, where nobody has set another time for all of it; KServe 0.20 hands no other on.
    release.wait_pods("predictor", 1, seconds=480)
    with release.client() as client:
        assert client.get("/v2/models/nextclose/ready").status_code == 200
    horizontal = release.place.get("hpa", f"{release.name}-predictor")
    assert (horizontal["spec"]["minReplicas"], horizontal["spec"]["maxReplicas"]) == (1, 2), json.dumps(horizontal)
