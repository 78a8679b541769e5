"""Load profiles: the number of users as a function of elapsed time."""

from enum import StrEnum
from typing import Final


class Profile(StrEnum):
    """Name of a load profile."""

    STEADY = "steady"
    RAMP = "ramp"
    SPIKE = "spike"
    SOAK = "soak"


_SPIKE_BASE: Final = 0.1  # users before and after the spike, as a share of the peak
_SPIKE: Final = (0.4, 0.6)  # start and end of the spike, as shares of the duration
_RAMP_UP: Final = 0.8  # end of the ramp, as a share of the duration
_SOAK_UP: Final = 0.05  # end of the ramp, as a share of the duration


def users_at(profile: Profile, passed: float, peak: int) -> int:
    """Number of users at a point in time.

    Args:
        profile: The load profile.
        passed: Elapsed share of the duration, 0 to 1.
        peak: Highest number of users.

    Returns:
        At least one user.
    """
    match profile:
        case Profile.STEADY:
            share = 1.0
        case Profile.RAMP:
            share = passed / _RAMP_UP
        case Profile.SOAK:
            share = passed / _SOAK_UP
        case Profile.SPIKE:
            share = 1.0 if _SPIKE[0] <= passed < _SPIKE[1] else _SPIKE_BASE
    return max(1, round(peak * min(share, 1.0)))
