"""The direct route answers as the framework's does, byte for byte, headers too."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.endpoint.direct import App, DirectInfer
from model.endpoint.http import AppOptions, make_app
from model.endpoint.program import read_settings
from model.prices.store import PriceStore
from model.protocol import tensors
from tests.serving import bad_requests
from tests.serving.asking import HEADER, INFER, binary_request, close_input, window_request
from tests.serving.processes import Pair
from tests.serving.test_any_document import _DOCUMENT, _SETTINGS
from tests.serving.trained import Trained
from transformer.current import CurrentVersion
from transformer.predictor_client import PredictorClient
from transformer.settings import TransformerSettings
from transformer.transformer import Transformer
from transformer.windows import Windows

f8 = NDArray[np.float64]
_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Routes:
    """One transformer behind two applications, in one event loop."""

    run: Callable[[Coroutine[None, None, Any]], Any]  # in their event loop
    ordinary: App
    direct: App
    version: str

    def same(
        self, path: str, body: bytes, headers: dict[str, str] | None = None, method: str = "POST"
    ) -> httpx.Response:
        """What both answer."""

        async def ask(app: App) -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.request(method, path, content=body, headers=headers)

        first, second = (self.run(ask(app)) for app in (self.ordinary, self.direct))
        assert (first.status_code, first.headers.raw, first.content) == (
            second.status_code,
            second.headers.raw,
            second.content,
        )
        answer: httpx.Response = second
        return answer


@pytest.fixture(scope="module")
def routes(pair: Pair, version: Trained) -> Iterator[Routes]:
    places = {"models": str(version.models), "store": str(version.store)}
    own = read_settings(TransformerSettings, predictor_url=pair.predictor.url, body_limit=_LIMIT, **places)
    client = PredictorClient(own)
    current = CurrentVersion(own, client)
    transformer = Transformer(own, client, current, Windows(PriceStore(own.store), own.follow_seconds))
    app = make_app(transformer, AppOptions(_LIMIT, "", {}))
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        # Every request that has no id gets the same.
        patch.setattr(tensors, "_random_bits", lambda _: 7)
        runner.run(current.refresh())
        yield Routes(runner.run, app, DirectInfer(app, transformer, _LIMIT), transformer.versions[0])
        runner.run(client.close())


def _paths(version: str) -> list[str]:
    other = "20200101T000000Z-00000000"
    return [INFER, f"/v2/models/nextclose/versions/{version}/infer", f"/v2/models/nextclose/versions/{other}/infer"]


@settings(_SETTINGS, max_examples=700)
@given(document=_DOCUMENT, path=st.integers(0, 2))
def test_any_document(routes: Routes, document: Any, path: int) -> None:
    routes.same(_paths(routes.version)[path], json.dumps(document).encode())


@settings(_SETTINGS, max_examples=200)
@given(document=_DOCUMENT, tail=st.binary(max_size=500), offset=st.integers(-3, 3))
def test_any_binary(routes: Routes, document: Any, tail: bytes, offset: int) -> None:
    head = json.dumps(document).encode()
    routes.same(INFER, head + tail, {HEADER: str(len(head) + offset)})


def test_what_is_known_to_be_wrong(routes: Routes) -> None:
    assert len(bad_requests.ALL) > 50
    for bad in bad_requests.ALL:
        assert routes.same(INFER, bad.body).status_code == bad.status


@pytest.mark.parametrize("rows", [1, 2, 7, 64])
def test_right_ones(routes: Routes, windows: f8, rows: int) -> None:
    for start in range(0, len(windows) - rows, 17):
        closes = windows[start : start + rows]
        for document in (
            window_request(closes),
            window_request(closes, id="mine", outputs=[{"name": "forecast", "parameters": {"binary_data": True}}]),
            {"inputs": [close_input(closes.astype(np.float32), "FP32")], "parameters": {"binary_data_output": True}},
        ):
            assert routes.same(INFER, json.dumps(document).encode(), {"x-request-id": "abc"}).status_code == 200
        body, headers = binary_request(closes)
        assert routes.same(INFER, body, headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        (INFER, "GET", 405),
        (INFER, "PUT", 405),
        (INFER + "/", "POST", 404),
        ("/v2/models/another/infer", "POST", 404),
        ("/v2/models/a%2Fb/infer", "POST", 404),
        ("/v2/models//infer", "POST", 404),
        ("/v2/models/nextclose/versions//infer", "POST", 404),
        ("/v2/models/nextclose/infer?x=1", "POST", 200),
    ],
)
def test_paths(routes: Routes, windows: f8, path: str, method: str, status: int) -> None:
    body = json.dumps(window_request(windows[:1])).encode()
    assert routes.same(path, body, method=method).status_code == status


def test_bodies_over_the_limit(routes: Routes, windows: f8) -> None:
    large = json.dumps(window_request(windows[:200])).encode()
    assert len(large) < _LIMIT < len(large) * 4
    assert routes.same(INFER, large).status_code == 200
    assert routes.same(INFER, large * 4).status_code == 413
