"""Compare: two published versions on the gate's sessions of the first, and a page about them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jobs.candidate import utc_now
from jobs.settings import JobsSettings
from jobs.steps.gate_sessions import calendar_of, gate_baselines, gate_kind, record_of, version_at_gate
from jobs.steps.outcome import recipe_text
from model.artefact.address import registry_at
from model.artefact.folder import Artefact
from model.artefact.manifest import DataRange
from model.contract.errors import NotEnoughDataError, TrainingError, UnknownSymbolError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.evaluation.comparison import Compared
    from model.evaluation.comparison_page import VersionFacts


@dataclass(frozen=True, slots=True)
class ComparedVersions:
    """What came of it: the names, what was measured, and where the page lies."""

    challenger: str
    champion: str
    compared: "Compared"
    page: Path

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "challenger": self.challenger,
            "champion": self.champion,
            "report": str(self.page),
            **self.compared.to_dict(),
        }


def compare_versions(settings: JobsSettings, challenger: str, champion: str, page: Path) -> ComparedVersions:
    """Compares two versions by the gate's rules, on the sessions that the challenger's gate had, and writes the page.

    Args:
        settings: where things lie.
        challenger: the version that the gate would be asked about.
        champion: the one that it would have to beat.
        page: where to write.

    Raises:
        ArtefactError: one of them is not there, or not what was published.
        TrainingError: they cannot be compared; the message says why.
        OSError: the page cannot be written.
    """
    registry = registry_at(settings.models, settings.model_name)
    ours, theirs = registry.open(challenger), registry.open(champion)
    if challenger == champion:
        raise TrainingError(f"{challenger} cannot be compared with itself; name two versions")
    if set(ours.manifest.symbols) != set(theirs.manifest.symbols):
        raise _incomparable(
            ours,
            theirs,
            f"other symbols: {', '.join(ours.manifest.symbols)} there, {', '.join(theirs.manifest.symbols)} here",
        )
    store = PriceStore(settings.store)
    series = [_judged_on(store, part, ours, theirs) for part in ours.manifest.data]
    for part in theirs.manifest.data:
        _judged_on(store, part, theirs, ours)
    record = record_of(ours)
    # Imported once there is something to compare: they take seconds.
    from model.evaluation.comparison import compare_at_gate
    from model.evaluation.comparison_page import render_comparison

    try:
        compared = compare_at_gate(
            version_at_gate(ours, series, record),
            version_at_gate(theirs, series, record),
            gate_baselines(series, record),
            calendar_of(series),
            kind=gate_kind(record, theirs),
        )
    except NotEnoughDataError:
        raise
    except TrainingError as error:
        reason = f"other data: {error}"
        if record_of(theirs).gate_until > record.gate_until:
            reason += f"; the newer one goes first: `nextclose report {champion} --against {challenger}`"
        raise _incomparable(ours, theirs, reason) from error
    content = render_comparison(
        compared, settings.model_name, _facts(ours, "challenger"), _facts(theirs, "champion"), utc_now()
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(content, encoding="utf-8")
    return ComparedVersions(challenger, champion, compared, page)


def _judged_on(store: PriceStore, part: DataRange, artefact: Artefact, other: Artefact) -> PriceSeries:
    """The stored prices of a symbol until the version's last one; what came later was not there yet."""
    try:
        series = store.read(part.symbol)
    except UnknownSymbolError as error:
        raise _incomparable(artefact, other, f"other data: {error}") from error
    rows = (series.dates >= np.datetime64(part.first)) & (series.dates <= np.datetime64(part.last))
    known = replace(series, dates=series.dates[rows], close=series.close[rows], adjusted=series.adjusted[rows])
    if known.digest != part.digest:
        raise _incomparable(
            artefact,
            other,
            f"other data: the stored closes of {part.symbol} from {part.first} to {part.last} are not those that "
            f"{artefact.version} was made from ({part.sessions} closes from {part.source}); they were corrected or "
            "adjusted for a split since, or come from elsewhere",
        )
    return known


def _incomparable(ours: Artefact, theirs: Artefact, reason: str) -> TrainingError:
    return TrainingError(f"{ours.version} and {theirs.version} cannot be compared: {reason}")


def _facts(artefact: Artefact, role: str) -> "VersionFacts":
    from model.evaluation.comparison_page import VersionFacts

    manifest, record = artefact.manifest, record_of(artefact)
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
