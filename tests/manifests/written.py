"""Writes into manifests/ what the chart makes: `make manifests`. By hand are values.yaml and kustomization.yaml there.

The base is all of the chart's objects; an overlay's `chart/` is a component with what its values make different.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.chart.rendering import KINDS
from tests.manifests.chart_objects import Key, chart_objects
from tests.manifests.difference import patches

FOLDER: Final = Path(__file__).parents[2] / "manifests"
OVERLAYS: Final = ("local", "separate", "production")
# Without prometheus-operator `kubectl apply` would refuse its kinds.
MONITORED: Final = {"production"}
_HEADER: Final = "# Made from charts/nextclose by `make manifests`.\n"


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are, lists indented, no references."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, indentless=False)

    def text(self, value: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _Dumper.text)


def objects_of(overlay: str | None) -> dict[Key, dict[str, Any]]:
    """The chart's objects for an overlay, or for the base."""
    values = [FOLDER / "base" / "values.yaml"]
    if overlay is not None:
        values.append(FOLDER / "overlays" / overlay / "values.yaml")
    return chart_objects(values, KINDS if overlay in MONITORED else KINDS[:1])


def files() -> dict[Path, str]:
    """All files that are written, with their text."""
    base = objects_of(None)
    made = {FOLDER / "base" / "chart.yaml": _text(*base.values())}
    for overlay in OVERLAYS:
        wanted = objects_of(overlay)
        added = [wanted[key] for key in wanted if key not in base]
        component: dict[str, Any] = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        if added:
            component["resources"] = ["added.yaml"]
            made[FOLDER / "overlays" / overlay / "chart" / "added.yaml"] = _text(*added)
        component["patches"] = [{**entry, "patch": _dump(entry["patch"])} for entry in patches(base, wanted)]
        made[FOLDER / "overlays" / overlay / "chart" / "kustomization.yaml"] = _text(component)
    return made


def _text(*documents: Mapping[str, Any]) -> str:
    return _HEADER + "---\n".join(map(_dump, documents))


def _dump(document: Any) -> str:
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120)
    return text


if __name__ == "__main__":
    made = files()
    for overlay in OVERLAYS:
        shutil.rmtree(FOLDER / "overlays" / overlay / "chart", ignore_errors=True)
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        sys.stdout.write(f"{path}\n")
