"""Batching, padding and splitting of requests do not change forecasts."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np

from model.contract.arrays import f8
from tests.serving.processes import Pair
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, ask, ask_symbols, binary_request, outputs_of

_TRACES = "nextclose_predictor_traces_total"


def _quantiles(client: httpx.Client, closes: f8) -> f8:
    body, headers = binary_request(closes)
    found: f8 = outputs_of(client.post(INFER, content=body, headers=headers))["quantiles"]
    return found


def test_forecasts_do_not_depend_on_the_batch_size_and_cause_no_traces(
    pair: Pair, http: httpx.Client, windows: f8
) -> None:
    traces = pair.predictor.metric(_TRACES)
    assert traces > 0
    alone = np.concatenate([_quantiles(http, windows[row : row + 1]) for row in range(len(windows))])
    for size in range(1, len(windows) + 1):
        np.testing.assert_allclose(_quantiles(http, windows[-size:]), alone[-size:], rtol=1e-6)
    assert pair.predictor.metric(_TRACES) == traces


def test_request_with_more_rows_than_the_predictor_accepts_is_split(
    pair: Pair, http: httpx.Client, windows: f8
) -> None:
    many = np.tile(windows, (17, 1))[:5000]
    computed = pair.predictor.metric("nextclose_batch_rows_sum", role="predictor")
    found = _quantiles(http, many)
    assert found.shape == (5000, 7)
    np.testing.assert_allclose(found, np.tile(_quantiles(http, windows), (17, 1))[:5000], rtol=1e-6)
    assert pair.predictor.metric("nextclose_batch_rows_sum", role="predictor") == computed + 5000 + len(windows)


def test_many_rows_by_symbol_are_answered(http: httpx.Client, version: Trained) -> None:
    found = ask_symbols(http, [version.series.symbol] * 5000)
    assert found["quantiles"].shape == (5000, 7)
    assert len(found["data_until"]) == len(found["target_session"]) == len(found["stale"]) == 5000
    np.testing.assert_allclose(found["quantiles"], np.broadcast_to(found["quantiles"][0], (5000, 7)), rtol=1e-6)


def test_concurrent_requests_get_their_own_rows(pair: Pair, http: httpx.Client, windows: f8) -> None:
    alone = _quantiles(http, windows)
    sizes = np.random.default_rng(7).integers(1, 6, 120)
    starts = np.random.default_rng(8).integers(0, len(windows) - 6, 120)

    async def ask_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=pair.url, timeout=60, trust_env=False) as client:
            calls = []
            for start, size in zip(starts, sizes, strict=True):
                body, headers = binary_request(windows[start : start + size])
                calls.append(client.post(INFER, content=body, headers=headers))
            return await asyncio.gather(*calls)

    batches = pair.predictor.metric("nextclose_batch_rows_count", role="transformer")
    for start, size, answer in zip(starts, sizes, asyncio.run(ask_all()), strict=True):
        np.testing.assert_allclose(outputs_of(answer)["quantiles"], alone[start : start + size], rtol=1e-6)
    # Some of the requests shared a batch.
    assert pair.predictor.metric("nextclose_batch_rows_count", role="transformer") < batches + 120


def test_concurrent_clients_get_their_own_rows(http: httpx.Client, windows: f8) -> None:
    alone = ask(http, windows[:40])["forecast"]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda row: ask(http, windows[row : row + 1])["forecast"][0], range(40)))
    np.testing.assert_allclose(found, alone, rtol=1e-6)
