"""Checks of a release in Prometheus: targets, rules, and series for every selector of rules and dashboards.

Each check returns the list of problems.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.chart.queries import expressions, filled, marks, selectors

CHART: Final = Path(__file__).parents[2] / "charts" / "nextclose"
RULE_FILES: Final = sorted((CHART / "prometheus_rules").glob("*/*.yaml"))
DASHBOARDS: Final = sorted((CHART / "dashboards").glob("*.json"))
_HOURLY: Final = ":1h]"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Client for the API of a Prometheus server.

    Attributes:
        url: Base URL, e.g. `http://prometheus-operated.monitoring.svc:9090`.
        namespace: Namespace of the InferenceService.
        release: Name of the InferenceService.
    """

    url: str
    namespace: str
    release: str

    def get(self, path: str, **parameters: str) -> Any:
        """Get the data of an answer.

        Raises:
            httpx.HTTPStatusError: The server refused the query; the message contains its explanation.
        """
        response = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=30, trust_env=False)
        if response.is_error:
            raise httpx.HTTPStatusError(
                f"{path} {parameters}: {response.text[:500]}", request=response.request, response=response
            )
        return response.json()["data"]

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Run an instant query. Returns its series."""
        found: list[dict[str, Any]] = self.get("query", query=expr)["result"]
        return found

    def targets(self) -> list[dict[str, Any]]:
        """List the active targets of the release."""
        active: list[dict[str, Any]] = self.get("targets", state="active")["activeTargets"]
        labels = {"namespace": self.namespace, "inferenceservice": self.release}
        return [target for target in active if labels.items() <= target["labels"].items()]

    def groups(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rules of the release, by the name of their file in the chart."""
        file = f"/{self.namespace}-{self.release}-"  # prometheus-operator names the file after the object
        return {
            group["name"].removeprefix(f"{self.release}-"): group["rules"]
            for group in self.get("rules")["groups"]
            if file in group["file"] and group["name"].startswith(f"{self.release}-")
        }


def wrong_targets(prometheus: Prometheus, pods: int) -> list[str]:
    """Check that each role has `pods` healthy targets, and that none belongs to another release."""
    targets = prometheus.targets()
    problems = [f"{one['scrapeUrl']}: {one['health']}: {one['lastError']}" for one in targets if one["health"] != "up"]
    expected_name = re.compile(rf"{re.escape(prometheus.release)}-(predictor|transformer)-[^-]+-[^-]+")
    problems += [
        f"{one['labels']['pod']}: not of the release"
        for one in targets
        if not expected_name.fullmatch(one["labels"]["pod"])
    ]
    for role in ("predictor", "transformer"):
        count = sum(one["labels"]["component"] == role for one in targets)
        if count != pods:
            problems.append(f"{role}: {count} targets, expected {pods}")
    return problems


def wrong_rules(prometheus: Prometheus, without: Sequence[str] = ()) -> list[str]:
    """Check that every rule file of the chart, except those in `without`, is loaded and evaluated without an error."""
    groups = prometheus.groups()
    expected = {path.stem for path in RULE_FILES} - {*without}
    problems = [f"{name}: not loaded" for name in sorted(expected - groups.keys())]
    for name, rules in groups.items():
        problems += [
            f"{name}: {one['name']}: {one['health']} {one.get('lastError', '')}"
            for one in rules
            if one["health"] != "ok"
        ]
    return problems


def rule_selectors(prometheus: Prometheus) -> set[str]:
    """Return the selectors of the rules that the server has loaded."""
    return {found for rules in prometheus.groups().values() for rule in rules for found in selectors(rule["query"])}


def panel_queries(prometheus: Prometheus) -> Iterator[tuple[str, str]]:
    """Yield dashboard and query of every panel that uses only metrics of nextclose."""
    for path in DASHBOARDS:
        for expr in expressions(json.loads(path.read_text()), prometheus.namespace, prometheus.release, ours=True):
            yield path.stem, expr


def annotation_queries(prometheus: Prometheus) -> list[str]:
    """Return the queries of the dashboards' annotations."""
    documents = (json.loads(path.read_text()) for path in DASHBOARDS)
    return [expr for document in documents for expr in marks(document, prometheus.namespace, prometheus.release)]


def variable_selectors(prometheus: Prometheus) -> set[str]:
    """Return the selectors of the dashboards' variables."""
    text = "\n".join(path.read_text().replace('\\"', '"') for path in DASHBOARDS)
    found = re.findall(r"label_values\((.*), \w+\)", text)
    return {filled(one, prometheus.namespace, prometheus.release) for one in found}


def empty_selectors(prometheus: Prometheus) -> list[str]:
    """List the selectors of rules, panels, annotations and variables that match no series."""
    candidates = rule_selectors(prometheus) | variable_selectors(prometheus)
    shown = [expr for _, expr in panel_queries(prometheus)] + annotation_queries(prometheus)
    candidates |= {found for expr in shown for found in selectors(expr)}
    return sorted(one for one in candidates if not prometheus.query(f"count({one})"))


def empty_queries(prometheus: Prometheus) -> list[str]:
    """List the panels without data. An invalid query raises `httpx.HTTPStatusError`."""
    found = []
    for name, expr in panel_queries(prometheus):
        # Queries by full hours have no data within the first hour.
        if not prometheus.query(expr) and _HOURLY not in expr:
            found.append(f"{name}: {expr}")
    return found


def until_nothing(check: Callable[[], list[str]], deadline: float, wait: Callable[[float], None]) -> list[str]:
    """Repeat a check every five seconds until it finds no problem or the deadline has passed.

    Args:
        check: Returns a list of problems.
        deadline: Time in seconds.
        wait: Sleeps for a number of seconds.

    Returns:
        Problems found by the last check.
    """
    every, passed = 5.0, 0.0
    while (problems := check()) and passed < deadline:
        wait(every)
        passed += every
    return problems
