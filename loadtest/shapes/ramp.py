"""Ramp from one user to all of them, then hold."""

from loadtest.profiles import Profile
from loadtest.shapes.profile_shape import ProfileShape


class Ramp(ProfileShape):
    """Ramp from one user to all of them, then hold."""

    abstract = False
    profile = Profile.RAMP
