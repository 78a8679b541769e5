"""Documentation of monitoring: every metric and alert is documented, and commands in runbooks are complete."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.chart.declared_metrics import declared
from tests.chart.rendering import CHART

DOCS: Final = Path(__file__).parents[2] / "docs"
TEXT: Final = (DOCS / "monitoring.md").read_text()
BY_HAND: Final = (DOCS / "kubernetes.md").read_text()
RUNBOOKS: Final = sorted((DOCS / "runbooks").glob("*.md"))
_FUNCTION: Final = re.compile(r"^nextclose\(\) \{.*?^\}\n", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def test_every_metric_is_documented() -> None:
    documented = set(re.findall(r"`(nextclose[a-z0-9_:]+?)(?:WINDOW)?`", TEXT))
    ours = {re.sub(r"(_bucket|_sum|_count)$", "", name) for name in declared() if name.startswith("nextclose")}
    assert documented == {re.sub(r"(ratio_rate)[0-9a-z]+$", r"\1", name) for name in ours}


def test_every_alert_is_documented_with_the_severity_of_the_values() -> None:
    lines = re.findall(r"^\| \[`(\w+)`\]\(runbooks/([a-z-]+)\.md\) \| .* \| ([a-z, ]+) \|$", TEXT, re.MULTILINE)
    alerts = yaml.safe_load((CHART / "values.yaml").read_text())["monitoring"]["prometheusRule"]["alerts"]
    severities = {
        name.lower(): ", ".join(filter(None, (found.get("severity"), found.get("fast"), found.get("slow"))))
        for name, found in alerts.items()
    }
    assert {file.replace("-", ""): severity for _, file, severity in lines} == severities
    for alert, file, _ in lines:
        assert f"Alert: `{alert}`." in (DOCS / "runbooks" / f"{file}.md").read_text()


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_runbook_is_complete(path: Path) -> None:
    text = path.read_text()
    for part in ("**Symptom.**", "**Meaning.**", "## Diagnose", "## Fix", "## Resolution"):
        assert part in text
    commands = "".join(blocks(text))
    assert commands.startswith("NAMESPACE=forecasts NAME=nextclose")
    done = subprocess.run(["bash", "-n"], input=commands, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (path.parent / link).is_file(), link


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_runbooks_define_the_nextclose_function_as_documented(path: Path) -> None:
    commands = "".join(blocks(path.read_text()))
    is_used = re.search(r"^nextclose [a-z]", commands, re.MULTILINE) is not None
    defined = _FUNCTION.findall(commands)
    assert defined == _FUNCTION.findall(BY_HAND) or not (defined or is_used)


def test_values_in_runbooks_exist() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    rules = values["monitoring"]["prometheusRule"]
    for path in RUNBOOKS:
        for name in re.findall(
            r"`((?:alerts|objectives|predictor|transformer|jobs|refresh|storage|networkPolicy|monitoring|prices)"
            r"\.[\w.]+)(?:=\w+)?`",
            path.read_text(),
        ):
            found = rules if name.startswith(("alerts", "objectives")) else values
            for part in name.removesuffix(".csv").split("."):
                assert part in found, f"{path.name}: {name}"
                found = found[part]
