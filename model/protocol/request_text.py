"""V2 requests as text to copy and paste: JSON, a curl command, a Python script."""

import json
import shlex
from collections.abc import Mapping
from typing import Any


def as_json(request: Mapping[str, Any]) -> str:
    """Format the body as one line of JSON."""
    return json.dumps(request)


def as_curl(request: Mapping[str, Any], url: str, model: str) -> str:
    """Format the request as a curl command for a POSIX shell.

    Args:
        request: JSON document of the request.
        url: Base URL of the service, without a trailing slash.
        model: Name of the model.
    """
    body = shlex.quote(json.dumps(request))
    return f"curl -s {url}/v2/models/{model}/infer -H 'Content-Type: application/json' -d {body}"


def as_python(request: Mapping[str, Any], url: str, model: str) -> str:
    """Format the request as a Python script without dependencies that prints the response; arguments as `as_curl`."""
    return _PYTHON.format(url=f"{url}/v2/models/{model}/infer", body=dict(request))


_PYTHON = """\
import json
import urllib.request

body = json.dumps({body})
request = urllib.request.Request("{url}", body.encode(), {{"Content-Type": "application/json"}})
with urllib.request.urlopen(request) as response:
    print(response.read().decode())"""
