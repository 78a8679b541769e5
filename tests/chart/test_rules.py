"""Alerts and recording rules, tested with the real promtool: each alert fires in one case and does not in another.

The cases are files in rules/ in promtool's format, one per alert, without the labels and annotations that every alert
has. `rules` lists the required rule files; SELF and OTHER stand for the labels of this release and of another one;
`description` is the annotation.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from model.endpoint.server_metrics import SECONDS
from tests.chart.cases import FILES, helm_arguments
from tests.chart.queries import selectors
from tests.chart.rendering import CHART, KINDS, Document, find_only, helm_template, refusal, render
from tests.programs import require_program

ALERTS: Final = sorted(path.stem for path in (CHART / "prometheus_rules" / "alerts").glob("*.yaml"))
RECORDINGS: Final = sorted(path.stem for path in (CHART / "prometheus_rules" / "recording").glob("*.yaml"))
CASES: Final = Path(__file__).parent / "rules"
RUNBOOKS: Final = Path(__file__).parents[2] / "docs" / "runbooks"
_LABELS: Final = {
    "SELF": 'namespace="forecasts",inferenceservice="nextclose"',
    "OTHER": 'namespace="forecasts",inferenceservice="other"',
}


def groups(*values: str, release: str = "nextclose") -> dict[str, list[dict[str, Any]]]:
    """Return the rules of a render by the name of their file."""
    rule = find_only(render(*values, release=release), "PrometheusRule")
    name = rule["metadata"]["name"]
    return {group["name"].removeprefix(f"{name}-"): group["rules"] for group in rule["spec"]["groups"]}


def write_groups(found: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    for name, rules in found.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"groups": [{"name": name, "rules": rules}]}))


def promtool(folder: Path, *command: str) -> None:
    program = str(require_program("promtool"))
    done = subprocess.run([program, *command], cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def case(symptom: str) -> dict[str, Any]:
    text = re.sub(r"\b(SELF|OTHER)\b", lambda found: _LABELS[found[0]], (CASES / f"{symptom}.yaml").read_text())
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def expectations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for test in document["tests"]:
        yield from test["alert_rule_test"]


def completed(document: dict[str, Any], rules: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a case in promtool's format, with the labels and annotations that every alert has."""
    for expected in expectations(document):
        for alert in expected.setdefault("exp_alerts", []):
            labels = alert.setdefault("exp_labels", {})
            rule = next(rule for rule in rules if rule["alert"] == expected["alertname"])
            if "burn" in labels:
                rule = next(rule for rule in rules if rule["labels"].get("burn") == labels["burn"])
            alert["exp_labels"] = {**rule["labels"], **labels}
            alert["exp_annotations"] = {**rule["annotations"], "description": alert.pop("description")}
    names = document.pop("rules")
    document["rule_files"] = [f"{name}.yaml" for name in names]
    # Otherwise promtool evaluates groups in any order, and an alert may use the recordings of the previous minute.
    document["group_eval_order"] = names
    for test in document["tests"]:
        test.setdefault("interval", "1m")
    return {"evaluation_interval": "1m", **document}


@pytest.mark.parametrize("symptom", ALERTS)
def test_alert_fires_only_in_its_cases(symptom: str, tmp_path: Path) -> None:
    found = groups()
    document = case(symptom)
    fires = {bool(expected.get("exp_alerts")) for expected in expectations(document)}
    assert fires == {True, False}, "one case must fire and one must not"
    assert {expected["alertname"] for expected in expectations(document)} == {rule["alert"] for rule in found[symptom]}
    write_groups(found, tmp_path)
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(completed(document, found[symptom])))
    promtool(tmp_path, "test", "rules", "test.yaml")


def test_every_recording_rule_is_tested() -> None:
    cases = "\n".join(path.read_text() for path in CASES.glob("*.yaml"))
    found = groups()
    for name in RECORDINGS:
        assert [rule["record"] for rule in found[name] if rule["record"] not in cases] == []
    assert {path.stem for path in CASES.glob("*.yaml")} == set(ALERTS)


@pytest.mark.parametrize("name", FILES)
def test_promtool_accepts_the_rules(name: str, tmp_path: Path) -> None:
    found = groups(*helm_arguments(name))
    disabled = {"refresh-missed", "promotion-rolled-back"} if name == "everything" else set()
    assert set(found) == {*ALERTS, *RECORDINGS} - disabled
    write_groups(found, tmp_path)
    promtool(tmp_path, "check", "rules", *(f"{group}.yaml" for group in found))


@pytest.mark.parametrize("symptom", ALERTS)
def test_every_alert_has_a_runbook(symptom: str) -> None:
    address = "https://example.com/runbooks/"
    for rule in groups(f"--set=monitoring.runbooks={address}")[symptom]:
        assert rule["annotations"]["runbook_url"] == f"{address}{symptom}.md"
        assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
        assert rule["alert"].startswith("Nextclose")
    text = (RUNBOOKS / f"{symptom}.md").read_text()
    assert all(rule["alert"] in text for rule in groups()[symptom])


