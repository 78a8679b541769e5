"""Generate manifests/ from the chart: `make manifests`. Only values.yaml and kustomization.yaml are written by hand.

The base has all objects of the chart. The folder `chart/` of an overlay is a kustomize component with the differences
that the values of the overlay make.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.chart.rendering import KINDS
from tests.manifests.chart_objects import Key, chart_objects
from tests.manifests.kustomize_patches import patches

FOLDER: Final = Path(__file__).parents[2] / "manifests"
OVERLAYS: Final = ("local", "separate", "production")
# Only these overlays need prometheus-operator: without it, `kubectl apply` refuses its kinds.
MONITORED: Final = {"production"}
_HEADER: Final = "# Generated from charts/nextclose by `make manifests`.\n"


class _Dumper(yaml.SafeDumper):
    """Dumps multi-line strings as blocks and indented lists, without anchors and aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, indentless=False)

    def text(self, value: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _Dumper.text)


def objects_of(overlay: str | None) -> dict[Key, dict[str, Any]]:
    """Return the objects of the chart for an overlay; for None, those of the base."""
    values = [FOLDER / "base" / "values.yaml"]
    if overlay is not None:
        values.append(FOLDER / "overlays" / overlay / "values.yaml")
    return chart_objects(values, KINDS if overlay in MONITORED else KINDS[:1])


def files() -> dict[Path, str]:
    """Return the generated files by path."""
    base = objects_of(None)
    contents = {FOLDER / "base" / "chart.yaml": _text(*base.values())}
    for overlay in OVERLAYS:
        overlay_objects = objects_of(overlay)
        added = [overlay_objects[key] for key in overlay_objects if key not in base]
        component: dict[str, Any] = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        if added:
            component["resources"] = ["added.yaml"]
            contents[FOLDER / "overlays" / overlay / "chart" / "added.yaml"] = _text(*added)
        component["patches"] = [{**entry, "patch": _dump(entry["patch"])} for entry in patches(base, overlay_objects)]
        contents[FOLDER / "overlays" / overlay / "chart" / "kustomization.yaml"] = _text(component)
    return contents


def _text(*documents: Mapping[str, Any]) -> str:
    return _HEADER + "---\n".join(map(_dump, documents))


def _dump(document: Any) -> str:
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120)
    return text


if __name__ == "__main__":
    contents = files()
    for overlay in OVERLAYS:
        shutil.rmtree(FOLDER / "overlays" / overlay / "chart", ignore_errors=True)
    for path, text in contents.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        sys.stdout.write(f"{path}\n")
