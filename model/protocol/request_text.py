"""A V2 request as text that people paste: JSON, curl, Python."""

import json
import shlex
from collections.abc import Mapping
from typing import Any


def as_json(request: Mapping[str, Any]) -> str:
    """The body alone, on one line."""
    return json.dumps(request)


def as_curl(request: Mapping[str, Any], url: str, model: str) -> str:
    """One command of a POSIX shell; `url` is where the service answers, without a slash at its end."""
    body = shlex.quote(json.dumps(request))
    return f"curl -s {url}/v2/models/{model}/infer -H 'Content-Type: application/json' -d {body}"


def as_python(request: Mapping[str, Any], url: str, model: str) -> str:
    """A program that needs nothing but Python, and prints the answer."""
    return _PYTHON.format(url=f"{url}/v2/models/{model}/infer", body=dict(request))


_PYTHON = """\
import json
import urllib.request

body = json.dumps({body})
request = urllib.request.Request("{url}", body.encode(), {{"Content-Type": "application/json"}})
with urllib.request.urlopen(request) as response:
    print(response.read().decode())"""
