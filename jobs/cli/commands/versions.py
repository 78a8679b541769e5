"""The `versions` commands: published versions and the current one."""

from typing import Annotated

import typer

from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Verbose, Version, VersionOrCurrent
from jobs.cli.terminal import print_result
from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.artefact.registry import Registry
from model.contract.errors import NoVersionError
from model.endpoint.program import read_settings

app = typer.Typer(help="List, show, verify and prune published versions; choose the current one.", no_args_is_help=True)


def _registry() -> Registry:
    settings = read_settings(JobsSettings)
    return open_registry(settings.models, settings.model_name)


def _chosen(registry: Registry, version: str | None) -> str:
    chosen = version or registry.current()
    if chosen is None:
        raise NoVersionError(
            f"{registry.address}: no version is current yet; name a version, or run `nextclose export`"
        )
    return chosen


@app.command("list")
def list_versions(json: Json = False, verbose: Verbose = False) -> None:
    """List all versions, oldest first. A star marks the current one."""
    registry = _registry()
    current = registry.current()
    versions = registry.versions()
    for version in versions:
        print_result(f"{'*' if version == current else ' '} {version}")
    write_document({"current": current, "versions": versions})


@app.command("show")
def show_version(version: VersionOrCurrent = None, json: Json = False, verbose: Verbose = False) -> None:
    """Print the manifest of a version."""
    registry = _registry()
    manifest = registry.open(_chosen(registry, version)).manifest
    print_result(manifest.model_dump_json(indent=2))
    write_document(manifest)


@app.command()
def verify(version: VersionOrCurrent = None, json: Json = False, verbose: Verbose = False) -> None:
    """Check every file of a version against its manifest."""
    registry = _registry()
    artefact = registry.open(_chosen(registry, version))
    print_result(
        f"version {artefact.version}: {len(artefact.manifest.files)} files match the manifest, digest {artefact.digest}"
    )
    write_document({"version": artefact.version, "files": len(artefact.manifest.files), "digest": artefact.digest})


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="Number of versions to keep, including the current one.")],
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Remove the oldest versions. The current version is always kept."""
    removed = _registry().prune(keep)
    print_result("\n".join(f"removed {version}" for version in removed) or "nothing to remove")
    write_document({"removed": removed})


@app.command()
def use(version: Version, json: Json = False, verbose: Verbose = False) -> None:
    """Make a version the current one. A running `nextclose serve` loads it without a restart."""
    _registry().set_current(version)
    print_result(f"version {version} is current")
    write_document({"current": version})
