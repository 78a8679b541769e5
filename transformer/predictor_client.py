"""Calls of the predictor: V2 with binary tensors, over TCP or a Unix socket.

The SDK's client neither retries nor keeps internal addresses out of its messages, and it copies tensors through lists.
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

from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    OverloadedError,
    PredictorUnavailableError,
    VersionMismatchError,
)
from model.contract.features import f4
from model.contract.levels import LEVELS
from model.contract.names import FEATURES, RAW_QUANTILES
from model.endpoint.replies import ERROR_REASON
from model.protocol.client import read_response, write_request
from model.protocol.rest import HEADER_LENGTH
from transformer.settings import TransformerSettings

# Less than the predictor's own, which would close a connection just when it is used again.
_KEEP_ALIVE_SECONDS: Final = 15.0
_RENEW_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    header_length: str | None
    reason: str | None


class PredictorClient:
    """A pool of connections to one predictor."""

    def __init__(self, settings: TransformerSettings) -> None:
        """Prepares the pool; nothing is connected before the first call."""
        self._settings = settings
        base = "http://predictor" if settings.predictor_socket else settings.predictor_url.rstrip("/")
        self._path = f"{base}/v2/models/{settings.model_name}/versions"
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._renew_at = 0.0
        self._leaving: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Closes all connections."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        while self._sessions:
            await self._sessions.popitem()[1].close()

    async def quantiles(
        self, features: f4, version: str, headers: Mapping[str, str], *, new_connection: bool = False
    ) -> f4:
        """Asks one version of the predictor.

        Args:
            features: float32 [n, 59, 3], standardised by the scaler of that version.
            version: the version that must answer.
            headers: those that go along.
            new_connection: use a connection of its own, not one of the pool.

        Returns:
            float32 [n, 7], in sigma.

        Raises:
            VersionMismatchError: the predictor serves another version.
            PredictorUnavailableError: it cannot be reached, is not ready, or its answer is no answer.
            OverloadedError: too much waits there. DeadlineExceededError: it took too long.
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
            raise PredictorUnavailableError("the predictor's answer is not of the protocol") from error
        if answered != version:
            raise VersionMismatchError(f"the predictor answered by version {answered}, expected {version}")
        if quantiles.shape != (len(features), len(LEVELS)) or not np.isfinite(quantiles).all():
            raise PredictorUnavailableError("the predictor's answer has not the shape asked for, or is not finite")
        return quantiles

    async def check_ready(self, version: str) -> None:
        """Raises `UnavailableError` unless the predictor can answer by that version."""
        answer = await self._send("GET", f"/{version}/ready", {}, None, new_connection=True)
        if answer.status != HTTPStatus.OK:
            raise _error_of(answer, version)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, *, new_connection: bool
    ) -> _Answer:
        session, url = self._session(new_connection=new_connection), _url(self._path + path)
        for left in range(self._settings.predictor_retries, -1, -1):
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
                # Not connected, or cut off before the answer: asking changes nothing there, so it is asked again.
                if not left or not isinstance(error, aiohttp.ClientConnectionError):
                    raise PredictorUnavailableError("the predictor cannot be reached") from error
        raise AssertionError

    def _session(self, *, new_connection: bool) -> aiohttp.ClientSession:
        # A Service chooses a pod for each connection: a pool that is kept would never reach pods that start later.
        if not new_connection and self._settings.predictor_socket is None and time.monotonic() > self._renew_at:
            self._renew_at = time.monotonic() + _RENEW_SECONDS
            if former := self._sessions.pop(False, None):
                task = asyncio.create_task(self._leave(former))
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)
        # Not before the first call: a pool belongs to the event loop that it is made in.
        if new_connection not in self._sessions:
            self._sessions[new_connection] = _session(self._settings, new_connection=new_connection)
        return self._sessions[new_connection]

    async def _leave(self, former: aiohttp.ClientSession) -> None:
        try:
            await asyncio.sleep(self._settings.request_timeout)  # calls that are under way
        finally:
            await former.close()


def _session(settings: TransformerSettings, *, new_connection: bool) -> aiohttp.ClientSession:
    # A Service stops choosing a pod that ends, but connections to it stay: only a new one reaches another pod.
    kept = {"force_close": True} if new_connection else {"keepalive_timeout": _KEEP_ALIVE_SECONDS}
    limit = settings.predictor_connections
    connector = (
        aiohttp.UnixConnector(str(settings.predictor_socket), limit=limit, **kept)
        if settings.predictor_socket
        else aiohttp.TCPConnector(limit=limit, **kept)
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=settings.request_timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        # A proxy of the environment is meant for the outside.
        trust_env=False,
    )


@lru_cache(maxsize=16)  # paths of the few versions in use
def _url(address: str) -> URL:
    return URL(address)


def _error_of(answer: _Answer, version: str) -> NextcloseError:
    match answer.status:
        case HTTPStatus.NOT_FOUND:
            return VersionMismatchError(f"the predictor does not serve version {version} (now, or yet)")
        case HTTPStatus.GATEWAY_TIMEOUT:
            return DeadlineExceededError("the predictor took too long")
        case HTTPStatus.SERVICE_UNAVAILABLE if answer.reason == OverloadedError.reason:
            return OverloadedError("too many requests wait for the predictor")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return PredictorUnavailableError("the predictor is not ready")
        case status:
            return PredictorUnavailableError(f"the predictor answered with status {status}", fault=True)
