"""The transformer's part of a version: its scaling, manifest and evaluation report."""

from dataclasses import dataclass

from model.artefact.folder import Artefact
from model.artefact.manifest import METRICS, REPORT, Manifest
from model.artefact.scaler import load_scaling
from model.contract.arrays import f4, f8
from model.contract.features import Scaling, quantiles_to_prices, window_features


@dataclass(frozen=True, slots=True)
class PreparedWindows:
    """Windows prepared for the predictor.

    Attributes:
        features: Float32 [n, 59, 3], standardised.
        last: Float64 [n], last closes, in price units.
        sigma: Float64 [n], volatility.
    """

    features: f4
    last: f8
    sigma: f8


@dataclass(frozen=True, slots=True)
class Report:
    """Evaluation report of a version; older versions have none.

    Attributes:
        metrics: JSON, or None.
        page: HTML, or None.
    """

    metrics: bytes | None = None
    page: bytes | None = None


@dataclass(frozen=True, slots=True)
class ScalingVersion:
    """Scaling and inverse scaling of one version.

    Attributes:
        manifest: Manifest of the version folder.
        digest: Digest of the manifest.
        scaling: Fitted scaler.
        report: Evaluation report.
    """

    manifest: Manifest
    digest: str
    scaling: Scaling
    report: Report = Report()

    @property
    def name(self) -> str:
        """Name of the version."""
        return self.manifest.version

    def prepare(self, closes: f8) -> PreparedWindows:
        """Compute and scale the features of windows, float64 [n, 60], checked, in price units."""
        features, sigma = window_features(closes)
        return PreparedWindows(self.scaling.apply(features), closes[:, -1], sigma)

    def inverse(self, prepared: PreparedWindows, quantiles: f4) -> f8:
        """Convert quantiles to prices.

        Args:
            prepared: The windows that the quantiles belong to.
            quantiles: Float32 [n, 7], in sigma.

        Returns:
            Float64 [n, 7], in price units.
        """
        return quantiles_to_prices(prepared.last, prepared.sigma, quantiles, self.manifest.shrink)


def load_version(artefact: Artefact) -> ScalingVersion:
    """Load scaler and report of a verified version.

    Raises:
        CorruptArtefactError: The scaler is invalid, or a file was changed after the verification.
    """
    # Reports (300 kB) are kept in memory: the local copy of a version from an object store is deleted after loading.
    metrics, page = (artefact.read(name) if name in artefact.manifest.files else None for name in (METRICS, REPORT))
    return ScalingVersion(artefact.manifest, artefact.digest, load_scaling(artefact), Report(metrics, page))
