"""All users after a short ramp, for a long duration."""

from loadtest.profiles import Profile
from loadtest.shapes.profile_shape import ProfileShape


class Soak(ProfileShape):
    """All users after a short ramp, for a long duration."""

    abstract = False
    profile = Profile.SOAK
