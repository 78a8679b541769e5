"""Deadlines of requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from model.contract.errors import DeadlineExceededError


@asynccontextmanager
async def deadline(seconds: float | None) -> AsyncIterator[None]:
    """Limit the time that a block takes; None sets no limit.

    Raises:
        DeadlineExceededError: The block did not finish in time.
    """
    timeout = asyncio.timeout(seconds)
    try:
        async with timeout:
            yield
    except TimeoutError as error:
        if not timeout.expired():
            raise
        raise DeadlineExceededError(f"no answer within {seconds:.3g} s") from error
