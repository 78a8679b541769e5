"""Asking a source over the network again: with backoff, and never past its deadline."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_exponential, wait_random

T = TypeVar("T")

_ATTEMPTS = 4


def ask(question: Callable[[], T], *, again: Callable[[BaseException], bool], deadline: float) -> T:
    """Calls until there is an answer, an error that will not pass, or no time left.

    Args:
        question: what is called; it must keep to the deadline itself while it waits.
        again: whether an error may have passed when asked again.
        deadline: seconds from now; no attempt begins later.

    Returns:
        The first answer.

    Raises:
        Exception: the last error of `question`.
    """
    retrying = Retrying(
        retry=retry_if_exception(again),
        stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(deadline),
        wait=wait_exponential(multiplier=0.5, max=8) + wait_random(0, 0.5),
        reraise=True,
    )
    return retrying(question)
