"""The transformer service: forecasts prices from windows or symbols, with quantiles computed by the predictor."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

import kserve
import numpy as np
from numpy.typing import NDArray

from model.contract import names
from model.contract.arrays import f8
from model.contract.errors import InvalidInputError, UnknownSymbolError
from model.contract.levels import LEVELS_TEXT, MEDIAN
from model.contract.window import check_windows
from model.endpoint.deadline import deadline
from model.endpoint.replies import forwarded_headers
from model.endpoint.service import NO_HEADERS, Service
from model.protocol.tensors import Array, InferRequest, InferResponse
from transformer.current_version import CurrentVersion
from transformer.forecast_request import (
    INPUTS,
    OUTPUTS,
    ForecastRequest,
    check_forecast,
    parse_forecast_request,
)
from transformer.predictor_gateway import Prediction, PredictorGateway
from transformer.settings import TransformerSettings
from transformer.transformer_metrics import REQUEST_ROWS, STEP_SECONDS
from transformer.versions import ScalingVersion
from transformer.windows import SymbolWindow, WindowCache

Result = TypeVar("Result")

_PREPROCESS = STEP_SECONDS.labels("preprocess")
_PREDICT = STEP_SECONDS.labels("predict")
_POSTPROCESS = STEP_SECONDS.labels("postprocess")
_THREAD_ROWS: Final = 2048  # larger requests take milliseconds and would delay others in the event loop


@dataclass(frozen=True, slots=True)
class ForecastInput:
    """A request after preprocessing: the windows to forecast.

    Attributes:
        closes: Float64 [m, 60], checked, in price units.
        outputs: Names of the requested outputs.
        windows: Stored windows, one per row of `closes`; empty for a request by window.
        rows: Int [n], row of `closes` for each row of the response; None if the rows are the same.
    """

    closes: f8
    outputs: tuple[str, ...]
    windows: tuple[SymbolWindow, ...] = ()
    rows: NDArray[np.intp] | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The prediction for an input."""

    input: ForecastInput
    prediction: Prediction


