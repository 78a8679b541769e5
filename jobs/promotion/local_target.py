"""The local promotion target: the `current` pointer of a registry, which `nextclose serve` follows."""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from model.artefact.registry import CURRENT, Registry
from model.contract.errors import ArtefactError, PromotionError

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LocalTarget:
    """Promotes by moving the pointer. The address of a version is its name.

    Attributes:
        registry: Registry of the pointer.
        service_url: URL for the golden request; None skips it.
    """

    registry: Registry
    service_url: str | None = None

    def address_of(self, version: str) -> str:
        """The name of the version."""
        return version

    def version_at(self, address: str | None) -> str | None:
        """The version at an address, which is its name."""
        return address

    def serving(self) -> str | None:
        """The version that the pointer names."""
        return self.registry.current()

    def switch(self, former: str | None, address: str | None) -> None:
        """Move the pointer.

        Raises:
            PromotionError: The pointer was moved meanwhile, or the version cannot be used.
        """
        current = self.registry.current()
        if current != former:
            raise PromotionError(f"the pointer was moved meanwhile: expected {former}, got {current}", check="pointer")
        try:
            if address is None:
                self.registry.clear_current()
            else:
                self.registry.set_current(address)
        except ArtefactError as error:
            raise PromotionError(f"the pointer cannot be moved: {error}", check="pointer") from error

    def settle(self, address: str) -> None:
        """Return immediately: the processes that follow the pointer are not known."""

    def url(self) -> str | None:
        """URL for the golden request, or None."""
        return self.service_url

    def tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        """Log an event."""
        (_log.warning if warning else _log.info)(message, event_reason=reason)

    def await_service(self) -> None:
        """Return immediately: the pointer can always be written."""

    def describe(self) -> Iterator[str]:
        """The location of the pointer."""
        yield f"pointer   {self.registry.address}/{CURRENT}"
