"""All users, for as long as is wanted."""

from loadtest.profiles import Profile
from loadtest.shapes.course import Course


class Soak(Course):
    """All users, for as long as is wanted."""

    abstract = False
    profile = Profile.SOAK
