"""All users after a short ramp, for a long duration."""

from loadtest.profiles import Profile
from loadtest.shapes.course import Course


class Soak(Course):
    """All users after a short ramp, for a long duration."""

    abstract = False
    profile = Profile.SOAK
