"""The Kubernetes permissions that promotions and refreshes need."""

from dataclasses import dataclass
from typing import Final

from jobs.cluster.api import GROUP, PLURAL


@dataclass(frozen=True, slots=True)
class Permission:
    """A verb on a kind of object, in the namespace of the InferenceService.

    Attributes:
        verb: Verb of Kubernetes RBAC.
        group: API group; empty for the core group.
        resource: Plural name of the kind.
        named: Whether the permission is needed for the one InferenceService only.
    """

    verb: str
    group: str
    resource: str
    named: bool = False

    def words(self, service: str) -> str:
        """Return the arguments of `kubectl auth can-i` that check this permission."""
        kind = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {kind}{f'/{service}' if self.named else ''}"


PERMISSIONS: Final = (
    Permission("get", GROUP, PLURAL, named=True),
    Permission("patch", GROUP, PLURAL, named=True),
    Permission("list", "apps", "deployments"),
    Permission("list", "", "pods"),
    Permission("create", "", "events"),
)
