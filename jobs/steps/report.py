"""Report: where the page about a version lies on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from jobs.settings import JobsSettings
from model.artefact.address import registry_at
from model.artefact.folder import Artefact
from model.artefact.manifest import METRICS, REPORT
from model.contract.errors import CorruptArtefactError, NoVersionError, UnknownSymbolError
from model.storage.files import is_object_store


@dataclass(frozen=True, slots=True)
class VersionReport:
    """The report of a version: its page, and what `metrics.json` has beside it."""

    version: str
    page: Path
    metrics: dict[str, Any]

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"version": self.version, "report": str(self.page), **self.metrics}


def version_report(settings: JobsSettings, version: str | None) -> VersionReport:
    """The report of a version that was verified; None takes the current one.

    From an object store the page is copied into the folder of reports: the version's copy ends with this process.

    Raises:
        ArtefactError: there is no such version, or it is not what was published.
        OSError: the copy cannot be written.
    """
    artefact = opened(settings, version)
    content = artefact.read(REPORT)
    try:
        metrics = orjson.loads(artefact.read(METRICS))
    except orjson.JSONDecodeError as error:
        raise CorruptArtefactError(f"version {artefact.version}: {METRICS} is no JSON") from error
    page = artefact.folder / REPORT
    if is_object_store(settings.models):
        page = reports_folder(settings) / f"{artefact.version}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(content)
    return VersionReport(artefact.version, page.absolute(), metrics)


def opened(settings: JobsSettings, version: str | None) -> Artefact:
    """A version, verified; None takes the current one.

    Raises:
        ArtefactError: see `version_report`.
    """
    registry = registry_at(settings.models, settings.model_name)
    chosen = version or registry.current()
    if chosen is None:
        raise NoVersionError(f"{registry.address}: no version is current yet; name one, or run `nextclose export`")
    return registry.open(chosen)


def reports_folder(settings: JobsSettings) -> Path:
    """Where pages are written that belong to no version's folder."""
    return settings.work / "reports"


def check_reported(symbol: str, symbols: list[str], version: str) -> None:
    """Refuses a symbol that a report says nothing of.

    Raises:
        UnknownSymbolError: it names those that are there.
    """
    if symbol not in symbols:
        raise UnknownSymbolError(f"symbol {symbol!r}: {version} was measured on {', '.join(symbols)}")
