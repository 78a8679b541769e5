"""Base class of the load shapes."""

from typing import ClassVar

from locust import LoadTestShape

from loadtest.profiles import Profile, users_at

_SPAWN_RATE = 100.0  # users per second, the maximum that Locust recommends


class ProfileShape(LoadTestShape):
    """Load shape scaled to Locust's `--users` (default 10) and `--run-time` (default 60 s)."""

    abstract = True
    use_common_options = True
    profile: ClassVar[Profile]

    def tick(self) -> tuple[int, float] | None:
        """Number of users now and their spawn rate per second; None after the end."""
        options = self.runner.environment.parsed_options if self.runner else None
        if options is None:  # not started by Locust's command line
            return None
        duration = float(options.run_time or 60)
        passed = self.get_run_time() / duration
        if passed >= 1:
            return None
        return users_at(self.profile, passed, int(options.num_users or 10)), _SPAWN_RATE
