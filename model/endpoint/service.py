"""The interface between a server and the model that it serves."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from model.contract.errors import UnavailableError, UnknownModelError, UnknownVersionError
from model.protocol.tensors import InferRequest, InferResponse, TensorSpec

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Service(ABC):
    """A model that answers inference requests, by version.

    Attributes:
        name: Name of the model in URLs and messages.
        role: `predictor` or `transformer`.
        inputs: Specs of the inputs.
        outputs: Specs of the outputs.
        platform: Platform in the model metadata.
        row_limit: Largest number of rows in one request.
    """

    name: str
    role: str
    inputs: Sequence[TensorSpec]
    outputs: Sequence[TensorSpec]
    platform: str
    row_limit: int

    @property
    @abstractmethod
    def versions(self) -> Sequence[str]:
        """Versions that can be requested, the current one first; empty before the first version is loaded."""

    @abstractmethod
    async def infer(
        self, request: InferRequest, version: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> InferResponse:
        """Answer a request.

        Args:
            request: The request.
            version: Requested version; None means the current one.
            headers: Headers of the request to forward to other servers.
        """

    @abstractmethod
    async def check_ready(self) -> None:
        """Raise `UnavailableError` with the reason while requests cannot be answered."""

    async def healthy(self) -> bool:
        """Whether requests can be answered."""
        try:
            await self.check_ready()
        except UnavailableError:
            return False
        return True

    def check_name(self, name: str, version: str | None = None) -> None:
        """Refuse a model or version that is not served.

        Raises:
            UnknownModelError: The model is not served.
            UnknownVersionError: The version is not served.
            UnavailableError: A version is requested before the first one is loaded.
        """
        if name != self.name:
            raise UnknownModelError(f"model: expected {self.name!r}, got {name[:60]!r}")
        if version is not None and not self.versions:
            raise UnavailableError("no version is loaded yet")
        if version is not None and version not in self.versions:
            served = ", ".join(self.versions)
            raise UnknownVersionError(f"version: expected one that is served ({served}), got {version[:60]!r}")

    @property
    def properties(self) -> dict[str, str]:
        """Properties of the current version in the metadata over HTTP; the gRPC message has no field for them."""
        return {}

    def metadata(self) -> dict[str, Any]:
        """Make the model metadata of V2."""
        return {
            "name": self.name,
            "versions": list(self.versions),
            "platform": self.platform,
            "inputs": [spec.metadata() for spec in self.inputs],
            "outputs": [spec.metadata() for spec in self.outputs],
        }
