"""Requests as text. The tests of jobs and dashboard send such requests to the service."""

import ast
import json
import shlex
from typing import Any

import pytest

from model.protocol.request_text import as_curl, as_json, as_python

URL = "http://127.0.0.1:8080"
REQUESTS: list[dict[str, Any]] = [
    {"inputs": [{"name": "symbol", "datatype": "BYTES", "shape": [1], "data": ["it's {here}"]}]},
    {"inputs": [{"name": "close", "data": [1.5, 2.0]}], "parameters": {"allow_jumps": True}},
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_format_contains_the_request(request_: dict[str, Any]) -> None:
    assert json.loads(as_json(request_)) == request_
    words = shlex.split(as_curl(request_, URL, "nextclose"))
    assert words[:3] == ["curl", "-s", f"{URL}/v2/models/nextclose/infer"]
    assert json.loads(words[words.index("-d") + 1]) == request_
    (call,) = [
        node
        for node in ast.walk(ast.parse(as_python(request_, URL, "nextclose")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "json.dumps"
    ]
    assert ast.literal_eval(call.args[0]) == request_
