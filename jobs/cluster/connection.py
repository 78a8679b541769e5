"""The way to an API server: as a pod's own account, else as the current kubeconfig says."""

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

SECONDS: Final = 20  # for an answer
_POD_NAMESPACE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_config: Final[Any] = config  # its functions have no types


@dataclass(frozen=True, slots=True)
class Connection:
    """A client that nothing was asked of yet.

    Attributes:
        client: kubernetes' own; its methods have no types. host: of the API server.
        namespace: the pod's, or that of the kubeconfig's context. origin: of address and credentials, in words.
    """

    client: Any
    host: str
    namespace: str
    origin: str


def connect() -> Connection:
    """Reads address and credentials.

    Raises:
        ClusterError: there is neither a pod's account nor a usable kubeconfig.
    """
    settings = client.Configuration()
    settings.retries = False  # told at once; who waits asks again
    namespace, origin = _fill_in(settings)
    return Connection(client.ApiClient(settings), str(settings.host), namespace, origin)


def kubeconfigs() -> list[Path]:
    """The files that hold the kubeconfig, where they are there: of KUBECONFIG, else the one in the home folder."""
    named = str(kube_config.KUBE_CONFIG_DEFAULT_LOCATION).split(os.pathsep)
    return [path for path in (Path(name).expanduser() for name in named if name) if path.exists()]


def _fill_in(settings: client.Configuration) -> tuple[str, str]:
    try:
        _config.load_incluster_config(settings)
    except config.ConfigException:
        try:
            _config.load_kube_config(client_configuration=settings)
            _, context = _config.list_kube_config_contexts()
            namespace = str(context["context"].get("namespace", "default"))
        # What a broken file raises depends on where it is broken.
        except (
            config.ConfigException,
            yaml.YAMLError,
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:
            raise ClusterError(f"no cluster: neither a pod's account nor a kubeconfig: {one_line(error)}") from error
        return namespace, f"context {context['name']} of the kubeconfig"
    return _POD_NAMESPACE.read_text().strip(), "the pod's own account"


def status_of(error: ApiException) -> dict[str, Any]:
    """The Status that an API server answered; an empty one for what is none."""
    try:
        body = json.loads(error.body or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) and body.get("kind") == "Status" else {}


def reason_of(error: ApiException) -> str:
    """Why a request was refused, in one line."""
    return one_line(status_of(error).get("message") or error.body or error.reason or f"status {error.status}")


def one_line(what: object) -> str:
    """A text in one line that is not endless."""
    return " ".join(str(what).split())[:400]
