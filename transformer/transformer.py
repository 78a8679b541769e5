"""The transformer: prices in, prices out; between them the predictor, always of the same version as the scaler."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from model.contract import names
from model.contract.errors import (
    InvalidInputError,
    PredictorUnavailableError,
    UnknownSymbolError,
    VersionMismatchError,
)
from model.contract.features import f4, f8
from model.contract.levels import LEVELS_TEXT, MEDIAN
from model.contract.window import check_windows
from model.endpoint.batching import Batcher, split_rows
from model.endpoint.replies import REQUEST_ID, request_id
from model.endpoint.service import NO_HEADERS, Service
from model.endpoint.time_limit import TimeLimit
from model.protocol.tensors import Array, InferRequest, InferResponse
from transformer.current import CurrentVersion
from transformer.metrics import REQUEST_ROWS, STEP_SECONDS, VERSION_MISMATCHES
from transformer.predictor_client import TRACE, PredictorClient, forwarded
from transformer.requests import INPUTS, OUTPUTS, Asked, check_forecast, possible, understand
from transformer.settings import TransformerSettings
from transformer.versions import Prepared, Version
from transformer.windows import SymbolWindow, Windows, utc_now

_log = structlog.get_logger()

_PREPROCESS = STEP_SECONDS.labels("preprocess")
_PREDICT = STEP_SECONDS.labels("predict")
_POSTPROCESS = STEP_SECONDS.labels("postprocess")


@dataclass(frozen=True, slots=True)
class Question:
    """A request after preprocessing: checked closes, and where they came from.

    Attributes:
        asked: what the request wants. closes: float64 [n, 60]. windows: one for each row; empty by window.
    """

    asked: Asked
    closes: f8
    windows: tuple[SymbolWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the pair computed for a question: quantiles float64 [n, 7] in price units, by one version."""

    question: Question
    version: Version
    quantiles: f8


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    closes: f8
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class _Computed:
    version: Version
    quantiles: f8
    fine: bool  # all of the batch: then no request of it has to be looked at by itself


