"""Promotion on one machine: the `current` pointer, which `serve` follows."""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from model.artefact.registry import CURRENT, Registry
from model.contract.errors import ArtefactError, PromotionError

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LocalTarget:
    """What follows the pointer; a version's address is its name.

    Attributes:
        registry: whose pointer. service_url: where the golden request is sent, None asks nobody.
    """

    registry: Registry
    service_url: str | None = None

    def address_of(self, version: str) -> str:
        """The version's name."""
        return version

    def version_at(self, address: str | None) -> str | None:
        """The same."""
        return address

    def serving(self) -> str | None:
        """What the pointer names."""
        return self.registry.current()

    def switch(self, former: str | None, address: str | None) -> None:
        """Moves the pointer.

        Raises:
            PromotionError: it is not where it was, or the version cannot be used.
        """
        there = self.registry.current()
        if there != former:
            raise PromotionError(f"the pointer was moved meanwhile: expected {former}, got {there}", check="pointer")
        try:
            if address is None:
                self.registry.unpoint()
            else:
                self.registry.point(address)
        except ArtefactError as error:
            raise PromotionError(f"the pointer cannot be moved: {error}", check="pointer") from error

    def settle(self, address: str) -> None:
        """Nothing to wait for: who follows the pointer is not known here."""

    def url(self) -> str | None:
        """Where a pair is asked, where one is named."""
        return self.service_url

    def tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        """A line in the log."""
        (_log.warning if warning else _log.info)(message, event_reason=reason)

    def await_service(self) -> None:
        """The pointer can always be written."""

    def describe(self) -> Iterator[str]:
        """Where the pointer lies."""
        yield f"pointer   {self.registry.address}/{CURRENT}"
