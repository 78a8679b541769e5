"""Ramp from one user to all of them, then hold."""

from loadtest.profiles import Profile
from loadtest.shapes.course import Course


class Ramp(Course):
    """Ramp from one user to all of them, then hold."""

    abstract = False
    profile = Profile.RAMP
