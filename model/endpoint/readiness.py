"""Readiness as a metric: probes tell only the cluster."""

import asyncio
from typing import Final

from model.contract.errors import UnavailableError
from model.endpoint.metrics import READY
from model.endpoint.service import Service

_EVERY_SECONDS: Final = 5.0


async def watch_readiness(service: Service) -> None:
    """Asks the service whether it is ready, again and again; ends only when cancelled."""
    ready = READY.labels(service.role)
    while True:
        try:
            await service.check_ready()
        except UnavailableError:
            ready.set(0)
        else:
            ready.set(1)
        await asyncio.sleep(_EVERY_SECONDS)
