"""The version that the transformer scales for now, and its going over to another together with the predictor."""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

import structlog

from model.artefact.address import served_at
from model.contract.errors import (
    ArtefactError,
    CorruptArtefactError,
    NextcloseError,
    NoVersionError,
    UnavailableError,
    VersionMismatchError,
)
from model.endpoint.memory import settle
from transformer.metrics import MODEL_CREATED, MODEL_INFO
from transformer.predictor_client import PredictorClient
from transformer.settings import TransformerSettings
from transformer.versions import Version, load_version

_log = structlog.get_logger()
_TRIES: Final = 6  # of two pods that hold different versions each try meets the right one half of the time
_NAMED_SYMBOLS: Final = 5  # more would make a metric's label longer than anyone reads


class CurrentVersion:
    """Follows the address of the models.

    Another version is taken only once the predictor answers by it, so that no request meets a predictor that is still
    on its way. Where the address cannot be read, the version that was taken goes on.
    """

    def __init__(self, settings: TransformerSettings, client: PredictorClient) -> None:
        self._settings = settings
        self._client = client
        self._served = served_at(settings.models, settings.model_name)
        self._look_seconds = settings.remote_seconds if self._served.remote else 0.0
        self._looked_at = -self._look_seconds
        self._version: Version | None = None
        self._candidate: Version | None = None
        self._former: Version | None = None
        self._found: str | None = None
        self._reason = "no version is loaded yet"
        self._refreshing = asyncio.Lock()

    @property
    def names(self) -> list[str]:
        """The name of the version that answers now; none yet, before the first."""
        return [] if self._version is None else [self._version.name]

    @property
    def properties(self) -> dict[str, str]:
        """What the manifest of that version says of it; empty before the first."""
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
        """Names of the versions that can be seen, oldest first: asks disk or object store. None where that fails."""
        try:
            return self._served.versions() or self.names  # a pod has no more than the one that it serves
        except ArtefactError as error:
            _log.warning("versions cannot be listed", reason=str(error))
            return []

    def get(self) -> Version:
        """The version that answers now; raises `UnavailableError` before the first."""
        if self._version is None:
            raise UnavailableError(f"not ready: {self._reason}")
        return self._version

    def tries(self, only: str | None = None) -> Iterator[Version]:
        """The versions to try one after the other, while some pods hold the one that answers now and some another.

        Args:
            only: the one name that will do; None takes any.
        """
        for attempt in range(_TRIES):
            # Looked at anew each time: this side may have gone over meanwhile.
            others = (self._candidate, self._former)
            held = [self.get(), *(one for one in others if one is not None)][:2]
            versions = [one for one in held if only in {None, one.name}]
            if not versions:
                return
            # In pairs, or a Service that takes its pods in turn would stay in step with the versions.
            yield versions[(attempt + 1) // 2 % len(versions)]

    @property
    def fault(self) -> str | None:
        """Why this role cannot answer; None once it holds a version."""
        return self._reason if self._version is None else None

    async def predictor_fault(self) -> str | None:
        """Why the predictor answers by no version that is held here; None when it does.

        While its pods are replaced, any of the two will do: requests try both, and a transformer that left its
        Service for that time would leave nobody to do so.
        """
        if self._version is None:
            return self._reason
        fault = None
        for version in self.tries():
            try:
                await self._client.check_ready(version.name)
            except VersionMismatchError as error:
                fault = fault or str(error)  # the first names the version that answers now
            except NextcloseError as error:
                return str(error)
            else:
                return None
        return fault

    async def check_ready(self) -> None:
        """Raises `UnavailableError` unless the predictor answers by a version that is held here."""
        if (fault := await self.predictor_fault()) is not None:
            raise UnavailableError(f"not ready: {fault}")

    async def follow(self) -> None:
        """Looks again and again; ends only when cancelled."""
        while True:
            await self._refresh(time.monotonic() - self._look_seconds)
            await asyncio.sleep(self._settings.follow_seconds)

    async def refresh(self) -> None:
        """Looks for another version, and goes over to it if the predictor answers by it."""
        await self._refresh(time.monotonic())

    async def _refresh(self, since: float) -> None:
        # One look at a time: requests that meet a mismatch together wait for the same one.
        async with self._refreshing:
            try:
                if self._looked_at <= since:
                    await self._find()
            except ArtefactError as error:
                self._say(str(error))
            else:
                await self._go_over()

    async def _find(self) -> None:
        self._looked_at = time.monotonic()
        try:
            found = await asyncio.to_thread(self._served.find)
        except NoVersionError:
            self._found = None
            raise
        if found == self._found:
            return
        self._candidate = None
        try:
            self._candidate = await asyncio.to_thread(self._load, found)
        except CorruptArtefactError:
            # Immutable: looking again gives the same. What could not be read for now is tried again.
            self._found = found
            raise
        self._found = found

    def _load(self, found: str) -> Version:
        return load_version(self._served.open(found))

    async def _go_over(self) -> None:
        candidate = self._candidate
        if candidate is None:
            return
        try:
            await self._client.check_ready(candidate.name)
        except NextcloseError as error:
            self._say(f"version {candidate.name}: {error}")
            if self._version is None:
                # The first one is taken all the same: readiness tells that the predictor is not there yet.
                self._take(candidate)
        else:
            self._candidate = None
            self._take(candidate)

    def _take(self, version: Version) -> None:
        if self._version is version:
            return
        self._former, self._version = self._version, version
        manifest = version.manifest
        symbols = ",".join(manifest.symbols) if len(manifest.symbols) <= _NAMED_SYMBOLS else "pooled"
        MODEL_INFO.clear()
        MODEL_INFO.labels(manifest.version, manifest.source, manifest.state, symbols).set(1)
        MODEL_CREATED.set(manifest.created.timestamp())
        settle()
        _log.info("scaling for", version=manifest.version, symbols=manifest.symbols, source=manifest.source)

    def _say(self, reason: str) -> None:
        if reason != self._reason:
            # Before the first version it is only a matter of waiting.
            say = _log.warning if self._version is not None else _log.info
            say("cannot go over to a version", reason=reason, serving=self.names)
            self._reason = reason
