"""From a window to the network's input, and from its output back to prices. The only place with these formulas.

With C the 60 closes, r_k = ln(C_{k+1} / C_k) the 59 log-returns and sigma the recent volatility:

    features  (59, 3): clip(r / sigma, +-8); ln(|r| / sigma + .1); ln sigma (constant along the window)
    price_k = C_T * exp(sigma * (q_k - (1 - shrink) * m)), q the network's quantiles, m their median

`shrink` is the lambda of the forecast design: 1 keeps the network's median, 0 puts the forecast on the last close.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeGuard

import numpy as np
from numpy.typing import NDArray

from model.contract.levels import LEVELS, MEDIAN
from model.contract.window import RETURNS

if TYPE_CHECKING:
    from sklearn.preprocessing import StandardScaler

CHANNELS: Final = 3
CLIP: Final = 8.0  # of standardised returns and of scaled features
TARGET_CLIP: Final = 12.0  # of the training target, in sigma
EWMA_DECAY: Final = 0.94
SIGMA_FLOOR: Final = 0.004  # a share that hardly moved is not taken for one that cannot
_VARIANCE_FLOOR: Final = 1e-8
_LOG_OFFSET: Final = 0.1

f4 = NDArray[np.float32]
f8 = NDArray[np.float64]


def _ewma_weights() -> f8:
    weights: f8 = EWMA_DECAY ** np.arange(RETURNS - 1, -1, -1, dtype=np.float64)
    weights /= weights.sum()
    return weights


_WEIGHTS: Final = _ewma_weights()


def log_returns(closes: f8) -> f8:
    """Log-returns of windows: float64 [n, 60] in price units -> float64 [n, 59], dimensionless."""
    return np.diff(np.log(closes), axis=-1)


def volatility(returns: f8) -> f8:
    """Recent volatility per day: the EWMA of squared returns (RiskMetrics, J.P. Morgan/Reuters 1996, decay .94).

    sigma = max(.004, sqrt(sum_k w_k r_k^2 + 1e-8)), w_k proportional to .94^age and summing to 1.

    Args:
        returns: float64 [n, 59], oldest first.

    Returns:
        float64 [n], standard deviation of one day's log-return.
    """
    variance = np.square(returns) @ _WEIGHTS
    return np.maximum(SIGMA_FLOOR, np.sqrt(variance + _VARIANCE_FLOOR))


def window_features(closes: f8) -> tuple[f4, f8]:
    """Unscaled features of windows and the volatility that the inverse needs.

    Args:
        closes: float64 [n, 60], finite and positive (see `window.check_windows`), in price units.

    Returns:
        features float32 [n, 59, 3] and sigma float64 [n].
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
    """A fitted StandardScaler as two vectors: the same numbers, without its checks of every call.

    Attributes:
        mean: float32 [3]. scale: float32 [3], none of them zero.
    """

    mean: f4
    scale: f4

    @classmethod
    def of(cls, scaler: Any) -> Self:
        """Takes `mean_` and `scale_` from a fitted StandardScaler, or from what was read of one.

        Raises:
            ValueError: it was not fitted, or on another number of features.
        """
        mean, scale = getattr(scaler, "mean_", None), getattr(scaler, "scale_", None)
        if not (_is_vector(mean) and _is_vector(scale)):
            raise ValueError(f"expected a StandardScaler fitted on {CHANNELS} features")
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def apply(self, features: f4) -> f4:
        """Standardised and clipped features, float32 [n, 59, 3] -> float32 [n, 59, 3]."""
        scaled: f4 = (features - self.mean) / self.scale
        return np.clip(scaled, -np.float32(CLIP), np.float32(CLIP), out=scaled)


def _is_vector(values: Any) -> TypeGuard[NDArray[np.floating]]:
    return isinstance(values, np.ndarray) and values.dtype.kind == "f" and values.shape == (CHANNELS,)


def fit_scaler(features: f4) -> "StandardScaler":
    """Fits the scaler on training windows' features, float32 [n, 59, 3]; never on anything later."""
    # Here, as it takes a second: what only serves fits nothing.
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit(features.reshape(-1, CHANNELS).astype(np.float64))


def prices(last: f8, sigma: f8, quantiles: NDArray[np.floating], shrink: float) -> f8:
    """Inverse scaling: quantiles in sigma back to prices.

    Args:
        last: float64 [n], the window's last close C_T, in price units.
        sigma: float64 [n], as `window_features` gave it.
        quantiles: floating [n, 7], the network's output in units of sigma, at `levels.LEVELS`.
        shrink: lambda, 0 or 1.

    Returns:
        float64 [n, 7] in price units, in the order of `levels.LEVELS`.
    """
    q = quantiles.astype(np.float64)
    centred = q - (1.0 - shrink) * q[:, MEDIAN : MEDIAN + 1]
    price: f8 = last[:, None] * np.exp(sigma[:, None] * centred)
    return price


def targets(last: f8, sigma: f8, nxt: f8) -> f8:
    """Training targets y = ln(C_{T+1} / C_T) / sigma, clipped to +-12: three float64 [n] -> float64 [n]."""
    return np.clip(np.log(nxt / last) / sigma, -TARGET_CLIP, TARGET_CLIP)


def empirical_quantiles(y: f8) -> f8:
    """Quantiles of training targets at `levels.LEVELS`, float64 [n] -> float64 [7], in sigma."""
    return np.quantile(y, LEVELS)
