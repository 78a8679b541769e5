"""A tenth of the users, all of them for a fifth of the time, a tenth again."""

from loadtest.profiles import Profile
from loadtest.shapes.course import Course


class Spike(Course):
    """A tenth of the users, all of them for a fifth of the time, a tenth again."""

    abstract = False
    profile = Profile.SPIKE
