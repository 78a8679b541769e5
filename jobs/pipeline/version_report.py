"""The report of a version: path of the HTML page on this machine, and the metrics."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.artefact.folder import Artefact
from model.artefact.manifest import METRICS, REPORT
from model.contract.errors import CorruptArtefactError, NoVersionError, UnknownSymbolError
from model.storage.files import is_object_store


@dataclass(frozen=True, slots=True)
class VersionReport:
    """The report of a version.

    Attributes:
        version: Name of the version.
        page: Absolute path of the HTML page.
        metrics: Content of `metrics.json`.
    """

    version: str
    page: Path
    metrics: dict[str, Any]

    def to_dict(self) -> dict[str, object]:
        """Convert to a dictionary for JSON."""
        return {"version": self.version, "report": str(self.page), **self.metrics}


def version_report(settings: JobsSettings, version: str | None) -> VersionReport:
    """Return the report of a version.

    If the registry is in an object store, the page is copied into the folder of reports, because the local copy of the
    version is deleted when this process ends.

    Args:
        settings: Location of the registry and of the work folder.
        version: Name of the version; None takes the current one.

    Raises:
        ArtefactError: The version does not exist, or its files differ from the published ones.
        OSError: The copy cannot be written.
    """
    artefact = open_version(settings, version)
    content = artefact.read(REPORT)
    try:
        metrics = orjson.loads(artefact.read(METRICS))
    except orjson.JSONDecodeError as error:
        raise CorruptArtefactError(
            f"version {artefact.version}: {METRICS}: expected JSON, got something else"
        ) from error
    page = artefact.folder / REPORT
    if is_object_store(settings.models):
        page = reports_folder(settings) / f"{artefact.version}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(content)
    return VersionReport(artefact.version, page.absolute(), metrics)


def open_version(settings: JobsSettings, version: str | None) -> Artefact:
    """Open a version and verify its files.

    Args:
        settings: Location of the registry.
        version: Name of the version; None takes the current one.

    Raises:
        ArtefactError: As in `version_report`.
    """
    registry = open_registry(settings.models, settings.model_name)
    chosen = version or registry.current()
    if chosen is None:
        raise NoVersionError(f"{registry.address}: no version is current yet; name one, or run `nextclose export`")
    return registry.open(chosen)


def reports_folder(settings: JobsSettings) -> Path:
    """Return the folder for pages that are not part of a version."""
    return settings.work / "reports"


def check_symbol_in_report(symbol: str, symbols: list[str], version: str) -> None:
    """Check that a report contains a symbol.

    Raises:
        UnknownSymbolError: The report does not contain it; the message lists the symbols of the report.
    """
    if symbol not in symbols:
        raise UnknownSymbolError(f"symbol {symbol!r}: {version} was measured on {', '.join(symbols)}")
