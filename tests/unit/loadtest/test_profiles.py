"""The courses: how many users there are when."""

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
def test_courses(profile: Profile, users: list[int]) -> None:
    assert [users_at(profile, passed, 100) for passed in (0.0, 0.25, 0.5, 0.75, 0.99)] == users


@pytest.mark.parametrize("profile", Profile)
def test_there_is_always_somebody(profile: Profile) -> None:
    assert all(users_at(profile, passed / 100, 1) == 1 for passed in range(100))
