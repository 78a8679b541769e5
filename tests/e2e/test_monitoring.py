"""The real Prometheus scrapes both roles, loads every rule, and finds series for every selector that the chart ships.

It is the one behind a Service `prometheus-operated`, as prometheus-operator makes it, and must select every monitor.
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
from tests.e2e.release import SYMBOL, Release, give_prices, namespace, values_of
from tests.serving.asking import INFER, symbol_input

SCRAPED_SECONDS = 180  # the operator takes up a change, the server reloads, scrapes, and evaluates twice


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of the Prometheus, from here."""
    places = "jsonpath={.items[*].metadata.namespace}"
    command = ["get", "services", "--all-namespaces", "--field-selector=metadata.name=prometheus-operated"]
    if attempt("kubectl", "get", "crd", "podmonitors.monitoring.coreos.com").returncode != 0:
        pytest.skip("no prometheus-operator")
    found = run("kubectl", *command, f"--output={places}").split()
    if not found:
        pytest.skip("no Prometheus: a Service prometheus-operated")
    with Namespace(found[0]).forwarded("service/prometheus-operated", 9090) as (local,):
        yield f"http://{local}"


@pytest.fixture(scope="module", params=["separate", pytest.param("collocated", marks=pytest.mark.long)])
def release(request: pytest.FixtureRequest, address: str) -> Iterator[Release]:
    """Promoted, and refreshed once."""
    del address  # without a Prometheus nothing is installed
    topology = str(request.param)
    with namespace() as place:
        give_prices(place, csv_without_last(1))
        release = Release(place, separate=topology == "separate")
        release.install(values=values_of(topology))
        release.bootstrapped()
        give_prices(place, csv_without_last(0))
        succeeded, log = release.command("refresh")
        assert succeeded, log
        yield release


@pytest.fixture(scope="module")
def prometheus(release: Release, address: str) -> Prometheus:
    """Asked about the release."""
    return Prometheus(address, release.place.name, release.name)


def ask(release: Release) -> None:
    """A right request and a wrong one, so that there is something to show."""
    with release.client() as client:
        client.post(INFER, json={"inputs": [symbol_input(SYMBOL)]}).raise_for_status()
        assert client.post("/v1/models/nextclose:predict", json={}).is_client_error


def test_every_target_is_scraped(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: wrong_targets(prometheus, pods=1), SCRAPED_SECONDS, time.sleep) == []


def test_every_rule_loads(prometheus: Prometheus) -> None:
    assert until_nothing(lambda: wrong_rules(prometheus), SCRAPED_SECONDS, time.sleep) == []


def test_every_selector_finds_series(prometheus: Prometheus, release: Release) -> None:
    def look() -> list[str]:
        ask(release)
        return empty_selectors(prometheus)

    assert until_nothing(look, SCRAPED_SECONDS, time.sleep) == []


def test_every_panel_shows_something(prometheus: Prometheus, release: Release) -> None:
    def look() -> list[str]:
        # With every look: a rate counts what comes after the first scrape of a pod, and forgets it in five minutes.
        ask(release)
        return empty_queries(prometheus)

    assert until_nothing(look, SCRAPED_SECONDS, time.sleep) == []
