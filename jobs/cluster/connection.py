"""Connection to an API server, by the service account of the pod or by the kubeconfig."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config import kube_config

from model.contract.errors import ClusterError

SECONDS: Final = 20  # timeout of a request
_POD_NAMESPACE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_config: Final[Any] = config  # its functions have no types


@dataclass(frozen=True, slots=True)
class Connection:
    """A client for an API server.

    Attributes:
        client: `kubernetes.client.ApiClient`, whose methods have no type annotations.
        host: Address of the API server.
        namespace: Namespace of the pod or of the kubeconfig's context.
        origin: Description of the source of address and credentials.
    """

    client: Any
    host: str
    namespace: str
    origin: str


def connect() -> Connection:
    """Read address and credentials. Sends no request.

    Raises:
        ClusterError: There is neither a service account of a pod nor a usable kubeconfig.
    """
    settings = client.Configuration()
    settings.retries = False  # errors are raised immediately; loops that wait call again
    namespace, origin = _load_config(settings)
    return Connection(client.ApiClient(settings), str(settings.host), namespace, origin)


def kubeconfigs() -> list[Path]:
    """List the existing kubeconfig files: those of KUBECONFIG, else the one in the home folder."""
    named = str(kube_config.KUBE_CONFIG_DEFAULT_LOCATION).split(os.pathsep)
    return [path for path in (Path(name).expanduser() for name in named if name) if path.exists()]


def _load_config(settings: client.Configuration) -> tuple[str, str]:
    try:
        _config.load_incluster_config(settings)
    except config.ConfigException:
        try:
            _config.load_kube_config(client_configuration=settings)
            _, context = _config.list_kube_config_contexts()
            namespace = str(context["context"].get("namespace", "default"))
        # The exception depends on the part of the file that is broken.
        except (
            config.ConfigException,
            yaml.YAMLError,
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:
            raise ClusterError(
                f"no cluster: expected a service account of a pod or a kubeconfig, got neither: {one_line(error)}"
            ) from error
        return namespace, f"context {context['name']} of the kubeconfig"
    return _POD_NAMESPACE.read_text().strip(), "the service account of the pod"


def status_of(error: ApiException) -> dict[str, Any]:
    """Parse the Status object in an error response. Returns an empty dictionary if there is none."""
    try:
        body = json.loads(error.body or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) and body.get("kind") == "Status" else {}


def reason_of(error: ApiException) -> str:
    """Return the reason of a refused request, in one line."""
    return one_line(status_of(error).get("message") or error.body or error.reason or f"status {error.status}")


def one_line(value: object) -> str:
    """Convert to text in one line of at most 400 characters."""
    return " ".join(str(value).split())[:400]
