"""HTTP client of the predictor: V2 with binary tensors, over TCP or a Unix socket.

The client of the KServe SDK does not retry, puts internal addresses into its error messages, and copies tensors through
Python lists.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final

import aiohttp
import numpy as np
from yarl import URL

from model.contract.arrays import f4
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    OverloadedError,
    PredictorUnavailableError,
    VersionMismatchError,
)
from model.contract.levels import LEVELS
from model.contract.names import FEATURES, RAW_QUANTILES
from model.endpoint.replies import ERROR_REASON
from model.protocol.client import read_response, write_request
from model.protocol.rest import HEADER_LENGTH
from transformer.settings import TransformerSettings

# Shorter than the keep-alive of the predictor, which could otherwise close a connection while it is being reused.
_KEEP_ALIVE_SECONDS: Final = 15.0
_RENEW_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    header_length: str | None
    reason: str | None


class PredictorClient:
    """Connection pool and requests to one predictor."""

    def __init__(self, settings: TransformerSettings) -> None:
        """Start without connections; the first call opens one."""
        self._settings = settings
        base = "http://predictor" if settings.predictor_socket else settings.predictor_url.rstrip("/")
        self._path = f"{base}/v2/models/{settings.model_name}/versions"
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._renew_at = 0.0
        self._closing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Close all connections."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        while self._sessions:
            await self._sessions.popitem()[1].close()

    async def quantiles(
        self, features: f4, version: str, headers: Mapping[str, str], *, new_connection: bool = False
    ) -> f4:
        """Request quantiles from one version of the predictor.

        Args:
            features: Float32 [n, 59, 3], standardised by the scaler of this version.
            version: Version that must answer.
            headers: Headers to send with the request.
            new_connection: Use a new connection, not one of the pool.

        Returns:
            Float32 [n, 7], in sigma.

        Raises:
            VersionMismatchError: The predictor serves another version.
            PredictorUnavailableError: The predictor cannot be reached, is not ready, or its response is invalid.
            OverloadedError: Too many requests wait for the predictor.
            DeadlineExceededError: The predictor did not answer in time.
        """
        body, described = write_request({FEATURES: features})
        answer = await self._send(
            "POST", f"/{version}/infer", {**headers, **described}, body, new_connection=new_connection
        )
        if answer.status != HTTPStatus.OK:
            raise _error_of(answer, version)
        try:
            document, arrays = read_response(answer.body, answer.header_length)
            answered, quantiles = document["model_version"], arrays[RAW_QUANTILES]
        except (InvalidInputError, KeyError) as error:
            raise PredictorUnavailableError("predictor: expected a V2 response, got an invalid one") from error
        if answered != version:
            raise VersionMismatchError(f"predictor: expected a response of version {version}, got {answered}")
        if quantiles.shape != (len(features), len(LEVELS)) or not np.isfinite(quantiles).all():
            raise PredictorUnavailableError("predictor: expected finite quantiles of shape [n, 7], got others")
        return quantiles

    async def check_ready(self, version: str) -> None:
        """Raise an error unless the predictor is ready to answer with this version; errors as `quantiles`."""
        answer = await self._send("GET", f"/{version}/ready", {}, None, new_connection=True)
        if answer.status != HTTPStatus.OK:
            raise _error_of(answer, version)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, *, new_connection: bool
    ) -> _Answer:
        session, url = self._session(new_connection=new_connection), _url(self._path + path)
        for retries_left in range(self._settings.predictor_retries, -1, -1):
            try:
                async with session.request(method, url, headers=headers, data=body) as response:
                    return _Answer(
                        response.status,
                        await response.read(),
                        response.headers.get(HEADER_LENGTH),
                        response.headers.get(ERROR_REASON),
                    )
            except TimeoutError as error:
                raise DeadlineExceededError("the predictor took too long") from error
            except aiohttp.ClientError as error:
                # Connection failed or lost before the response: the request can be repeated, as it has no side effects.
                if not retries_left or not isinstance(error, aiohttp.ClientConnectionError):
                    raise PredictorUnavailableError("the predictor cannot be reached") from error
        raise AssertionError

    def _session(self, *, new_connection: bool) -> aiohttp.ClientSession:
        # A Service chooses a pod per connection, so a pool that is never renewed would not reach new pods.
        if not new_connection and self._settings.predictor_socket is None and time.monotonic() > self._renew_at:
            self._renew_at = time.monotonic() + _RENEW_SECONDS
            if old := self._sessions.pop(False, None):
                task = asyncio.create_task(self._close_later(old))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
        # Created in the first call, because a session belongs to the running event loop.
        if new_connection not in self._sessions:
            self._sessions[new_connection] = _session(self._settings, new_connection=new_connection)
        return self._sessions[new_connection]

    async def _close_later(self, session: aiohttp.ClientSession) -> None:
        try:
            await asyncio.sleep(self._settings.request_timeout)  # until requests in progress are finished
        finally:
            await session.close()


def _session(settings: TransformerSettings, *, new_connection: bool) -> aiohttp.ClientSession:
    # Existing connections stay with a terminating pod; only a new connection reaches another pod.
    reuse = {"force_close": True} if new_connection else {"keepalive_timeout": _KEEP_ALIVE_SECONDS}
    limit = settings.predictor_connections
    connector = (
        aiohttp.UnixConnector(str(settings.predictor_socket), limit=limit, **reuse)
        if settings.predictor_socket
        else aiohttp.TCPConnector(limit=limit, **reuse)
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=settings.request_timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        # Proxies of the environment are meant for external addresses.
        trust_env=False,
    )


@lru_cache(maxsize=16)  # paths of the versions in use
def _url(address: str) -> URL:
    return URL(address)


def _error_of(answer: _Answer, version: str) -> NextcloseError:
    match answer.status:
        case HTTPStatus.NOT_FOUND:
            return VersionMismatchError(f"the predictor does not serve version {version}")
        case HTTPStatus.GATEWAY_TIMEOUT:
            return DeadlineExceededError("the predictor took too long")
        case HTTPStatus.SERVICE_UNAVAILABLE if answer.reason == OverloadedError.reason:
            return OverloadedError("too many requests wait for the predictor")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return PredictorUnavailableError("the predictor is not ready")
        case status:
            return PredictorUnavailableError(f"the predictor answered with status {status}", fault=True)
