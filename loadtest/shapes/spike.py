"""A tenth of the users, with all of them during one fifth of the duration."""

from loadtest.profiles import Profile
from loadtest.shapes.profile_shape import ProfileShape


class Spike(ProfileShape):
    """A tenth of the users, with all of them during one fifth of the duration."""

    abstract = False
    profile = Profile.SPIKE
