"""CPU load adds replicas up to the maximum, and they are removed after the load ends."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.continuous_client import continuous_requests
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import Release, give_prices, new_namespace, values_of

pytestmark = pytest.mark.long
ROWS = 4096


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """A collocated release with up to two replicas."""
    scaling = {"minReplicas": 1, "maxReplicas": 2, "targetCPUUtilization": 60}
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace)
        release.install(values=values_of("collocated", predictor={"autoscaling": scaling}))
        release.bootstrapped()
        yield release


def test_load_scales_up_and_its_end_scales_down(release: Release) -> None:
    release.wait_pods("predictor", 1)
    with continuous_requests(release, window(), rate=16, rows=ROWS) as answers:
        release.wait_pods("predictor", 2, seconds=300)
    assert not answers.failures, answers.failures[:3]
    # The stabilization window is five minutes by default, and KServe 0.20 does not pass on another one.
    release.wait_pods("predictor", 1, seconds=480)
    with release.client() as client:
        assert client.get("/v2/models/nextclose/ready").status_code == 200
    autoscaler = release.namespace.get("hpa", f"{release.name}-predictor")
    assert (autoscaler["spec"]["minReplicas"], autoscaler["spec"]["maxReplicas"]) == (1, 2), json.dumps(autoscaler)
