"""Features of windows and the inverse scaling from quantiles to prices. No other module contains these formulas.

With the 60 closes C, their 59 log-returns r_k = ln(C_{k+1} / C_k) and the recent volatility sigma:

    features  (59, 3): clip(r / sigma, +-8); ln(|r| / sigma + .1); ln sigma (constant along the window)
    price_k = C_T * exp(sigma * (q_k - (1 - shrink) * m)), with the quantiles q of the network and their median m

`shrink` is lambda in the forecast design: 1 keeps the median of the network, 0 makes the last close the forecast.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeGuard

import numpy as np
from numpy.typing import NDArray

from model.contract.arrays import f4, f8
from model.contract.levels import LEVELS, MEDIAN
from model.contract.window import RETURNS

if TYPE_CHECKING:
    from sklearn.preprocessing import StandardScaler

CHANNELS: Final = 3
CLIP: Final = 8.0  # of standardised returns and of scaled features
TARGET_CLIP: Final = 12.0  # of the training target, in sigma
EWMA_DECAY: Final = 0.94
SIGMA_FLOOR: Final = 0.004  # a share that hardly moved in the window may still move tomorrow
_VARIANCE_FLOOR: Final = 1e-8
_LOG_OFFSET: Final = 0.1


def _ewma_weights() -> f8:
    weights: f8 = EWMA_DECAY ** np.arange(RETURNS - 1, -1, -1, dtype=np.float64)
    weights /= weights.sum()
    return weights


_WEIGHTS: Final = _ewma_weights()


def log_returns(closes: f8) -> f8:
    """Compute log-returns of windows.

    Args:
        closes: Float64 [n, 60], in price units.

    Returns:
        Float64 [n, 59], dimensionless.
    """
    return np.diff(np.log(closes), axis=-1)


def volatility(returns: f8) -> f8:
    """Compute the recent daily volatility: EWMA of squared returns (RiskMetrics, J.P. Morgan/Reuters 1996, decay .94).

    sigma = max(.004, sqrt(sum_k w_k r_k^2 + 1e-8)), where the weights w_k are proportional to .94^age and sum to 1.

    Args:
        returns: Float64 [n, 59], oldest first.

    Returns:
        Float64 [n], standard deviation of the log-return of one day.
    """
    variance = np.square(returns) @ _WEIGHTS
    return np.maximum(SIGMA_FLOOR, np.sqrt(variance + _VARIANCE_FLOOR))


def window_features(closes: f8) -> tuple[f4, f8]:
    """Compute unscaled features of windows, and the volatility for the inverse scaling.

    Args:
        closes: Float64 [n, 60], in price units, finite and positive (see `window.check_windows`).

    Returns:
        Features, float32 [n, 59, 3], and sigma, float64 [n].
    """
    returns = log_returns(closes)
    sigma = volatility(returns)
    standardised = returns / sigma[:, None]
    features = np.empty((*returns.shape, CHANNELS), dtype=np.float32)
    features[..., 0] = np.clip(standardised, -CLIP, CLIP)
    features[..., 1] = np.log(np.abs(standardised) + _LOG_OFFSET)
    features[..., 2] = np.log(sigma)[:, None]
    return features, sigma


@dataclass(frozen=True, slots=True)
class Scaling:
    """A fitted StandardScaler as two vectors, without the checks that scikit-learn repeats in every call.

    Attributes:
        mean: Float32 [3].
        scale: Float32 [3], not zero.
    """

    mean: f4
    scale: f4

    @classmethod
    def of(cls, scaler: Any) -> Self:
        """Copy `mean_` and `scale_` of a fitted StandardScaler, or of a substitute with these attributes.

        Raises:
            ValueError: The scaler is not fitted, or is fitted on another number of features.
        """
        mean, scale = getattr(scaler, "mean_", None), getattr(scaler, "scale_", None)
        if not (_is_vector(mean) and _is_vector(scale)):
            raise ValueError(f"expected a StandardScaler fitted on {CHANNELS} features")
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def apply(self, features: f4) -> f4:
        """Standardise and clip features, float32 [n, 59, 3]; the result has the same shape."""
        scaled: f4 = (features - self.mean) / self.scale
        return np.clip(scaled, -np.float32(CLIP), np.float32(CLIP), out=scaled)


def _is_vector(values: Any) -> TypeGuard[NDArray[np.floating]]:
    return isinstance(values, np.ndarray) and values.dtype.kind == "f" and values.shape == (CHANNELS,)


def fit_scaler(features: f4) -> "StandardScaler":
    """Fit the scaler on features of training windows only, float32 [n, 59, 3]."""
    # Imported here because it takes a second and serving does not need it.
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit(features.reshape(-1, CHANNELS).astype(np.float64))


def quantiles_to_prices(last: f8, sigma: f8, quantiles: NDArray[np.floating], shrink: float) -> f8:
    """Convert quantiles in sigma to prices (inverse scaling).

    Args:
        last: Float64 [n], last closes C_T of the windows, in price units.
        sigma: Float64 [n], as returned by `window_features`.
        quantiles: Floating [n, 7], output of the network at `levels.LEVELS`, in sigma.
        shrink: Lambda, 0 or 1.

    Returns:
        Float64 [n, 7] at `levels.LEVELS`, in price units.
    """
    q = quantiles.astype(np.float64)
    centred = q - (1.0 - shrink) * q[:, MEDIAN : MEDIAN + 1]
    price: f8 = last[:, None] * np.exp(sigma[:, None] * centred)
    return price


def targets(last: f8, sigma: f8, nxt: f8) -> f8:
    """Compute training targets y = ln(C_{T+1} / C_T) / sigma, clipped to +-12.

    Args:
        last: Float64 [n], last closes C_T of the windows, in price units.
        sigma: Float64 [n], as returned by `window_features`.
        nxt: Float64 [n], next closes C_{T+1}, in price units.

    Returns:
        Float64 [n], in sigma.
    """
    return np.clip(np.log(nxt / last) / sigma, -TARGET_CLIP, TARGET_CLIP)


def empirical_quantiles(y: f8) -> f8:
    """Compute the quantiles of training targets at `levels.LEVELS`: float64 [n] -> float64 [7], in sigma."""
    return np.quantile(y, LEVELS)