def test_every_runbook_has_an_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == set(ALERTS)


@pytest.mark.parametrize("symptom", ALERTS)
def test_every_alert_can_be_disabled(symptom: str) -> None:
    first, *rest = symptom.split("-")
    key = first + "".join(part.title() for part in rest)
    assert symptom in groups()
    assert symptom not in groups(f"--set=monitoring.prometheusRule.alerts.{key}.enabled=false")


def _releases(release: str) -> set[str]:
    """Return the first two label matchers of all selectors in the rules of a release."""
    found = [one for rules in groups(release=release).values() for rule in rules for one in selectors(rule["expr"])]
    assert len(found) > 60
    return {",".join(one.partition("{")[2].rstrip("}").split(",")[:2]) for one in found}


def test_every_selector_matches_only_its_release() -> None:
    assert _releases("one") == {'namespace="forecasts",inferenceservice="one-nextclose"'}
    assert _releases("two") == {'namespace="forecasts",inferenceservice="two-nextclose"'}


def test_pod_monitors_add_the_labels_of_the_selectors() -> None:
    monitors = [document for document in render(release="one") if document["kind"] == "PodMonitor"]
    labels = [
        {
            entry["targetLabel"]: entry["replacement"]
            for entry in monitor["spec"]["podMetricsEndpoints"][0]["relabelings"]
        }
        for monitor in monitors
    ]
    assert labels == [
        {"inferenceservice": "one-nextclose", "component": "predictor"},
        {"inferenceservice": "one-nextclose", "component": "transformer"},
    ]


def _memory(*values: str) -> str:
    (rule,) = groups(*values)["memory-near-limit"]
    return str(rule["expr"])


@pytest.mark.parametrize(
    ("limit", "bytes_"), [("1280Mi", 1280 * 2**20), ("1.5Gi", 3 * 2**29), ("2G", 2 * 10**9), ("900000000", 900000000)]
)
def test_memory_is_compared_with_the_limit_of_the_values(limit: str, bytes_: int) -> None:
    for option in ("set", "set-string"):
        assert f'component="predictor"}} / {bytes_}\n' in _memory(
            f"--{option}=predictor.resources.limits.memory={limit}"
        )


def test_memory_alert_needs_a_limit() -> None:
    assert "predictor" not in _memory("--set=predictor.resources.limits.memory=null")
    no_limits = [f"--set={role}.resources.limits.memory=null" for role in ("predictor", "transformer")]
    assert "memory-near-limit" not in groups(*no_limits)
    assert "resources.limits.memory" in refusal("--set=predictor.resources.limits.memory=1e9x")


def test_disabled_or_suspended_refresh_has_no_alert() -> None:
    assert "refresh-missed" not in groups("--set=refresh.enabled=false")
    assert "refresh-missed" not in groups("--set=refresh.suspend=true")


def test_objectives_are_those_of_the_values() -> None:
    found = groups("--set-json=monitoring.prometheusRule.objectives.availability=0.9")
    assert "14.4 * (1 - 0.9)" in found["availability-burn"][0]["expr"]
    assert "allows 10 %" in found["availability-burn"][0]["annotations"]["description"]
    found = groups("--set-string=monitoring.prometheusRule.objectives.latencySeconds=1.0")
    assert 'le="1.0"' in found["requests"][2]["expr"]


def test_latency_objective_is_a_bucket_of_the_histogram() -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    rules = schema["properties"]["monitoring"]["properties"]["prometheusRule"]["properties"]
    allowed = rules["objectives"]["properties"]["latencySeconds"]["enum"]
    assert [float(bound) for bound in allowed] == list(SECONDS)
    # As prometheus_client writes them.
    assert allowed == [str(bound) for bound in SECONDS]


def test_labels_of_alerts_and_of_the_rule_object_are_configurable() -> None:
    values = ["--set=monitoring.prometheusRule.alertLabels.team=quant,monitoring.prometheusRule.labels.release=stack"]
    rule: Document = find_only(render(*values), "PrometheusRule")
    assert rule["metadata"]["labels"]["release"] == "stack"
    alerts = [alert for group in rule["spec"]["groups"] for alert in group["rules"] if "alert" in alert]
    assert {alert["labels"]["team"] for alert in alerts} == {"quant"}
    assert {alert["labels"]["severity"] for alert in alerts} == {"critical", "warning", "info"}


def test_rules_need_their_kind_and_can_be_disabled() -> None:
    assert "kind: PrometheusRule" not in helm_template(kinds=KINDS[:2]).stdout
    assert "kind: PrometheusRule" not in helm_template("--set=monitoring.prometheusRule.enabled=false").stdout
