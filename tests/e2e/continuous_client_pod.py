"""A client in a pod: sends RATE requests per second until the file STOP exists, then prints the answers it received.

Every other request is by symbol. Half of the requests use a new connection, as clients without a connection pool do.
A failure is reported with its causes and its time.
"""

import asyncio
import json
import os
import socket
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

URL = os.environ["URL"] + "/v2/models/nextclose/infer"
ROWS = int(os.environ["ROWS"])
CLOSES = json.loads(os.environ["CLOSES"]) * ROWS
WINDOW = {"inputs": [{"name": "close", "datatype": "FP64", "shape": [ROWS, 60], "data": CLOSES}]}
SYMBOL = {"inputs": [{"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [os.environ["SYMBOL"]]}]}
STOP = Path(os.environ["STOP"])
TIMEOUT = 20
CONNECTIONS_BEFORE_START = 20  # successful in a row
# Source ports of these connections, outside of the range that the kernel chooses from.
PORTS = range(20_000, 30_000)
WINDOW_BODY, SYMBOL_BODY = json.dumps(WINDOW).encode(), json.dumps(SYMBOL).encode()
# "retry": failures with status 503 and Retry-After. In the separate topology they are expected during a rollout.
answers: dict[str, Any] = {"requests": 0, "versions": {}, "retry": 0, "failures": [], "slowest": 0.0}


def log(line: str) -> None:
    """Write a line to the log of the pod."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def count_answer(response: httpx.Response, *, by_window: bool) -> None:
    """Count an answer. For requests by window, keep the lowest and highest value of every quantile by version."""
    if response.status_code == 503 and "retry-after" in response.headers:
        answers["retry"] += 1
        answers["failures"].append(f"503 with Retry-After: {response.text[:300]}")
        return
    if response.status_code != 200:
        answers["failures"].append(f"{response.status_code}: {response.text[:300]}")
        return
    document = response.json()
    found = answers["versions"].setdefault(document["model_version"], {"count": 0, "low": None, "high": None})
    found["count"] += 1
    if by_window:
        (quantiles,) = [output["data"] for output in document["outputs"] if output["name"] == "quantiles"]
        found["low"] = quantiles if found["low"] is None else [*map(min, found["low"], quantiles)]
        found["high"] = quantiles if found["high"] is None else [*map(max, found["high"], quantiles)]


async def post(client: httpx.AsyncClient | None, body: bytes) -> httpx.Response:
    """Send a request on a pooled connection of the client, or on a new one."""
    if client is not None:
        return await client.post(URL, content=body)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as unpooled:
        return await unpooled.post(URL, content=body)


def describe(error: BaseException | None) -> str:
    """Describe an error with its causes."""
    causes = []
    while error is not None:
        causes.append("".join(traceback.format_exception_only(error)).strip())
        error = error.__cause__ or error.__context__
    return " < ".join(dict.fromkeys(causes))


async def send(client: httpx.AsyncClient, number: int) -> None:
    """Send one request and record its answer."""
    by_window, pool = number % 2 == 0, client if number % 4 < 2 else None
    started = time.monotonic()
    try:
        response = await post(pool, WINDOW_BODY if by_window else SYMBOL_BODY)
    except httpx.HTTPError as error:
        when = f"{datetime.now(UTC):%H:%M:%S.%f} after {time.monotonic() - started:.3f} s"
        answers["failures"].append(f"{describe(error)} (pooled: {pool is not None}, {when})")
        return
    answers["slowest"] = max(answers["slowest"], time.monotonic() - started)
    count_answer(response, by_window=by_window)


def wait_for_network_policies() -> None:
    """Wait until every pod accepts connections: each node applies network policies for a new client with a delay.

    A refused connection stays in the node's connection table for two minutes, with the pod it was routed to. A later
    connection from the same port would be routed to that pod even if it has ended, so these ports are not used again.
    """
    url, in_a_row = httpx.URL(URL), 0
    for port in PORTS:
        try:
            socket.create_connection((url.host, url.port or 80), timeout=2, source_address=("", port)).close()
            in_a_row += 1
        except OSError:
            in_a_row = 0
        if in_a_row == CONNECTIONS_BEFORE_START:
            return
        time.sleep(0.1)


async def main() -> None:
    """Send requests until the file STOP exists."""
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
        log("started")
        tasks = []
        while not await asyncio.to_thread(STOP.exists):
            tasks.append(asyncio.create_task(send(client, answers["requests"])))
            answers["requests"] += 1
            await asyncio.sleep(1 / float(os.environ["RATE"]))
        await asyncio.gather(*tasks)
    log(json.dumps(answers))


wait_for_network_policies()
asyncio.run(main())
