"""What a Prometheus knows of a release: targets, rules, and series for every selector of rules and dashboards.

Functions of an address, a namespace and the name of a release's InferenceService; each gives the list of what is wrong.
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
    """The API of a server.

    Attributes:
        url: e.g. `http://prometheus-operated.monitoring.svc:9090`.
        namespace, release: of the InferenceService that is asked about.
    """

    url: str
    namespace: str
    release: str

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer; raises `httpx.HTTPStatusError` with what the server says of a wrong query."""
        response = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=30, trust_env=False)
        if response.is_error:
            raise httpx.HTTPStatusError(
                f"{path} {parameters}: {response.text[:500]}", request=response.request, response=response
            )
        return response.json()["data"]

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Series of an instant query."""
        found: list[dict[str, Any]] = self.get("query", query=expr)["result"]
        return found

    def targets(self) -> list[dict[str, Any]]:
        """Targets of the release that are scraped."""
        active: list[dict[str, Any]] = self.get("targets", state="active")["activeTargets"]
        wanted = {"namespace": self.namespace, "inferenceservice": self.release}
        return [target for target in active if wanted.items() <= target["labels"].items()]

    def groups(self) -> dict[str, list[dict[str, Any]]]:
        """Rules of the release by the name of their file in the chart."""
        file = f"/{self.namespace}-{self.release}-"  # as the operator names it, after the object
        return {
            group["name"].removeprefix(f"{self.release}-"): group["rules"]
            for group in self.get("rules")["groups"]
            if file in group["file"] and group["name"].startswith(f"{self.release}-")
        }


def wrong_targets(prometheus: Prometheus, pods: int) -> list[str]:
    """Both roles are scraped, `pods` targets of each, and no pod of another release is among them."""
    targets = prometheus.targets()
    wrong = [f"{one['scrapeUrl']}: {one['health']}: {one['lastError']}" for one in targets if one["health"] != "up"]
    own = re.compile(rf"{re.escape(prometheus.release)}-(predictor|transformer)-[^-]+-[^-]+")
    wrong += [
        f"{one['labels']['pod']}: not of the release" for one in targets if not own.fullmatch(one["labels"]["pod"])
    ]
    for role in ("predictor", "transformer"):
        count = sum(one["labels"]["component"] == role for one in targets)
        if count != pods:
            wrong.append(f"{role}: {count} targets, expected {pods}")
    return wrong


def wrong_rules(prometheus: Prometheus, without: Sequence[str] = ()) -> list[str]:
    """Every rule file of the chart is loaded and evaluated without an error; `without` names those switched off."""
    groups = prometheus.groups()
    expected = {path.stem for path in RULE_FILES} - {*without}
    wrong = [f"{name}: not loaded" for name in sorted(expected - groups.keys())]
    for name, rules in groups.items():
        wrong += [
            f"{name}: {one['name']}: {one['health']} {one.get('lastError', '')}"
            for one in rules
            if one["health"] != "ok"
        ]
    return wrong


def rule_selectors(prometheus: Prometheus) -> set[str]:
    """Selectors of the rules as the server has loaded them."""
    return {found for rules in prometheus.groups().values() for rule in rules for found in selectors(rule["query"])}


def panel_queries(prometheus: Prometheus) -> Iterator[tuple[str, str]]:
    """Dashboard and query of every panel, without those that need more than our own metrics."""
    for path in DASHBOARDS:
        for expr in expressions(json.loads(path.read_text()), prometheus.namespace, prometheus.release, ours=True):
            yield path.stem, expr


def annotation_queries(prometheus: Prometheus) -> list[str]:
    """Queries of the dashboards' annotations."""
    documents = (json.loads(path.read_text()) for path in DASHBOARDS)
    return [expr for document in documents for expr in marks(document, prometheus.namespace, prometheus.release)]


def variable_selectors(prometheus: Prometheus) -> set[str]:
    """Selectors of the dashboards' variables."""
    text = "\n".join(path.read_text().replace('\\"', '"') for path in DASHBOARDS)
    found = re.findall(r"label_values\((.*), \w+\)", text)
    return {filled(one, prometheus.namespace, prometheus.release) for one in found}


def empty_selectors(prometheus: Prometheus) -> list[str]:
    """Selectors of rules, panels, annotations and variables that find no series."""
    wanted = rule_selectors(prometheus) | variable_selectors(prometheus)
    shown = [expr for _, expr in panel_queries(prometheus)] + annotation_queries(prometheus)
    wanted |= {found for expr in shown for found in selectors(expr)}
    return sorted(one for one in wanted if not prometheus.query(f"count({one})"))


def empty_queries(prometheus: Prometheus) -> list[str]:
    """Panels that show nothing; wrong queries raise."""
    found = []
    for name, expr in panel_queries(prometheus):
        # What is counted by whole hours is not there before the first full one.
        if not prometheus.query(expr) and _HOURLY not in expr:
            found.append(f"{name}: {expr}")
    return found


def until_nothing(check: Callable[[], list[str]], deadline: float, wait: Callable[[float], None]) -> list[str]:
    """Checks again every few seconds until nothing is wrong, or so many seconds have passed; what is wrong then."""
    every, passed = 5.0, 0.0
    while (wrong := check()) and passed < deadline:
        wait(every)
        passed += every
    return wrong
