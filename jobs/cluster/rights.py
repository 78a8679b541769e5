"""What promotions and refreshes ask of the API server: the rights that they need, and nothing else."""

from dataclasses import dataclass
from typing import Final

from jobs.cluster.api import GROUP, PLURAL


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on a kind of object, in the namespace of the service.

    Attributes:
        verb: as Kubernetes calls it. group: of the API, empty for core. resource: plural name of the kind.
        named: whether it is needed for the one InferenceService only.
    """

    verb: str
    group: str
    resource: str
    named: bool = False

    def words(self, service: str) -> str:
        """As `kubectl auth can-i` takes it."""
        kind = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {kind}{f'/{service}' if self.named else ''}"


RIGHTS: Final = (
    Right("get", GROUP, PLURAL, named=True),
    Right("patch", GROUP, PLURAL, named=True),
    Right("list", "apps", "deployments"),
    Right("list", "", "pods"),
    Right("create", "", "events"),
)
