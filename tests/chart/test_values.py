"""Values: each is in the schema and in the README, and an invalid value is refused with its name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, KINDS, refusal, render

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def documented() -> Iterator[tuple[str, str]]:
    """Iterate over the path and the description of every documented value in values.yaml."""
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
    """Iterate over the paths of all documented values, and of values without properties in the schema."""
    for name, value in values.items():
        inner = schema["properties"][name]
        inner = SCHEMA["definitions"][inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
        full_path = f"{path}{name}"
        is_leaf = full_path in DOCUMENTED or not (isinstance(value, dict) and "properties" in inner)
        yield from [full_path] if is_leaf else leaves(value, inner, f"{full_path}.")


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
def test_readme_has_description_and_default(path: str) -> None:
    row = next(line for line in (CHART / "README.md").read_text().splitlines() if line.startswith(f"| {path} |"))
    value: Any = VALUES
    for name in path.split("."):
        value = value[name]
    assert f"| {DOCUMENTED[path]} |" in row, "run `make golden`"
    assert json.dumps(value, separators=(",", ":"), sort_keys=True) in row, "run `make golden`"


def test_schema_refuses_unknown_values() -> None:
    assert all(found["additionalProperties"] is False for found in objects_of(SCHEMA))


@pytest.mark.parametrize(
    ("value", "name"),
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
def test_invalid_value_is_refused_with_its_name(value: str, name: str) -> None:
    assert name in refusal(f"--set={value}")


def test_missing_kserve_is_one_error_message() -> None:
    message = refusal(kinds=())
    assert message.count("KServe is not installed") == 1
    assert "checks.crds=false" in message
    assert KINDS[0] not in message.split("KServe is not installed")[0]


def test_global_values_of_a_parent_chart_are_accepted() -> None:
    assert render("--set=global.registry=mirror")
