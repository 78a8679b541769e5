"""`versions`: what is published, and which one is served."""

from typing import Annotated

import typer

from jobs.document import give
from jobs.options import Json, Verbose, Version, VersionOrCurrent
from jobs.settings import JobsSettings
from jobs.terminal import show
from model.artefact.address import registry_at
from model.artefact.registry import Registry
from model.contract.errors import NoVersionError
from model.endpoint.program import read_settings

app = typer.Typer(
    help="List, show, verify, prune published versions; choose the one that is served.", no_args_is_help=True
)


def _registry() -> Registry:
    settings = read_settings(JobsSettings)
    return registry_at(settings.models, settings.model_name)


def _chosen(registry: Registry, version: str | None) -> str:
    chosen = version or registry.current()
    if chosen is None:
        raise NoVersionError(f"{registry.address}: no version is current yet; name one, or run `nextclose export`")
    return chosen


@app.command("list")
def list_versions(json: Json = False, verbose: Verbose = False) -> None:
    """All versions, oldest first; the current one has a star."""
    registry = _registry()
    current = registry.current()
    versions = registry.versions()
    for version in versions:
        show(f"{'*' if version == current else ' '} {version}")
    give({"current": current, "versions": versions})


@app.command("show")
def show_version(version: VersionOrCurrent = None, json: Json = False, verbose: Verbose = False) -> None:
    """The manifest of a version."""
    registry = _registry()
    manifest = registry.open(_chosen(registry, version)).manifest
    show(manifest.model_dump_json(indent=2))
    give(manifest)


@app.command()
def verify(version: VersionOrCurrent = None, json: Json = False, verbose: Verbose = False) -> None:
    """Check every file of a version against its manifest."""
    registry = _registry()
    artefact = registry.open(_chosen(registry, version))
    show(f"version {artefact.version}: {len(artefact.manifest.files)} files as published, digest {artefact.digest}")
    give({"version": artefact.version, "files": len(artefact.manifest.files), "digest": artefact.digest})


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many versions stay, the current one among them.")],
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Remove the oldest versions. The current one always stays."""
    removed = _registry().prune(keep)
    show("\n".join(f"removed {version}" for version in removed) or "nothing to remove")
    give({"removed": removed})


@app.command()
def use(version: Version, json: Json = False, verbose: Verbose = False) -> None:
    """Make a version the current one; what serves here goes over to it without a restart."""
    _registry().point(version)
    show(f"version {version} is current")
    give({"current": version})
