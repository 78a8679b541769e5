"""The OpenAPI document of the transformer: it is valid, and answers to generated requests conform to it."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.serving.processes import Pair
from tests.serving.v2_requests import INFER
from transformer.openapi import openapi_document

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_SETTINGS = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
_SCHEMA = schemathesis.openapi.from_dict(openapi_document())


@_SCHEMA.parametrize()
@_SETTINGS
def test_answers_conform_to_document(case: "schemathesis.Case[Any]", pair: Pair) -> None:
    case.call_and_validate(base_url=pair.url, checks=_CHECKS, timeout=30)


def test_document_is_valid(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    assert document == openapi_document()
    schemathesis.openapi.from_dict(document).validate()
    paths = {INFER.replace("nextclose", "{name}"), "/symbols/{symbol}/window", "/v1/models/{name}:predict"}
    assert paths <= set(document["paths"])


def test_examples_of_document_are_answered(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    body = document["paths"]["/v2/models/{name}/infer"]["post"]["requestBody"]
    example = body["content"]["application/json"]["examples"]["window"]["value"]
    assert http.post(INFER, json=example).status_code == 200
    v1 = document["paths"]["/v1/models/{name}:predict"]["post"]["requestBody"]
    assert (
        http.post("/v1/models/nextclose:predict", json=v1["content"]["application/json"]["example"]).status_code == 200
    )


@pytest.mark.parametrize("path", ["/v2", "/v2/models/{name}", "/symbols/{symbol}/window", "/v1/models/{name}"])
def test_document_lists_every_field_of_an_answer(http: httpx.Client, path: str) -> None:
    symbol = http.get("/symbols").json()["symbols"][0]
    answer = http.get(path.format(name="nextclose", symbol=symbol)).json()
    response = openapi_document()["paths"][path]["get"]["responses"]["200"]
    assert set(answer) == set(response["content"]["application/json"]["schema"]["properties"])


def test_document_lists_every_field_of_a_forecast(http: httpx.Client) -> None:
    document = openapi_document()
    body = document["paths"]["/v2/models/{name}/infer"]["post"]["requestBody"]
    example = body["content"]["application/json"]["examples"]["window"]["value"]
    answer = http.post(INFER, json=example).json()
    schema = document["components"]["schemas"]["InferResponse"]
    assert set(answer) == set(schema["properties"])
    assert set(answer["outputs"][0]) <= set(schema["properties"]["outputs"]["items"]["properties"])
