"""What an endpoint needs of the model that it serves."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import kserve

from model.contract.errors import OverloadedError, UnavailableError, UnknownModelError, UnknownVersionError
from model.protocol.tensors import InferRequest, InferResponse, TensorSpec

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Service(kserve.Model):  # type: ignore[misc]  # the SDK has no types
    """A KServe model that reads and answers this project's V2 values, by version.

    Attributes:
        role: `predictor` or `transformer`.
        inputs, outputs: the tensors that it takes and gives.
        platform: for the model metadata.
    """

    role: str
    inputs: Sequence[TensorSpec]
    outputs: Sequence[TensorSpec]
    platform: str

    @property
    @abstractmethod
    def versions(self) -> Sequence[str]:
        """Versions that are answered now, the current one first; empty while there is none."""

    @abstractmethod
    async def infer(
        self, request: InferRequest, version: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> InferResponse:
        """Answers a request with the current version, or with the one asked for; `headers` came with it."""

    def overload(self, others: int = 0) -> str | None:  # noqa: ARG002
        """Why one more request would be refused, in words; None where it would be answered.

        Args:
            others: requests before it that the service has not seen yet.
        """
        return None

    def check_admission(self) -> None:
        """Raises `OverloadedError` where one more request would be refused, so that it need not be understood."""
        if (reason := self.overload()) is not None:
            raise OverloadedError(reason)

    @abstractmethod
    async def check_ready(self) -> None:
        """Raises `UnavailableError`, with the reason, while requests cannot be answered."""

    async def healthy(self) -> bool:
        """Whether requests can be answered, for the SDK."""
        try:
            await self.check_ready()
        except UnavailableError:
            return False
        return True

    def check_name(self, name: str, version: str | None = None) -> None:
        """Refuses what is not served.

        Raises:
            UnknownModelError: another name. UnknownVersionError: another version.
            UnavailableError: a version is asked for and none is loaded yet.
        """
        if name != self.name:
            raise UnknownModelError(f"model: expected {self.name!r}, got {name[:60]!r}")
        if version is not None and not self.versions:
            raise UnavailableError("no version is loaded yet")
        if version is not None and version not in self.versions:
            there = ", ".join(self.versions)
            raise UnknownVersionError(f"version: expected one that is served ({there}), got {version[:60]!r}")

    @property
    def properties(self) -> dict[str, str]:
        """What is known of the current version, for the metadata over HTTP: the message of gRPC has no room for it."""
        return {}

    def metadata(self) -> dict[str, Any]:
        """The model metadata of V2."""
        return {
            "name": self.name,
            "versions": list(self.versions),
            "platform": self.platform,
            "inputs": [spec.metadata() for spec in self.inputs],
            "outputs": [spec.metadata() for spec in self.outputs],
        }
