"""The real Prometheus scrapes both roles, loads every rule, and finds series for every selector that the chart ships.

NEXTCLOSE_E2E_PROMETHEUS is its address; NEXTCLOSE_E2E_RELEASE is NAMESPACE/NAME of an installed release that has been
promoted and refreshed, with chart values as they come.
"""

import os
import time

import httpx
import pytest

from tests.e2e.kube import Namespace
from tests.e2e.prometheus_checks import (
    Prometheus,
    empty_queries,
    empty_selectors,
    until_nothing,
    wrong_rules,
    wrong_targets,
)

SCRAPED_SECONDS = 120  # the operator takes up a change, the server reloads, scrapes, and evaluates twice


@pytest.fixture(scope="module")
def prometheus() -> Prometheus:
    url, release = os.environ.get("NEXTCLOSE_E2E_PROMETHEUS"), os.environ.get("NEXTCLOSE_E2E_RELEASE")
    if not url or not release:
        pytest.skip("NEXTCLOSE_E2E_PROMETHEUS and NEXTCLOSE_E2E_RELEASE do not name what is to be asked")
    namespace, _, name = release.partition("/")
    return Prometheus(url.rstrip("/"), namespace, name)


@pytest.fixture(scope="module", autouse=True)
def asked(prometheus: Prometheus) -> None:
    """Some requests, so that panels have something to show."""
    apart = any(one["labels"]["pod"].startswith(f"{prometheus.release}-transformer-") for one in prometheus.targets())
    service = f"service/{prometheus.release}-{'transformer' if apart else 'predictor'}"
    # Who tests from outside is no client that the network policies know.
    with (
        Namespace(prometheus.namespace).forwarded(service, 80) as (address,),
        httpx.Client(base_url=f"http://{address}", timeout=30, trust_env=False) as client,
    ):
        known = client.get("/symbols").json()["symbols"]
        tensor = {"name": "symbol", "datatype": "BYTES", "shape": [len(known)], "data": known}
        for _ in range(6):
            client.post("/v2/models/nextclose/infer", json={"inputs": [tensor]}).raise_for_status()
            client.post("/v1/models/nextclose:predict", json={})  # a fault of the client
            time.sleep(5)


def test_every_target_is_scraped(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: wrong_targets(prometheus, pods=1), SCRAPED_SECONDS, time.sleep) == []


def test_every_rule_loads(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: wrong_rules(prometheus), SCRAPED_SECONDS, time.sleep) == []


def test_every_selector_finds_series(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: empty_selectors(prometheus), SCRAPED_SECONDS, time.sleep) == []


def test_every_panel_shows_something(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: empty_queries(prometheus), SCRAPED_SECONDS, time.sleep) == []
