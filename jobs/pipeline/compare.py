"""Comparison of two published versions on the sessions of the first one's gate, written as an HTML page."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jobs.pipeline.candidate import utc_now
from jobs.pipeline.gate_sessions import (
    forecast_gate_sessions,
    gate_baselines,
    gate_kind,
    merge_sessions,
    training_record,
)
from jobs.pipeline.outcome import recipe_text
from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.artefact.folder import Artefact
from model.artefact.manifest import TrainingSeries
from model.contract.errors import NotEnoughDataError, TrainingError, UnknownSymbolError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.evaluation.comparison import GateComparison
    from model.evaluation.comparison_page import VersionFacts


@dataclass(frozen=True, slots=True)
class ComparedVersions:
    """Result of a comparison.

    Attributes:
        challenger: Version that is compared.
        champion: Version that it is compared with.
        compared: Measures and the decision of the gate.
        page: Path of the HTML page.
    """

    challenger: str
    champion: str
    compared: "GateComparison"
    page: Path

    def to_dict(self) -> dict[str, object]:
        """Convert to a dictionary for JSON."""
        return {
            "challenger": self.challenger,
            "champion": self.champion,
            "report": str(self.page),
            **self.compared.to_dict(),
        }


def compare_versions(settings: JobsSettings, challenger: str, champion: str, page: Path) -> ComparedVersions:
    """Compare two versions by the rules of the gate, on the sessions of the challenger's gate, and write the page.

    Args:
        settings: Location of the registry and of the price store.
        challenger: Version that the gate would judge.
        champion: Version that it would have to beat.
        page: Path of the page to write.

    Raises:
        ArtefactError: A version does not exist, or its files differ from the published ones.
        TrainingError: The versions cannot be compared; the message gives the reason.
        OSError: The page cannot be written.
    """
    registry = open_registry(settings.models, settings.model_name)
    ours, theirs = registry.open(challenger), registry.open(champion)
    if challenger == champion:
        raise TrainingError(f"{challenger} cannot be compared with itself; name two versions")
    if set(ours.manifest.symbols) != set(theirs.manifest.symbols):
        raise _incomparable(
            ours,
            theirs,
            f"symbols: expected the same, got {', '.join(ours.manifest.symbols)} and "
            f"{', '.join(theirs.manifest.symbols)}",
        )
    store = PriceStore(settings.store)
    series = [_prices_of_version(store, part, ours, theirs) for part in ours.manifest.data]
    for part in theirs.manifest.data:
        _prices_of_version(store, part, theirs, ours)
    record = training_record(ours)
    # Imported here because the import takes seconds.
    from model.evaluation.comparison import compare_at_gate
    from model.evaluation.comparison_page import render_comparison

    try:
        compared = compare_at_gate(
            forecast_gate_sessions(ours, series, record),
            forecast_gate_sessions(theirs, series, record),
            gate_baselines(series, record),
            merge_sessions(series),
            kind=gate_kind(record, theirs),
        )
    except NotEnoughDataError:
        raise
    except TrainingError as error:
        reason = f"different data: {error}"
        if training_record(theirs).gate_until > record.gate_until:
            reason += f"; name the newer version first: `nextclose report {champion} --against {challenger}`"
        raise _incomparable(ours, theirs, reason) from error
    content = render_comparison(
        compared, settings.model_name, _facts(ours, "challenger"), _facts(theirs, "champion"), utc_now()
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(content, encoding="utf-8")
    return ComparedVersions(challenger, champion, compared, page)


def _prices_of_version(store: PriceStore, part: TrainingSeries, artefact: Artefact, other: Artefact) -> PriceSeries:
    """Read the stored prices of a symbol, without those later than the version's training data."""
    try:
        series = store.read(part.symbol)
    except UnknownSymbolError as error:
        raise _incomparable(artefact, other, f"different data: {error}") from error
    rows = (series.dates >= np.datetime64(part.first)) & (series.dates <= np.datetime64(part.last))
    known = series.select(rows)
    if known.digest != part.digest:
        raise _incomparable(
            artefact,
            other,
            f"different data: the stored prices of {part.symbol} from {part.first} to {part.last} are not those that "
            f"{artefact.version} was trained on ({part.sessions} closes from {part.source}); they have since been "
            "corrected or adjusted for a split, or come from another source",
        )
    return known


def _incomparable(ours: Artefact, theirs: Artefact, reason: str) -> TrainingError:
    return TrainingError(f"{ours.version} and {theirs.version} cannot be compared: {reason}")


def _facts(artefact: Artefact, role: str) -> "VersionFacts":
    from model.evaluation.comparison_page import VersionFacts

    manifest, record = artefact.manifest, training_record(artefact)
    return VersionFacts(
        version=artefact.version,
        role=role,
        state=manifest.state,
        created=manifest.created,
        recipe=recipe_text(record, manifest.state),
        fitted_until=str(record.validation_until),
        data=tuple(
            f"{part.symbol}: {part.sessions} closes from {part.first} to {part.last}, from {part.source}"
            for part in manifest.data
        ),
        gate=None if manifest.gate is None else str(manifest.gate.get("sentence")),
    )
