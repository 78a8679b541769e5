"""Values: each is in the schema and in the README, and a wrong one is refused by its name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, KINDS, refusal, render

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def documented() -> Iterator[tuple[str, str]]:
    """Path and description of every value that has one in values.yaml."""
    path: list[tuple[int, str]] = []
    text: list[str] | None = None
    for line in (CHART / "values.yaml").read_text().splitlines():
        content = line.strip()
        if content.startswith("# -- "):
            text = [content.removeprefix("# -- ")]
        elif content.startswith("# ") and text:
            text.append(content.removeprefix("# "))
        elif ":" in content and not content.startswith(("#", "- ")):
            indent = len(line) - len(line.lstrip())
            path = [(depth, name) for depth, name in path if depth < indent] + [(indent, content.split(":")[0])]
            if text:
                yield ".".join(name for _, name in path), " ".join(text)
            text = None
        else:
            text = None


def leaves(values: dict[str, Any], schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Paths of values that the schema does not divide further, or that stand for a whole."""
    for name, value in values.items():
        inner = schema["properties"][name]
        inner = SCHEMA["definitions"][inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
        here = f"{path}{name}"
        whole = here in DOCUMENTED or not (isinstance(value, dict) and "properties" in inner)
        yield from [here] if whole else leaves(value, inner, f"{here}.")


def objects_of(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for inner in schema.values():
            yield from objects_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects_of(inner)


DOCUMENTED = dict(documented())


def test_every_value_is_documented() -> None:
    assert list(leaves(VALUES, SCHEMA)) == list(DOCUMENTED)


@pytest.mark.parametrize("path", DOCUMENTED)
def test_readme_has_the_value_as_it_is(path: str) -> None:
    row = next(line for line in (CHART / "README.md").read_text().splitlines() if line.startswith(f"| {path} |"))
    value: Any = VALUES
    for name in path.split("."):
        value = value[name]
    assert f"| {DOCUMENTED[path]} |" in row, "make chart writes it anew"
    assert json.dumps(value, separators=(",", ":"), sort_keys=True) in row, "make chart writes it anew"


def test_schema_refuses_what_it_does_not_know() -> None:
    assert all(found["additionalProperties"] is False for found in objects_of(SCHEMA))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("topology=both", "topology"),
        ("predictor.replicas=2", "replicas"),
        ("predictor.image.digest=latest", "digest"),
        ("predictor.autoscaling.minReplicas=0", "minReplicas"),
        ("predictor.autoscaling.minReplicas=3", "predictor.autoscaling.maxReplicas"),
        ("transformer.ports.grpc=8090", "transformer.ports"),
        ("transformer.ports.http=99999", "port"),
        ("storage.accessMode=ReadOnlyMany", "accessMode"),
        ("storage.models.size=big", "size"),
        ("storage.s3.address=bucket", "address"),
        ("podDisruptionBudget.maxUnavailable=0", "maxUnavailable"),
        ("refresh.schedule=daily", "schedule"),
        ("fullnameOverride=9close", "fullnameOverride"),
        ("prices.symbols=null", "symbols"),
        ("jobs.proxy.http=proxy:3128", "http"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(wrong: str, named: str) -> None:
    assert named in refusal(f"--set={wrong}")


def test_one_message_where_kserve_is_missing() -> None:
    message = refusal(kinds=())
    assert message.count("KServe is not installed") == 1
    assert "checks.crds=false" in message
    assert KINDS[0] not in message.split("KServe is not installed")[0]


def test_a_chart_that_depends_on_this_one_may_hand_on_globals() -> None:
    assert render("--set=global.registry=mirror")
