"""The call of the predictor, over V2 in binary, by TCP or a Unix socket.

The SDK's own client builds its retrying transport and throws it away, forwards an answer's internal address to the
sender, and copies tensors through lists; hence this one.
"""

from collections.abc import Mapping

import httpx
import numpy as np
import orjson

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
from model.endpoint.replies import REQUEST_ID
from model.protocol.client import read_response, write_request
from model.protocol.rest import HEADER_LENGTH
from transformer.settings import TransformerSettings

# Trace headers go along; whatever else a client sends stays here.
_FORWARDED = (REQUEST_ID, "traceparent", "tracestate", "x-b3-traceid")


def forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request that its call of the predictor carries on."""
    return {name: headers[name] for name in _FORWARDED if name in headers}


class PredictorClient:
    """A pool of connections to one predictor."""

    def __init__(self, settings: TransformerSettings) -> None:
        """Prepares the pool; nothing is connected before the first call."""
        limits = httpx.Limits(
            max_connections=settings.predictor_connections, max_keepalive_connections=settings.predictor_connections
        )
        self._client = _client(settings, limits)
        # A Service leaves out a pod that ends while connections to it go on: to meet another pod one connects anew.
        self._alone = _client(
            settings, httpx.Limits(max_connections=limits.max_connections, max_keepalive_connections=0)
        )
        self._path = f"/v2/models/{settings.model_name}/versions"

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()
        await self._alone.aclose()

    async def quantiles(self, features: f4, version: str, headers: Mapping[str, str], *, anew: bool = False) -> f4:
        """Asks one version of the predictor.

        Args:
            features: float32 [n, 59, 3], standardised by the scaler of that version.
            version: the version that must answer.
            headers: those that go along.
            anew: over a connection of its own, not one of the pool.

        Returns:
            float32 [n, 7], in sigma.

        Raises:
            VersionMismatchError: the predictor serves another version.
            PredictorUnavailableError: it cannot be reached, is not ready, or its answer is no answer.
            OverloadedError: too much waits there. DeadlineExceededError: it took too long.
        """
        body, described = write_request({FEATURES: features})
        sent = {"content": body, "headers": {**headers, **described}}
        response = await self._send("POST", f"/{version}/infer", anew=anew, **sent)
        if response.status_code != httpx.codes.OK:
            raise _error_of(response, version)
        try:
            document, arrays = read_response(response.content, response.headers.get(HEADER_LENGTH))
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
        response = await self._send("GET", f"/{version}/ready", anew=True)
        if response.status_code != httpx.codes.OK:
            raise _error_of(response, version)

    async def _send(self, method: str, path: str, *, anew: bool, **request: object) -> httpx.Response:
        client = self._alone if anew else self._client
        try:
            return await client.request(method, self._path + path, **request)  # type: ignore[arg-type]  # as given
        except httpx.PoolTimeout as error:
            raise OverloadedError("all connections to the predictor are in use") from error
        except httpx.TimeoutException as error:
            raise DeadlineExceededError("the predictor took too long") from error
        except httpx.HTTPError as error:
            raise PredictorUnavailableError("the predictor cannot be reached") from error


def _client(settings: TransformerSettings, limits: httpx.Limits) -> httpx.AsyncClient:
    uds = str(settings.predictor_socket) if settings.predictor_socket else None
    return httpx.AsyncClient(
        base_url="http://predictor" if uds else settings.predictor_url,
        transport=httpx.AsyncHTTPTransport(uds=uds, retries=settings.predictor_retries, limits=limits),
        timeout=httpx.Timeout(settings.request_timeout),
        # A proxy of the environment is meant for the outside.
        trust_env=False,
    )


def _error_of(response: httpx.Response, version: str) -> NextcloseError:
    match response.status_code:
        case httpx.codes.NOT_FOUND:
            return VersionMismatchError(f"the predictor does not serve version {version} (now, or yet)")
        case httpx.codes.GATEWAY_TIMEOUT:
            return DeadlineExceededError("the predictor took too long")
        case httpx.codes.SERVICE_UNAVAILABLE if "rows wait" in _message(response):
            return OverloadedError("too many requests wait for the predictor")
        case httpx.codes.SERVICE_UNAVAILABLE:
            return PredictorUnavailableError("the predictor is not ready")
        case status:
            return PredictorUnavailableError(f"the predictor answered with status {status}")


def _message(response: httpx.Response) -> str:
    try:
        return str(orjson.loads(response.content)["error"])
    except (ValueError, KeyError, TypeError):
        return ""
