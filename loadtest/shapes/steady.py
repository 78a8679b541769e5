"""All users for the whole duration."""

from loadtest.profiles import Profile
from loadtest.shapes.profile_shape import ProfileShape


class Steady(ProfileShape):
    """All users for the whole duration."""

    abstract = False
    profile = Profile.STEADY
