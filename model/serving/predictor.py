"""The predictor service: computes quantiles in sigma from standardised features."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from model.artefact.folder import Artefact, open_artefact
from model.artefact.local_registry import served_folder
from model.artefact.scaler import load_scaling
from model.contract.arrays import f4
from model.contract.errors import (
    ArtefactError,
    InvalidInputError,
    NoVersionError,
    UnavailableError,
)
from model.contract.features import CHANNELS
from model.contract.levels import LEVELS
from model.contract.names import ARTEFACT, FEATURES, RAW_QUANTILES
from model.contract.window import RETURNS
from model.endpoint.batching import Batcher, split_rows
from model.endpoint.deadline import deadline
from model.endpoint.memory import freeze_and_trim
from model.endpoint.service import NO_HEADERS, Service
from model.protocol.tensors import InferRequest, InferResponse, TensorSpec
from model.serving.predictor_metrics import COMPUTE_SECONDS, LOAD_FAILURES, MODEL_INFO
from model.serving.predictor_settings import PredictorSettings
from model.serving.runtime import Runtime, concatenate

_log = structlog.get_logger()

PLATFORMS: Final = {"tensorflow": "tensorflow_savedmodel", "onnx": "onnxruntime_onnx"}  # Triton's names
_INLINE_ROWS: Final = 16  # computing them takes less time than a switch to a thread

INPUTS: Final = (TensorSpec(FEATURES, ("FP32",), (-1, RETURNS, CHANNELS)),)
OUTPUTS: Final = (TensorSpec(RAW_QUANTILES, ("FP32",), (-1, len(LEVELS))),)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedVersion:
    """A loaded version.

    Attributes:
        artefact: Its version folder.
        runtime: Its network, ready to compute.
        batcher: Its queue of requests.
    """

    artefact: Artefact
    runtime: Runtime
    batcher: Batcher[f4, f4]


class Predictor(Service):
    """Serves the version that `settings.models` points to, and follows when it points to another one.

    The previous version stays loaded next to the current one, for transformers that have not switched yet.
    """

    role = "predictor"
    inputs = INPUTS
    outputs = OUTPUTS

    def __init__(self, settings: PredictorSettings, make_runtime: Callable[[Path], Runtime]) -> None:
        """Start without a version; `refresh` loads the first one.

        Args:
            settings: Settings of the process.
            make_runtime: Loads the network of a version folder.
        """
        self.name = settings.model_name
        self.row_limit = settings.row_limit
        self.platform = PLATFORMS[settings.runtime]
        self._settings = settings
        self._make_runtime = make_runtime
        self._loaded: list[LoadedVersion] = []
        self._reason = "no version is loaded yet"
        self._folder: Path | None = None
        self._failed: Path | None = None
        # One thread: a second batch would only compete with the first for the same CPU cores.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="compute")

    @property
    def versions(self) -> Sequence[str]:
        """The current version, followed by the previous one if it is still loaded."""
        return [loaded.artefact.version for loaded in self._loaded]

    async def check_ready(self) -> None:
        """Raise `UnavailableError` while no version is loaded."""
        if not self._loaded:
            raise UnavailableError(self._reason)

    async def infer(
        self,
        request: InferRequest,
        version: str | None = None,
        headers: Mapping[str, str] = NO_HEADERS,  # noqa: ARG002  # the predictor calls no other server
    ) -> InferResponse:
        """Compute quantiles in sigma.

        Raises:
            InvalidInputError: A feature is not finite.
            UnknownVersionError: The requested version is not loaded.
            UnavailableError: No version is loaded.
            OverloadedError: Too many rows are waiting.
            DeadlineExceededError: The request was not answered in time.
        """
        features = request.inputs[FEATURES]
        if not np.isfinite(features).all():
            row = int(np.argwhere(~np.isfinite(features).all(axis=(1, 2)))[0][0])
            raise InvalidInputError(f"input '{FEATURES}', row {row}: expected finite numbers")
        await self.check_ready()
        loaded = self._loaded[0] if version is None else self._loaded_version(version)
        async with deadline(self._settings.request_timeout):
            quantiles = await loaded.batcher.submit(features, len(features))
        return InferResponse(
            model_name=self.name,
            model_version=loaded.artefact.version,
            id=request.id,
            outputs={RAW_QUANTILES: quantiles},
            parameters={ARTEFACT: loaded.artefact.digest},
        )

    def _loaded_version(self, version: str) -> LoadedVersion:
        self.check_name(self.name, version)
        return next(loaded for loaded in self._loaded if loaded.artefact.version == version)

    async def follow(self) -> None:
        """Call `refresh` periodically until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._settings.follow_seconds)

    async def refresh(self) -> None:
        """Load the version that `settings.models` points to, unless it is the current one.

        If a version cannot be loaded, this is logged and counted once, and the current version is still served.
        """
        try:
            folder = served_folder(self._settings.models, self.name)
            if folder in (self._failed, self._folder):
                return
            # A version that failed to load is not retried until the pointer changes.
            self._failed = folder
            loaded = await asyncio.get_running_loop().run_in_executor(None, self._load, folder)
        except NoVersionError as error:
            self._failed = None
            self._log_failure(str(error))
        except ArtefactError as error:
            LOAD_FAILURES.inc()
            self._log_failure(str(error))
        else:
            self._folder, self._failed = folder, None
            self._make_current(loaded)

    def _log_failure(self, reason: str) -> None:
        if reason != self._reason:
            _log.warning("cannot load a version", reason=reason, serving=self.versions[:1])
            self._reason = reason

    def _make_current(self, loaded: LoadedVersion) -> None:
        previous = [one for one in self._loaded[:1] if one.artefact.version != loaded.artefact.version]
        self._loaded = [loaded, *previous]
        manifest = loaded.artefact.manifest
        MODEL_INFO.clear()
        MODEL_INFO.labels(manifest.version, manifest.source, manifest.state, loaded.runtime.name).set(1)
        freeze_and_trim()
        _log.info("serving", version=manifest.version, source=manifest.source, runtime=loaded.runtime.name)

    def _load(self, folder: Path) -> LoadedVersion:
        artefact = open_artefact(folder)
        # Not used here, but a version whose scaler is invalid must not replace the current one.
        load_scaling(artefact)
        runtime = self._make_runtime(folder)
        runtime.warm()

        async def compute(parts: Sequence[f4]) -> Sequence[f4]:
            features = concatenate(parts)
            with COMPUTE_SECONDS.time():
                if len(features) <= _INLINE_ROWS:
                    quantiles = runtime.run(features)
                else:
                    loop = asyncio.get_running_loop()
                    quantiles = await loop.run_in_executor(self._executor, runtime.run, features)
            return split_rows(quantiles, map(len, parts))

        batcher = Batcher(
            compute,
            role=self.role,
            batch_rows=max(self._settings.batch_sizes),
            queue_rows=self._settings.queue_rows,
        )
        return LoadedVersion(artefact, runtime, batcher)
