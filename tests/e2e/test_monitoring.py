"""A Prometheus server scrapes both roles, loads every rule, and finds series for every selector of the chart.

The server is the one behind the Service `prometheus-operated` of prometheus-operator. It must select every monitor.
"""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.kube import Namespace, attempt, run
from tests.e2e.prices import csv_without_last
from tests.e2e.prometheus_checks import (
    Prometheus,
    empty_queries,
    empty_selectors,
    until_nothing,
    wrong_rules,
    wrong_targets,
)
from tests.e2e.release import SYMBOL, Release, give_prices, new_namespace, values_of
from tests.serving.v2_requests import INFER, symbol_input

SCRAPED_SECONDS = 180  # the operator applies a change, the server reloads, scrapes and evaluates twice


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Base URL of the Prometheus server, by port forwarding."""
    output = "jsonpath={.items[*].metadata.namespace}"
    command = ["get", "services", "--all-namespaces", "--field-selector=metadata.name=prometheus-operated"]
    if attempt("kubectl", "get", "crd", "podmonitors.monitoring.coreos.com").returncode != 0:
        pytest.skip("no prometheus-operator")
    found = run("kubectl", *command, f"--output={output}").split()
    if not found:
        pytest.skip("no Prometheus: expected a Service prometheus-operated")
    with Namespace(found[0]).forwarded("service/prometheus-operated", 9090) as (local,):
        yield f"http://{local}"


@pytest.fixture(scope="module", params=["separate", pytest.param("collocated", marks=pytest.mark.long)])
def release(request: pytest.FixtureRequest, address: str) -> Iterator[Release]:
    """A release with a promotion and a refresh."""
    del address  # only to skip the installation if there is no Prometheus
    topology = str(request.param)
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(1))
        release = Release(namespace, separate=topology == "separate")
        release.install(values=values_of(topology))
        release.bootstrapped()
        give_prices(namespace, csv_without_last(0))
        succeeded, log = release.command("refresh")
        assert succeeded, log
        yield release


@pytest.fixture(scope="module")
def prometheus(release: Release, address: str) -> Prometheus:
    """Prometheus client for the release."""
    return Prometheus(address, release.namespace.name, release.name)


def send_requests(release: Release) -> None:
    """Send a valid and an invalid request, so that there are metrics to show."""
    with release.client() as client:
        client.post(INFER, json={"inputs": [symbol_input(SYMBOL)]}).raise_for_status()
        assert client.post("/v1/models/nextclose:predict", json={}).is_client_error


def test_every_target_is_scraped(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: wrong_targets(prometheus, pods=1), SCRAPED_SECONDS, time.sleep) == []


def test_every_rule_is_loaded(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: wrong_rules(prometheus), SCRAPED_SECONDS, time.sleep) == []


def test_every_selector_finds_series(prometheus: Prometheus, release: Release) -> None:
    def check() -> list[str]:
        send_requests(release)
        return empty_selectors(prometheus)

    assert until_nothing(check, SCRAPED_SECONDS, time.sleep) == []


def test_every_panel_shows_data(prometheus: Prometheus, release: Release) -> None:
    def check() -> list[str]:
        # Before each check: a rate covers only requests of the last five minutes, after the first scrape of a pod.
        send_requests(release)
        return empty_queries(prometheus)

    assert until_nothing(check, SCRAPED_SECONDS, time.sleep) == []
