"""manifests/ has exactly the objects of the chart, for any namespace, and the documented customizations work."""

import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, KINDS, Document, render
from tests.chart.schema_validation import nonconformities
from tests.chart.test_rules import promtool
from tests.manifests.chart_objects import HELM_LABELS, REPLACED, Key, key_of
from tests.manifests.generated_manifests import FOLDER, OVERLAYS, files, objects_of
from tests.manifests.kustomize import build
from tests.programs import require_program

BUILDS = (None, *OVERLAYS)


def folder_of(overlay: str | None) -> Path:
    return FOLDER / "base" if overlay is None else FOLDER / "overlays" / overlay


@cache
def built(overlay: str | None) -> dict[Key, Document]:
    """Build an overlay, or the base for None. Tests must not change the objects."""
    return build(folder_of(overlay))


def every(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Iterate over all paths and values within a document."""
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from every(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from every(inner, f"{path}/{index}")


def find_only(objects: dict[Key, Document], kind: str) -> Document:
    (found,) = [document for key, document in objects.items() if key.kind == kind]
    return found


def test_files_are_up_to_date() -> None:
    require_program("helm")
    written = {path: path.read_text() for path in [FOLDER / "base" / "chart.yaml", *FOLDER.glob("overlays/*/chart/*")]}
    assert written == files(), "if the change is intended, run `make manifests`"


@pytest.mark.parametrize("overlay", BUILDS)
def test_build_equals_the_rendered_chart(overlay: str | None) -> None:
    require_program("helm")
    objects = {key: document for key, document in built(overlay).items() if key.kind != "ConfigMap"}
    assert objects == objects_of(overlay)


@pytest.mark.parametrize("overlay", BUILDS)
def test_objects_are_valid_for_their_schemas(overlay: str | None, tmp_path: Path) -> None:
    path = tmp_path / "built.yaml"
    path.write_text(yaml.safe_dump_all(built(overlay).values()))
    assert nonconformities(path) == ""


@pytest.mark.parametrize("overlay", BUILDS)
def test_objects_have_no_helm_labels_namespace_or_storage_uri(overlay: str | None) -> None:
    for key, document in built(overlay).items():
        paths = dict(every(document))
        names = {path.rpartition("/")[2] for path in paths}
        assert names.isdisjoint({"storageUri", "storageUris", "storage_uri"}), key
        assert names.isdisjoint(HELM_LABELS), key
        assert "namespace" not in document["metadata"], key
        assert not [path for path in paths if "helm.sh" in path], key


def test_only_production_needs_prometheus_operator() -> None:
    monitored = {overlay for overlay in BUILDS for key in built(overlay) if "coreos" in key.group}
    assert monitored == {"production"}
    assert any(kind.startswith("monitoring.coreos.com/") for kind in KINDS)


def test_production_has_the_dashboards_of_the_chart() -> None:
    found = [document for key, document in built("production").items() if key.kind == "ConfigMap"]
    assert all(document["metadata"]["labels"]["grafana_dashboard"] == "1" for document in found)
    texts = {text for document in found for text in document["data"].values()}
    assert texts == {path.read_text() for path in (CHART / "dashboards").glob("*.json")}


def test_rules_match_any_namespace(tmp_path: Path) -> None:
    rules = find_only(built("production"), "PrometheusRule")["spec"]
    names = [rule.get("alert") or rule["record"] for group in rules["groups"] for rule in group["rules"]]
    ours = find_only({key_of(document): document for document in render()}, "PrometheusRule")["spec"]
    assert names == [rule.get("alert") or rule["record"] for group in ours["groups"] for rule in group["rules"]]
    assert not [
        value for path, value in every(rules) if "namespace=" in str(value) or path.endswith("labels/namespace")
    ]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))
    promtool(tmp_path, "check", "rules", "rules.yaml")


def test_overlays_have_the_properties_of_their_names() -> None:
    local, separate, production = (built(overlay) for overlay in OVERLAYS)
    base = built(None)
    assert find_only(local, "InferenceService")["spec"]["predictor"]["minReplicas"] == 1
    requests = [
        find_only(objects, "InferenceService")["spec"]["predictor"]["model"]["resources"]["requests"]["cpu"]
        for objects in (local, base)
    ]
    assert requests == ["50m", "250m"]
    assert "transformer" in find_only(separate, "InferenceService")["spec"]
    predictor = find_only(production, "InferenceService")["spec"]["predictor"]
    assert predictor["minReplicas"] >= 2
    assert {spread["topologyKey"] for spread in predictor["topologySpreadConstraints"]} == {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    }
    assert not [key for key in production if key.kind == "PersistentVolumeClaim"]


@pytest.fixture
def user_folder(tmp_path: Path) -> Path:
    """A folder for a user's kustomization next to the overlays, with prices."""
    shutil.copytree(FOLDER, tmp_path / "manifests")
    shutil.copytree(CHART.parent, tmp_path / "charts")
    folder = tmp_path / "manifests" / "mine"
    folder.mkdir()
    (folder / "VALE3.SA.csv").write_text("Date,Close\n2024-12-30,54.5\n")
    return folder


def documented(start: str) -> str:
    """Return the kustomization in the README that starts with a text."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", (FOLDER / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    (found,) = [str(block) for block in blocks if block.startswith(start)]
    return found


def test_documented_kustomization_sets_namespace_symbol_prices_and_image(user_folder: Path) -> None:
    (user_folder / "kustomization.yaml").write_text(documented("# mine/kustomization.yaml\n"))
    objects = build(user_folder)
    assert {document["metadata"]["namespace"] for document in objects.values()} == {"forecasts"}
    for subject in find_only(objects, "RoleBinding")["subjects"]:
        assert subject.get("namespace", "forecasts") == "forecasts"
    (prices,) = [document for key, document in objects.items() if key.kind == "ConfigMap"]
    assert (prices["metadata"]["name"], list(prices["data"])) == ("nextclose-csv", ["VALE3.SA.csv"])
    job, cron = find_only(objects, "Job")["spec"], find_only(objects, "CronJob")["spec"]["jobTemplate"]["spec"]
    for pod in (job["template"]["spec"], cron["template"]["spec"]):
        (container,) = pod["containers"]
        assert {"name": "NEXTCLOSE_SYMBOLS", "value": '["VALE3.SA"]'} in container["env"]
        assert {"name": "csv", "configMap": {"name": "nextclose-csv", "optional": True}} in pod["volumes"]
    images = {value for document in objects.values() for path, value in every(document) if path.endswith("/image")}
    assert len(images) == 3
    assert all(image.startswith("registry.example.com/nextclose/") for image in images), images


def test_documented_kustomization_sets_the_bucket(user_folder: Path) -> None:
    (user_folder / "kustomization.yaml").write_text(documented("# mine/kustomization.yaml, in production\n"))
    original = [value for _, value in every(list(built("production").values())) if is_object_store_value(value)]
    found = [value for _, value in every(list(build(user_folder).values())) if is_object_store_value(value)]
    assert len(original) == len(found) > 10
    assert set(found) == {
        "s3://acme/forecasts",
        "s3://acme/forecasts/models",
        "s3://acme/forecasts/models/nextclose",
        "https://s3.example.com",
        "eu-central-1",
    }


def test_documented_paths_and_annotations_of_argo_cd_and_flux_exist() -> None:
    text = (FOLDER.parent / "docs" / "gitops.md").read_text()
    blocks = [
        yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    ]
    application, release, kustomization = sorted(blocks, key=lambda block: str(block["kind"]))
    paths = (
        application["spec"]["source"]["path"],
        kustomization["spec"]["path"],
        release["spec"]["chart"]["spec"]["chart"],
    )
    assert all((FOLDER.parent / path).is_dir() for path in paths), paths
    for name, value in (REPLACED | _keep_annotations(built(None))).items():
        assert name in text, name
        assert value in text or name.endswith("sync-options"), value


def _keep_annotations(objects: dict[Key, Document]) -> dict[str, str]:
    (annotations,) = [d["metadata"]["annotations"] for key, d in objects.items() if key.name == "nextclose-models"]
    return dict(annotations)


def is_object_store_value(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("s3://", "https://s3", "us-", "eu-"))
