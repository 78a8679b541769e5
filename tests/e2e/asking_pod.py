"""A client in a pod: asks RATE times a second until the file STOP is there, then prints what it was answered.

Every other request is by symbol; every other pair uses a connection of its own, as clients without a pool do.
A failure is told with its cause and with when it was.
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
BEFORE = 20  # connections in a row that are made before it begins
# Of the client while it waits: none that the kernel would choose.
PORTS = range(20_000, 30_000)
WINDOW_BODY, SYMBOL_BODY = json.dumps(WINDOW).encode(), json.dumps(SYMBOL).encode()
# "retry": failures by 503 with Retry-After, which in the separate topology are none while both roles go over.
answers: dict[str, Any] = {"asked": 0, "versions": {}, "retry": 0, "failures": [], "slowest": 0.0}


def say(line: str) -> None:
    """A line of the pod's log."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def note(response: httpx.Response, *, by_window: bool) -> None:
    """Counts an answer; of those by window, the lowest and highest value of every quantile for each version."""
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
    """Asks on a connection of the client, or on one of its own."""
    if client is not None:
        return await client.post(URL, content=body)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as alone:
        return await alone.post(URL, content=body)


def told(error: BaseException | None) -> str:
    """An error with what caused it."""
    causes = []
    while error is not None:
        causes.append("".join(traceback.format_exception_only(error)).strip())
        error = error.__cause__ or error.__context__
    return " < ".join(dict.fromkeys(causes))


async def ask(client: httpx.AsyncClient, number: int) -> None:
    """Asks once."""
    by_window, pool = number % 2 == 0, client if number % 4 < 2 else None
    started = time.monotonic()
    try:
        response = await post(pool, WINDOW_BODY if by_window else SYMBOL_BODY)
    except httpx.HTTPError as error:
        when = f"{datetime.now(UTC):%H:%M:%S.%f} after {time.monotonic() - started:.3f} s"
        answers["failures"].append(f"{told(error)} (pooled: {pool is not None}, {when})")
        return
    answers["slowest"] = max(answers["slowest"], time.monotonic() - started)
    note(response, by_window=by_window)


def wait_until_known() -> None:
    """Waits until connections get to every pod: each node's network policies know a new client in their own time.

    What is refused meanwhile stays in the node's table of connections for two minutes, with the pod it was for. One
    from the same port would go there again, even when that pod has ended: hence ports that are not used later.
    """
    at, row = httpx.URL(URL), 0
    for port in PORTS:
        try:
            socket.create_connection((at.host, at.port or 80), timeout=2, source_address=("", port)).close()
            row += 1
        except OSError:
            row = 0
        if row == BEFORE:
            return
        time.sleep(0.1)


async def main() -> None:
    """Asks until it is told to stop."""
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
        say("asking")
        tasks = []
        while not await asyncio.to_thread(STOP.exists):
            tasks.append(asyncio.create_task(ask(client, answers["asked"])))
            answers["asked"] += 1
            await asyncio.sleep(1 / float(os.environ["RATE"]))
        await asyncio.gather(*tasks)
    say(json.dumps(answers))


wait_until_known()
asyncio.run(main())
