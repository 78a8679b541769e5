"""The scaler's side of a version: what the transformer needs to scale for one predictor version and no other."""

from dataclasses import dataclass

from model.artefact.folder import Artefact
from model.artefact.manifest import METRICS, REPORT, Manifest
from model.artefact.scaler import load_scaling
from model.contract.features import Scaling, f4, f8, prices, window_features


@dataclass(frozen=True, slots=True)
class Prepared:
    """A window batch on its way to the predictor.

    Attributes:
        features: float32 [n, 59, 3], standardised. last: float64 [n], price units. sigma: float64 [n].
    """

    features: f4
    last: f8
    sigma: f8


@dataclass(frozen=True, slots=True)
class Report:
    """What its training left for people: measures as JSON, and a page; None where it left none."""

    metrics: bytes | None = None
    page: bytes | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """Scaling and inverse of one version.

    Attributes:
        manifest: of its folder. digest: of that manifest. scaling: of its scaler. report: of its evaluation.
    """

    manifest: Manifest
    digest: str
    scaling: Scaling
    report: Report = Report()

    @property
    def name(self) -> str:
        """The version's name."""
        return self.manifest.version

    def prepare(self, closes: f8) -> Prepared:
        """Scales windows: float64 [n, 60], checked -> what the predictor takes, and what the inverse needs."""
        features, sigma = window_features(closes)
        return Prepared(self.scaling.apply(features), closes[:, -1], sigma)

    def inverse(self, prepared: Prepared, quantiles: f4) -> f8:
        """Prices of quantiles in sigma: float32 [n, 7] -> float64 [n, 7], price units."""
        return prices(prepared.last, prepared.sigma, quantiles, self.manifest.shrink)


def load_version(artefact: Artefact) -> Version:
    """Takes the scaler of a verified version.

    Raises:
        CorruptArtefactError: it is none, or was changed since.
    """
    # Held, as an object store's copy is gone once it is loaded; 300 kB.
    metrics, page = (artefact.read(name) if name in artefact.manifest.files else None for name in (METRICS, REPORT))
    return Version(artefact.manifest, artefact.digest, load_scaling(artefact), Report(metrics, page))
