"""Deadlines of requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from model.contract.errors import DeadlineExceededError


@asynccontextmanager
async def deadline(seconds: float | None) -> AsyncIterator[None]:
    """Limit the time that a block takes; None sets no limit.

    Raises:
        DeadlineExceededError: The time is over.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise DeadlineExceededError(f"no answer within {seconds:.3g} s") from error
