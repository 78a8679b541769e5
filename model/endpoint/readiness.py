"""Readiness as a metric."""

import asyncio
from typing import Final

from model.contract.errors import UnavailableError
from model.endpoint.server_metrics import READY
from model.endpoint.service import Service

_INTERVAL_SECONDS: Final = 5.0


async def watch_readiness(service: Service) -> None:
    """Check the readiness of a service periodically and set its metric, until cancelled."""
    ready = READY.labels(service.role)
    while True:
        try:
            await service.check_ready()
        except UnavailableError:
            ready.set(0)
        else:
            ready.set(1)
        await asyncio.sleep(_INTERVAL_SECONDS)
