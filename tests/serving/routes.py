"""One transformer behind several applications in one event loop, whose answers can be compared byte for byte."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, SupportsIndex

import httpx
import pytest

from model.endpoint.direct import App, DirectInfer
from model.endpoint.http import AppOptions, make_app
from model.endpoint.program import read_settings
from model.prices.store import PriceStore
from model.protocol import tensors
from tests.serving.processes import Pair
from tests.serving.trained import Trained
from transformer.current import CurrentVersion
from transformer.predictor_client import PredictorClient
from transformer.settings import TransformerSettings
from transformer.transformer import Transformer
from transformer.windows import Windows

LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Routes:
    """One transformer behind two applications, in one event loop."""

    run: Callable[[Coroutine[None, None, Any]], Any]  # in their event loop
    ordinary: App
    direct: App
    transformer: Transformer

    @property
    def version(self) -> str:
        return self.transformer.versions[0]

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


class _Same(list[str]):
    """Ready ids, all the same and never at an end."""

    def pop(self, _: SupportsIndex = -1) -> str:
        return "7" * 32


@contextmanager
def open_routes(pair: Pair, version: Trained) -> Iterator[Routes]:
    places = {"models": str(version.models), "store": str(version.store)}
    own = read_settings(TransformerSettings, predictor_url=pair.predictor.url, body_limit=LIMIT, **places)
    client = PredictorClient(own)
    current = CurrentVersion(own, client)
    transformer = Transformer(own, client, current, Windows(PriceStore(own.store), own.follow_seconds))
    app = make_app(transformer, AppOptions(LIMIT, "", {}))
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        # Every request that has no id gets the same.
        patch.setattr(tensors, "_ready_ids", _Same())
        runner.run(current.refresh())
        yield Routes(runner.run, app, DirectInfer(app, transformer, LIMIT), transformer)
        runner.run(client.close())
