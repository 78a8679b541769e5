"""Retries of a source on the network, with exponential backoff and within its deadline."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_exponential, wait_random

T = TypeVar("T")

_ATTEMPTS = 4


def call_with_retry(request: Callable[[], T], *, again: Callable[[BaseException], bool], deadline: float) -> T:
    """Call a function until it succeeds, fails with a permanent error, or the deadline expires.

    Args:
        request: Function to call. It must observe the deadline itself while it waits.
        again: Predicate: whether an error is transient and the call should be retried.
        deadline: Seconds from now; no attempt begins later.

    Returns:
        The result of the first successful call.

    Raises:
        Exception: The last error of `request`.
    """
    retrying = Retrying(
        retry=retry_if_exception(again),
        stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(deadline),
        wait=wait_exponential(multiplier=0.5, max=8) + wait_random(0, 0.5),
        reraise=True,
    )
    return retrying(request)
