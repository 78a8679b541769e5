import ast
import json
import shlex

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.cli.request_formats import RequestFormat, format_request
from model.protocol.request_documents import window_request
from model.protocol.rest import read_object

CLOSES = [round(30 + 0.1 * day, 2) for day in range(60)]
PLACE = {"url": "http://127.0.0.1:8080", "grpc_address": "127.0.0.1:8081", "model": "nextclose"}


def _written(form: RequestFormat) -> str:
    return format_request(CLOSES, form, **PLACE)


@given(st.lists(st.floats(1e-3, 1e6), min_size=60, max_size=60))
def test_json_round_trips_the_closes_exactly(closes: list[float]) -> None:
    (tensor,) = read_object(format_request(closes, RequestFormat.JSON, **PLACE).encode())["inputs"]
    assert tensor["data"] == closes
    assert (tensor["name"], tensor["datatype"], tensor["shape"]) == ("close", "FP64", [1, 60])


def test_curl_is_one_shell_command() -> None:
    words = shlex.split(_written(RequestFormat.CURL))
    assert words[0] == "curl"
    assert f"{PLACE['url']}/v2/models/nextclose/infer" in words
    assert json.loads(words[words.index("-d") + 1]) == window_request(CLOSES)


@pytest.mark.parametrize("form", [RequestFormat.PYTHON, RequestFormat.GRPC])
def test_python_contains_the_closes(form: RequestFormat) -> None:
    lists = [node for node in ast.walk(ast.parse(_written(form))) if isinstance(node, ast.List)]
    values = [ast.literal_eval(node) for node in lists if len(node.elts) == 60]
    assert len(values) == 1
    np.testing.assert_array_equal(values[0], CLOSES)
