"""All users for the whole duration."""

from loadtest.profiles import Profile
from loadtest.shapes.course import Course


class Steady(Course):
    """All users for the whole duration."""

    abstract = False
    profile = Profile.STEADY
