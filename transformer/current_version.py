"""The version that the transformer uses, and the switch to a new version in step with the predictor."""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

import structlog

from model.artefact.address import open_served_version
from model.contract.errors import (
    ArtefactError,
    CorruptArtefactError,
    NextcloseError,
    NoVersionError,
    UnavailableError,
    VersionMismatchError,
)
from model.endpoint.memory import freeze_and_trim
from transformer.predictor_client import PredictorClient
from transformer.settings import TransformerSettings
from transformer.transformer_metrics import MODEL_CREATED, MODEL_INFO
from transformer.versions import ScalingVersion, load_version

_log = structlog.get_logger()
_TRIES: Final = 6  # with two pods of different versions, each attempt reaches the right one with probability 1/2
_MAX_LABEL_SYMBOLS: Final = 5  # versions with more symbols have the label `pooled`


class CurrentVersion:
    """Follows the version that `settings.models` points to.

    A new version becomes current only when the predictor serves it, so that requests do not reach a predictor that is
    still loading it. If `settings.models` cannot be read, the current version remains.
    """

    def __init__(self, settings: TransformerSettings, client: PredictorClient) -> None:
        self._settings = settings
        self._client = client
        self._served = open_served_version(settings.models, settings.model_name)
        self._check_seconds = settings.remote_seconds if self._served.remote else 0.0
        self._checked_at = -self._check_seconds
        self._version: ScalingVersion | None = None
        self._candidate: ScalingVersion | None = None
        self._previous: ScalingVersion | None = None
        self._address: str | None = None
        self._reason = "no version is loaded yet"
        self._refreshing = asyncio.Lock()

    @property
    def names(self) -> list[str]:
        """The name of the current version; empty before the first version is loaded."""
        return [] if self._version is None else [self._version.name]

    @property
    def properties(self) -> dict[str, str]:
        """Properties of the current version from its manifest; empty before the first version is loaded."""
        if self._version is None:
            return {}
        manifest = self._version.manifest
        return {
            "artefact": self._version.digest,
            "created": manifest.created.isoformat(),
            "data_until": max(part.last for part in manifest.data).isoformat(),
            "source": manifest.source,
            "state": manifest.state,
            "symbols": ",".join(manifest.symbols),
        }

    def there(self) -> list[str]:
        """List the names of all stored versions, oldest first; empty if they cannot be listed.

        Reads the disk or the object store.
        """
        try:
            return self._served.versions() or self.names  # in a pod, only the current version is mounted
        except ArtefactError as error:
            _log.warning("versions cannot be listed", reason=str(error))
            return []

    def get(self) -> ScalingVersion:
        """Return the current version; raise `UnavailableError` before the first version is loaded."""
        if self._version is None:
            raise UnavailableError(f"not ready: {self._reason}")
        return self._version

    def tries(self, only: str | None = None) -> Iterator[ScalingVersion]:
        """Iterate over the versions to try during a rollout, when predictor pods serve different versions.

        Args:
            only: Name of the required version; None means any.
        """
        for attempt in range(_TRIES):
            # Evaluated in every iteration: the current version may have changed in between.
            others = (self._candidate, self._previous)
            loaded = [self.get(), *(one for one in others if one is not None)][:2]
            versions = [one for one in loaded if only in {None, one.name}]
            if not versions:
                return
            # Each version is tried twice in a row. Strictly alternating attempts could always meet the wrong pod of a
            # Service that also alternates between its pods.
            yield versions[(attempt + 1) // 2 % len(versions)]

    @property
    def fault(self) -> str | None:
        """Reason why the transformer is not ready; None when it has a version."""
        return self._reason if self._version is None else None

    async def predictor_fault(self) -> str | None:
        """Return the reason why the predictor serves none of the loaded versions; None if it serves one.

        During a rollout, either of two versions suffices, because requests try both. If all transformers became unready
        for that time, no pod of their Service could answer.
        """
        if self._version is None:
            return self._reason
        fault = None
        for version in self.tries():
            try:
                await self._client.check_ready(version.name)
            except VersionMismatchError as error:
                fault = fault or str(error)  # the first fault is about the current version
            except NextcloseError as error:
                return str(error)
            else:
                return None
        return fault

    async def check_ready(self) -> None:
        """Raise `UnavailableError` unless the predictor serves one of the loaded versions."""
        if (fault := await self.predictor_fault()) is not None:
            raise UnavailableError(f"not ready: {fault}")

    async def follow(self) -> None:
        """Check for a new version periodically until cancelled."""
        while True:
            await self._refresh(time.monotonic() - self._check_seconds)
            await asyncio.sleep(self._settings.follow_seconds)

    async def refresh(self) -> None:
        """Check for a new version now, and switch to it if the predictor serves it."""
        await self._refresh(time.monotonic())

    async def _refresh(self, since: float) -> None:
        # One check at a time: concurrent requests with a version mismatch share the same check.
        async with self._refreshing:
            try:
                if self._checked_at <= since:
                    await self._load_candidate()
            except ArtefactError as error:
                self._log_reason(str(error))
            else:
                await self._switch()

    async def _load_candidate(self) -> None:
        self._checked_at = time.monotonic()
        try:
            found = await asyncio.to_thread(self._served.find)
        except NoVersionError:
            self._address = None
            raise
        if found == self._address:
            return
        self._candidate = None
        try:
            self._candidate = await asyncio.to_thread(self._load, found)
        except CorruptArtefactError:
            # A corrupt version is immutable, so it is not read again. Versions that cannot be read now are retried.
            self._address = found
            raise
        self._address = found

    def _load(self, found: str) -> ScalingVersion:
        return load_version(self._served.open(found))

    async def _switch(self) -> None:
        candidate = self._candidate
        if candidate is None:
            return
        try:
            await self._client.check_ready(candidate.name)
        except NextcloseError as error:
            self._log_reason(f"version {candidate.name}: {error}")
            if self._version is None:
                # The first version becomes current in any case; `check_ready` reports the missing predictor.
                self._make_current(candidate)
        else:
            self._candidate = None
            self._make_current(candidate)

    def _make_current(self, version: ScalingVersion) -> None:
        if self._version is version:
            return
        self._previous, self._version = self._version, version
        manifest = version.manifest
        symbols = ",".join(manifest.symbols) if len(manifest.symbols) <= _MAX_LABEL_SYMBOLS else "pooled"
        MODEL_INFO.clear()
        MODEL_INFO.labels(manifest.version, manifest.source, manifest.state, symbols).set(1)
        MODEL_CREATED.set(manifest.created.timestamp())
        freeze_and_trim()
        _log.info("using version", version=manifest.version, symbols=manifest.symbols, source=manifest.source)

    def _log_reason(self, reason: str) -> None:
        if reason != self._reason:
            # Before the first version, this is a normal part of the start.
            log = _log.warning if self._version is not None else _log.info
            log("cannot switch to a version", reason=reason, serving=self.names)
            self._reason = reason