class Transformer(Service, kserve.Model):
    """A KServe transformer: checks and scales requests, calls the predictor, and scales its answers back to prices."""

    role = "transformer"
    platform = "nextclose"
    inputs = INPUTS
    outputs = OUTPUTS

    def __init__(
        self, settings: TransformerSettings, gateway: PredictorGateway, current: CurrentVersion, windows: WindowCache
    ) -> None:
        super().__init__(settings.model_name)
        self.row_limit = settings.row_limit
        self._request_timeout = settings.request_timeout
        self._gateway = gateway
        self._current = current
        self._windows = windows

    @property
    def versions(self) -> Sequence[str]:
        """The name of the current version; empty before the first version is loaded."""
        return self._current.names

    @property
    def properties(self) -> dict[str, str]:
        """Properties of the current version for the model metadata."""
        return self._current.properties

    async def check_ready(self) -> None:
        """Raise `UnavailableError` unless the predictor serves one of the loaded versions."""
        await self._current.check_ready()

    async def infer(
        self, request: InferRequest, version: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> InferResponse:
        """Answer a request: preprocess, predict, postprocess.

        Raises:
            InvalidInputError: The request is invalid.
            UnknownSymbolError: The price store does not contain a requested symbol.
            UnavailableError: The request cannot be answered now.
            DeadlineExceededError: The request was not answered in time.
        """
        headers = forwarded_headers(headers)
        async with deadline(self._request_timeout):
            with _PREPROCESS.time():
                prepared = await self.preprocess(request, headers)
            with _PREDICT.time():
                forecast = await self.predict(prepared, headers, version=version)
            with _POSTPROCESS.time():
                count = len(prepared.closes if prepared.rows is None else prepared.rows)
                outputs = await _run_rows(count, self.postprocess, forecast, headers)
        if version is not None:
            self.check_name(self.name, version)
        served = forecast.prediction.version
        return InferResponse(self.name, served.name, request.id, outputs, _parameters(served))

    async def preprocess(self, payload: InferRequest, headers: Mapping[str, str] = NO_HEADERS) -> ForecastInput:
        """Check a request and find its windows."""
        count = sum(len(values) for values in payload.inputs.values())
        request = await _run_rows(count, parse_forecast_request, payload)
        if request.closes is not None:
            REQUEST_ROWS.observe(len(request.closes))
            return ForecastInput(request.closes, request.outputs)
        REQUEST_ROWS.observe(len(request.symbols))
        return await self._input_by_symbol(request)

    async def _input_by_symbol(self, request: ForecastRequest) -> ForecastInput:
        """Find the window of each distinct symbol."""
        symbols, rows = await _run_rows(len(request.symbols), _distinct, request.symbols)
        windows = tuple([await self._window(symbol, request) for symbol in symbols])
        return ForecastInput(np.stack([window.closes for window in windows]), request.outputs, windows, rows)

    async def _window(self, symbol: str, request: ForecastRequest) -> SymbolWindow:
        try:
            window = await self._windows.of(symbol)
        except UnknownSymbolError as error:
            row = request.symbols.index(symbol)
            raise UnknownSymbolError(
                f"input '{names.SYMBOL}', row {row}: {symbol[:40]!r} is not in the price store (GET /symbols lists it)"
            ) from error
        try:
            check_windows(window.closes[None], allow_jumps=request.allow_jumps, name=f"stored closes of {symbol}")
        except InvalidInputError as error:
            raise InvalidInputError(str(error).removeprefix("input ")) from error
        return window

    async def predict(
        self,
        payload: ForecastInput,
        headers: Mapping[str, str] = NO_HEADERS,
        response_headers: Mapping[str, str] | None = None,
        *,
        version: str | None = None,
    ) -> Forecast:
        """Compute forecasts through the gateway; errors as `PredictorGateway.predict`."""
        prediction = await self._gateway.predict(payload.closes, headers, version)
        if not prediction.valid:
            check_forecast(prediction.quantiles, payload.closes)
        return Forecast(payload, prediction)

    def postprocess(
        self,
        result: Forecast,
        headers: Mapping[str, str] = NO_HEADERS,
        response_headers: Mapping[str, str] | None = None,
    ) -> dict[str, Array | list[str]]:
        """Make the requested outputs."""
        request = result.input
        quantiles, closes = result.prediction.quantiles, request.closes[:, -1]
        if request.rows is not None:
            quantiles, closes = quantiles[request.rows], closes[request.rows]
        outputs: dict[str, Array | list[str]] = {
            names.FORECAST: np.ascontiguousarray(quantiles[:, MEDIAN]),
            names.QUANTILES: quantiles,
            names.NAIVE: np.ascontiguousarray(closes),
        }
        if request.rows is not None:
            now = datetime.now(UTC)
            rows = request.rows.tolist()
            stale = np.array([window.stale(now) for window in request.windows])
            outputs[names.DATA_UNTIL] = [request.windows[row].data_until for row in rows]
            outputs[names.TARGET_SESSION] = [request.windows[row].target for row in rows]
            outputs[names.STALE] = stale[request.rows]
        return {name: outputs[name] for name in request.outputs}


async def _run_rows(count: int, work: Callable[..., Result], *arguments: object) -> Result:
    """Call a function, in a thread if it works on many rows."""
    return await asyncio.to_thread(work, *arguments) if count > _THREAD_ROWS else work(*arguments)


def _distinct(symbols: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """Return the distinct symbols, and for each given symbol its position among them."""
    row_of = {symbol: row for row, symbol in enumerate(dict.fromkeys(symbols))}
    return list(row_of), np.fromiter((row_of[symbol] for symbol in symbols), np.intp, len(symbols))


def _parameters(version: ScalingVersion) -> dict[str, str]:
    return {
        names.LEVELS: LEVELS_TEXT,
        names.ARTEFACT: version.digest,
        names.SOURCE: version.manifest.source,
    }
