"""Load profiles: number of users over time."""

import pytest

from loadtest.profiles import Profile, users_at


@pytest.mark.parametrize(
    ("profile", "users"),
    [
        (Profile.STEADY, [100, 100, 100, 100, 100]),
        (Profile.RAMP, [1, 31, 62, 94, 100]),
        (Profile.SPIKE, [10, 10, 100, 10, 10]),
        (Profile.SOAK, [1, 100, 100, 100, 100]),
    ],
)
def test_number_of_users_follows_the_profile(profile: Profile, users: list[int]) -> None:
    assert [users_at(profile, passed, 100) for passed in (0.0, 0.25, 0.5, 0.75, 0.99)] == users


@pytest.mark.parametrize("profile", Profile)
def test_profile_has_at_least_one_user_at_all_times(profile: Profile) -> None:
    assert all(users_at(profile, passed / 100, 1) == 1 for passed in range(100))
