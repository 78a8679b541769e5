"""The same number of users all the time."""

from loadtest.profiles import Profile
from loadtest.shapes.course import Course


class Steady(Course):
    """The same number of users all the time."""

    abstract = False
    profile = Profile.STEADY