class Transformer(Service):
    """The V2 face of the service."""

    role = "transformer"
    platform = "nextclose"
    inputs = INPUTS
    outputs = OUTPUTS

    def __init__(
        self, settings: TransformerSettings, client: PredictorClient, current: CurrentVersion, windows: Windows
    ) -> None:
        super().__init__(settings.model_name)
        self._settings = settings
        self._client = client
        self._current = current
        self._windows = windows
        self._in_flight = 0
        self._time_limit = TimeLimit(settings.request_timeout)
        self._overload = f"{settings.in_flight_limit} requests are being answered already"
        self._batcher: Batcher[_Part, _Computed] = Batcher(
            self._compute_together,
            role=self.role,
            batch_rows=settings.batch_rows,
            # Bounded by the requests that are answered at once.
            queue_rows=settings.batch_rows * settings.in_flight_limit,
            at_once=settings.predictor_calls,
        )

    @property
    def versions(self) -> Sequence[str]:
        """The version that answers now: one, or none yet."""
        return self._current.names

    @property
    def properties(self) -> dict[str, str]:
        """Where the served version came from; the packaged index that stands in for prices is named here."""
        return self._current.properties

    async def check_ready(self) -> None:
        """Raises `UnavailableError` unless the predictor answers by the scaler's version."""
        await self._current.check_ready()

    def overload(self, others: int = 0) -> str | None:
        """Given while as many requests are being answered as the limit says."""
        return None if self._in_flight + others < self._settings.in_flight_limit else self._overload

    async def infer(
        self, request: InferRequest, version: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> InferResponse:
        """Answers a request: preprocess, predict, postprocess.

        Raises:
            InvalidInputError, TooLargeError, UnknownSymbolError: what its sender can mend.
            OverloadedError, PredictorUnavailableError, VersionMismatchError, DeadlineExceededError: what may pass.
        """
        headers = forwarded(headers)
        self.check_admission()
        self._in_flight += 1
        try:
            with self._time_limit.each():
                with _PREPROCESS.time():
                    question = await self.preprocess(request, headers)
                with _PREDICT.time():
                    forecast = await self.predict(question, headers, version)
                with _POSTPROCESS.time():
                    response = self.postprocess(forecast, headers)
        finally:
            self._in_flight -= 1
        if version is not None:
            self.check_name(self.name, version)
        return InferResponse(self.name, forecast.version.name, request.id, response, self._parameters(forecast.version))

    async def preprocess(self, payload: InferRequest, headers: Mapping[str, str] = NO_HEADERS) -> Question:
        """Checks a request and finds its windows."""
        asked = understand(payload, self._settings.row_limit)
        if asked.closes is not None:
            REQUEST_ROWS.observe(len(asked.closes))
            return Question(asked, asked.closes)
        found = {symbol: await self._window(symbol, asked) for symbol in dict.fromkeys(asked.symbols)}
        windows = tuple(found[symbol] for symbol in asked.symbols)
        REQUEST_ROWS.observe(len(windows))
        return Question(asked, np.stack([window.closes for window in windows]), windows)

    async def _window(self, symbol: str, asked: Asked) -> SymbolWindow:
        try:
            window = await self._windows.of(symbol)
        except UnknownSymbolError as error:
            row = asked.symbols.index(symbol)
            raise UnknownSymbolError(
                f"input '{names.SYMBOL}', row {row}: {symbol[:40]!r} is not in the price store (GET /symbols lists it)"
            ) from error
        try:
            check_windows(window.closes[None], allow_jumps=asked.allow_jumps, name=f"stored closes of {symbol}")
        except InvalidInputError as error:
            raise InvalidInputError(str(error).removeprefix("input ")) from error
        return window

    async def predict(
        self, payload: Question, headers: Mapping[str, str] = NO_HEADERS, version: str | None = None
    ) -> Forecast:
        """Scales, asks the predictor and scales back, all by one version.

        While pods are replaced, some predictors hold the version before and some the one after: whichever a call does
        not meet, the other is tried, over a connection anew, after a look whether this side has to go over.

        Args:
            payload: checked closes.
            headers: that go along.
            version: the one that must answer; None takes whichever is served.

        Raises:
            VersionMismatchError: no try met its version.
        """
        try:
            computed = await self._compute(payload, headers)
        except VersionMismatchError as error:
            refused = error
        else:
            return _checked(payload, computed)
        await self._current.refresh()
        for chosen in self._current.tries(version):
            try:
                computed = await self._compute_by(chosen, payload.closes, headers, anew=True)
            except VersionMismatchError as error:
                refused = error
            else:
                VERSION_MISMATCHES.labels("recovered").inc()
                return _checked(payload, computed)
        VERSION_MISMATCHES.labels("refused").inc()
        raise refused

    def _compute(self, question: Question, headers: Mapping[str, str]) -> Awaitable[_Computed]:
        closes = question.closes
        # A trace has one parent, so what carries one goes alone; and so does what is a batch by itself.
        if len(closes) > self._settings.batch_rows or not TRACE.isdisjoint(headers):
            self._batcher.count_alone(len(closes))
            return self._compute_by(self._current.get(), closes, headers)
        return self._batcher.submit(_Part(closes, headers), len(closes))

    async def _compute_together(self, parts: Sequence[_Part]) -> Sequence[_Computed]:
        if len(parts) == 1:
            (part,) = parts
            return [await self._compute_by(self._current.get(), part.closes, part.headers)]
        batch = request_id()
        closes = np.concatenate([part.closes for part in parts])
        try:
            computed = await self._compute_by(self._current.get(), closes, {REQUEST_ID: batch})
        except PredictorUnavailableError as error:
            if error.fault:
                requests = [part.headers.get(REQUEST_ID) for part in parts]
                _log.error("the predictor failed on a batch", request_id=batch, requests=requests, reason=str(error))
            raise
        split = split_rows(computed.quantiles, (len(part.closes) for part in parts))
        return [_Computed(computed.version, quantiles, computed.fine) for quantiles in split]

    async def _compute_by(
        self, version: Version, closes: f8, headers: Mapping[str, str], *, anew: bool = False
    ) -> _Computed:
        prepared = version.prepare(closes)
        raw = await self._ask(prepared, version, headers, anew=anew)
        with np.errstate(over="ignore", under="ignore"):
            quantiles = version.inverse(prepared, raw)
        return _Computed(version, quantiles, bool(possible(quantiles).all()))

    async def _ask(self, prepared: Prepared, version: Version, headers: Mapping[str, str], *, anew: bool) -> f4:
        features, rows = prepared.features, self._settings.predictor_rows
        if len(features) <= rows:
            return await self._client.quantiles(features, version.name, headers, anew=anew)
        # One part after the other: requests of others come in between.
        parts = [
            await self._client.quantiles(features[start : start + rows], version.name, headers, anew=anew)
            for start in range(0, len(features), rows)
        ]
        return np.concatenate(parts)

    def postprocess(self, result: Forecast, headers: Mapping[str, str] = NO_HEADERS) -> dict[str, Array | list[str]]:
        """The outputs that were asked for."""
        question = result.question
        outputs: dict[str, Array | list[str]] = {
            names.FORECAST: np.ascontiguousarray(result.quantiles[:, MEDIAN]),
            names.QUANTILES: result.quantiles,
            names.NAIVE: np.ascontiguousarray(question.closes[:, -1]),
        }
        if question.windows:
            now = utc_now()
            outputs[names.DATA_UNTIL] = [window.data_until for window in question.windows]
            outputs[names.TARGET_SESSION] = [window.target for window in question.windows]
            outputs[names.STALE] = np.array([window.stale(now) for window in question.windows])
        return {name: outputs[name] for name in question.asked.outputs}

    @staticmethod
    def _parameters(version: Version) -> dict[str, str]:
        return {
            names.LEVELS: LEVELS_TEXT,
            names.ARTEFACT: version.digest,
            names.SOURCE: version.manifest.source,
        }


def _checked(question: Question, computed: _Computed) -> Forecast:
    if not computed.fine:
        check_forecast(computed.quantiles, question.closes)
    return Forecast(question, computed.version, computed.quantiles)
