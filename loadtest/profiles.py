"""How many users there are at a time: the four courses of a load test, as functions of the share of its time."""

from enum import StrEnum
from typing import Final


class Profile(StrEnum):
    """The course of a load test."""

    STEADY = "steady"
    RAMP = "ramp"
    SPIKE = "spike"
    SOAK = "soak"


_SPIKE_BASE: Final = 0.1  # of the peak, before and after it
_SPIKE: Final = (0.4, 0.6)  # of the time
_RAMP_UP: Final = 0.8  # of the time; then the peak is held
_SOAK_UP: Final = 0.05


def users_at(profile: Profile, passed: float, peak: int) -> int:
    """Users at a moment.

    Args:
        profile: the course.
        passed: share of the whole time that has passed, 0 to 1.
        peak: most users.

    Returns:
        At least one.
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
