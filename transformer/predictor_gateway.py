"""The gateway to the predictor: batching, splitting of large requests, choice of version, retry on a mismatch."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from model.contract.arrays import f8
from model.contract.errors import PredictorUnavailableError, VersionMismatchError
from model.endpoint.batching import Batcher, split_rows
from model.endpoint.replies import REQUEST_ID, TRACE_HEADERS, request_id
from transformer.current_version import CurrentVersion
from transformer.forecast_request import valid_prices
from transformer.predictor_client import PredictorClient
from transformer.settings import TransformerSettings
from transformer.transformer_metrics import VERSION_MISMATCHES
from transformer.versions import ScalingVersion

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Forecasts of windows with one version.

    Attributes:
        version: The version that computed them.
        quantiles: Float64 [n, 7] at `levels.LEVELS`, in price units.
        valid: Whether all quantiles of the whole batch are finite and above zero. False may be due to rows of other
            requests.
    """

    version: ScalingVersion
    quantiles: f8
    valid: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    closes: f8
    headers: Mapping[str, str]


class PredictorGateway:
    """Requests quantiles from the predictor, always from the version whose scaler prepared the windows."""

    role = "transformer"

    def __init__(self, settings: TransformerSettings, client: PredictorClient, current: CurrentVersion) -> None:
        self._settings = settings
        self._client = client
        self._current = current
        self._batcher: Batcher[_Windows, Prediction] = Batcher(
            self._predict_batch,
            role=self.role,
            batch_rows=settings.batch_rows,
            # Never reached: the number of requests in progress is limited.
            queue_rows=settings.batch_rows * settings.in_flight_limit,
            at_once=settings.predictor_calls,
        )

    async def predict(self, closes: f8, headers: Mapping[str, str], version: str | None = None) -> Prediction:
        """Scale windows, call the predictor and convert its quantiles to prices, all with one version.

        During a rollout, some predictor pods serve the old version and some the new one. On a version mismatch, check
        for a new version, then retry the loaded versions on new connections.

        Args:
            closes: Float64 [n, 60], checked, in price units.
            headers: Headers to forward to the predictor.
            version: Required version; None means any served version.

        Raises:
            VersionMismatchError: No call reached a predictor with one of the loaded versions.
            PredictorUnavailableError: As `PredictorClient.quantiles`.
            OverloadedError: As `PredictorClient.quantiles`.
            DeadlineExceededError: As `PredictorClient.quantiles`.
        """
        try:
            return await self._submit(closes, headers)
        except VersionMismatchError as error:
            mismatch = error
        await self._current.refresh()
        for chosen in self._current.tries(version):
            try:
                prediction = await self._predict_by(chosen, closes, headers, new_connection=True)
            except VersionMismatchError as error:
                mismatch = error
            else:
                VERSION_MISMATCHES.labels("recovered").inc()
                return prediction
        VERSION_MISMATCHES.labels("refused").inc()
        raise mismatch

    def _submit(self, closes: f8, headers: Mapping[str, str]) -> Awaitable[Prediction]:
        # Not batched: requests with a trace, because a call has only one parent span, and requests larger than a batch.
        if len(closes) > self._settings.batch_rows or not TRACE_HEADERS.isdisjoint(headers):
            self._batcher.count_alone(len(closes))
            return self._predict_by(self._current.get(), closes, headers)
        return self._batcher.submit(_Windows(closes, headers), len(closes))

    async def _predict_batch(self, parts: Sequence[_Windows]) -> Sequence[Prediction]:
        if len(parts) == 1:
            (part,) = parts
            return [await self._predict_by(self._current.get(), part.closes, part.headers)]
        batch = request_id()
        closes = np.concatenate([part.closes for part in parts])
        try:
            joint = await self._predict_by(self._current.get(), closes, {REQUEST_ID: batch})
        except PredictorUnavailableError as error:
            if error.fault:
                requests = [part.headers.get(REQUEST_ID) for part in parts]
                _log.error("the predictor failed on a batch", request_id=batch, requests=requests, reason=str(error))
            raise
        split = split_rows(joint.quantiles, (len(part.closes) for part in parts))
        return [Prediction(joint.version, quantiles, joint.valid) for quantiles in split]

    async def _predict_by(
        self, version: ScalingVersion, closes: f8, headers: Mapping[str, str], *, new_connection: bool = False
    ) -> Prediction:
        # Parts are scaled and sent one after the other, so that other requests run in between.
        rows = self._settings.predictor_rows
        parts = []
        for start in range(0, len(closes), rows):
            prepared = version.prepare(closes[start : start + rows])
            raw = await self._client.quantiles(prepared.features, version.name, headers, new_connection=new_connection)
            with np.errstate(over="ignore", under="ignore"):
                parts.append(version.inverse(prepared, raw))
        quantiles = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return Prediction(version, quantiles, bool(valid_prices(quantiles).all()))
