"""What the shapes share."""

from typing import ClassVar

from locust import LoadTestShape

from loadtest.profiles import Profile, users_at

_SPAWN_RATE = 100.0  # users a second, the most that Locust recommends


class Course(LoadTestShape):
    """A course up to Locust's `--users` within its `--run-time` (10 users, 60 s unless given)."""

    abstract = True
    use_common_options = True
    profile: ClassVar[Profile]

    def tick(self) -> tuple[int, float] | None:
        """Users now and how fast they come; None at the end."""
        options = self.runner.environment.parsed_options
        whole = float(options.run_time or 60)
        passed = self.get_run_time() / whole
        if passed >= 1:
            return None
        return users_at(self.profile, passed, int(options.num_users or 10)), _SPAWN_RATE
