"""The predictor: standardised features in, quantiles in sigma out, always saying by which version."""

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
from model.endpoint.memory import settle
from model.endpoint.service import NO_HEADERS, Service
from model.protocol.tensors import InferRequest, InferResponse, TensorSpec
from model.serving.metrics import COMPUTE_SECONDS, LOAD_FAILURES, MODEL_INFO
from model.serving.runtime import Runtime, f4, joined
from model.serving.settings import PredictorSettings

_log = structlog.get_logger()

PLATFORMS: Final = {"tensorflow": "tensorflow_savedmodel", "onnx": "onnxruntime_onnx"}  # Triton's names
_INLINE_ROWS: Final = 16  # computed in less time than it takes to hand them to a thread and back

INPUTS: Final = (TensorSpec(FEATURES, ("FP32",), (-1, RETURNS, CHANNELS)),)
OUTPUTS: Final = (TensorSpec(RAW_QUANTILES, ("FP32",), (-1, len(LEVELS))),)


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A version that is ready to compute."""

    artefact: Artefact
    runtime: Runtime
    batcher: Batcher[f4, f4]


class Predictor(Service):
    """Serves the version that its address means, and goes over to another when the address means another.

    The version before stays loaded beside the current one, so that a transformer that has not gone over yet is
    answered by the version that it asks for.
    """

    role = "predictor"
    inputs = INPUTS
    outputs = OUTPUTS

    def __init__(self, settings: PredictorSettings, make_runtime: Callable[[Path], Runtime]) -> None:
        """Prepares an empty predictor.

        Args:
            settings: the process's.
            make_runtime: loads the network of a version's folder.
        """
        self.name = settings.model_name
        self.row_limit = settings.row_limit
        self.platform = PLATFORMS[settings.runtime]
        self._settings = settings
        self._make_runtime = make_runtime
        self._loaded: list[Loaded] = []
        self._reason = "no version is loaded yet"
        self._folder: Path | None = None
        self._failed: Path | None = None
        # One thread: a second batch would only compete with the first for the same cores.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="compute")

    @property
    def versions(self) -> Sequence[str]:
        """The current version, then the one before it."""
        return [loaded.artefact.version for loaded in self._loaded]

    async def check_ready(self) -> None:
        """Raises `UnavailableError` while no version is loaded."""
        if not self._loaded:
            raise UnavailableError(self._reason)

    async def infer(
        self,
        request: InferRequest,
        version: str | None = None,
        headers: Mapping[str, str] = NO_HEADERS,  # noqa: ARG002  # nothing is called from here
    ) -> InferResponse:
        """Computes quantiles.

        Raises:
            InvalidInputError: a feature is not finite.
            UnavailableError: no version is loaded. OverloadedError: too many rows wait.
            DeadlineExceededError: they waited too long.
        """
        features = request.inputs[FEATURES]
        if not np.isfinite(features).all():
            row = int(np.argwhere(~np.isfinite(features).all(axis=(1, 2)))[0][0])
            raise InvalidInputError(f"input '{FEATURES}', row {row}: expected finite numbers")
        await self.check_ready()
        loaded = self._loaded[0] if version is None else self._by_version(version)
        async with deadline(self._settings.request_timeout):
            quantiles = await loaded.batcher.submit(features, len(features))
        return InferResponse(
            model_name=self.name,
            model_version=loaded.artefact.version,
            id=request.id,
            outputs={RAW_QUANTILES: quantiles},
            parameters={ARTEFACT: loaded.artefact.digest},
        )

    def _by_version(self, version: str) -> Loaded:
        self.check_name(self.name, version)
        return next(loaded for loaded in self._loaded if loaded.artefact.version == version)

    async def follow(self) -> None:
        """Loads what the address means, again and again; ends only when cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._settings.follow_seconds)

    async def refresh(self) -> None:
        """Loads the version that the address means now, where it is not the current one.

        What cannot be loaded is logged and counted once, and the current version goes on.
        """
        try:
            folder = served_folder(self._settings.models, self.name)
            if folder in (self._failed, self._folder):
                return
            # Of an address that cannot be loaded nothing is tried again; another address is.
            self._failed = folder
            loaded = await asyncio.get_running_loop().run_in_executor(None, self._load, folder)
        except NoVersionError as error:
            self._failed = None
            self._say(str(error))
        except ArtefactError as error:
            LOAD_FAILURES.inc()
            self._say(str(error))
        else:
            self._folder, self._failed = folder, None
            self._take_over(loaded)

    def _say(self, reason: str) -> None:
        if reason != self._reason:
            _log.warning("cannot load a version", reason=reason, serving=self.versions[:1])
            self._reason = reason

    def _take_over(self, loaded: Loaded) -> None:
        before = [one for one in self._loaded[:1] if one.artefact.version != loaded.artefact.version]
        self._loaded = [loaded, *before]
        manifest = loaded.artefact.manifest
        MODEL_INFO.clear()
        MODEL_INFO.labels(manifest.version, manifest.source, manifest.state, loaded.runtime.name).set(1)
        settle()
        _log.info("serving", version=manifest.version, source=manifest.source, runtime=loaded.runtime.name)

    def _load(self, folder: Path) -> Loaded:
        artefact = open_artefact(folder)
        # Not used here; but a version that no transformer could scale for must not take the place of one that serves.
        load_scaling(artefact)
        runtime = self._make_runtime(folder)
        runtime.warm()

        async def compute(parts: Sequence[f4]) -> Sequence[f4]:
            features = joined(parts)
            with COMPUTE_SECONDS.time():
                if len(features) <= _INLINE_ROWS:
                    answers = runtime.run(features)
                else:
                    loop = asyncio.get_running_loop()
                    answers = await loop.run_in_executor(self._executor, runtime.run, features)
            return split_rows(answers, map(len, parts))

        batcher = Batcher(
            compute,
            role=self.role,
            batch_rows=max(self._settings.batch_sizes),
            queue_rows=self._settings.queue_rows,
        )
        return Loaded(artefact, runtime, batcher)
