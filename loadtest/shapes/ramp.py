"""From one user to all of them, then held."""

from loadtest.profiles import Profile
from loadtest.shapes.course import Course


class Ramp(Course):
    """From one user to all of them, then held."""

    abstract = False
    profile = Profile.RAMP
