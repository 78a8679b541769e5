"""A client in a pod: asks RATE times a second until the file STOP is there, then prints what it was answered.

Every other request is by symbol; every other pair uses a connection of its own, as clients without a pool do.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import httpx

URL = os.environ["URL"] + "/v2/models/nextclose/infer"
ROWS = int(os.environ["ROWS"])
CLOSES = json.loads(os.environ["CLOSES"]) * ROWS
WINDOW = {"inputs": [{"name": "close", "datatype": "FP64", "shape": [ROWS, 60], "data": CLOSES}]}
SYMBOL = {"inputs": [{"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [os.environ["SYMBOL"]]}]}
STOP = Path(os.environ["STOP"])
# Answers that are no failure beside 200, in the separate topology while both roles go over: with Retry-After.
WINDOW_BODY, SYMBOL_BODY = json.dumps(WINDOW).encode(), json.dumps(SYMBOL).encode()
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


async def ask(client: httpx.AsyncClient, number: int) -> None:
    """Asks once."""
    by_window, pooled = number % 2 == 0, number % 4 < 2
    body, started = (WINDOW_BODY if by_window else SYMBOL_BODY), time.monotonic()
    try:
        if pooled:
            response = await client.post(URL, content=body)
        else:
            async with httpx.AsyncClient(timeout=20, trust_env=False) as alone:
                response = await alone.post(URL, content=body)
    except httpx.HTTPError as error:
        answers["failures"].append(f"{type(error).__name__}: {error} (pooled: {pooled})")
        return
    answers["slowest"] = max(answers["slowest"], time.monotonic() - started)
    note(response, by_window=by_window)


async def main() -> None:
    """Begins once it is answered: network policies know a new pod some seconds after it has started."""
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        for _ in range(120):
            try:
                if (await client.post(URL, content=WINDOW_BODY)).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
        say("asking")
        tasks = []
        while not await asyncio.to_thread(STOP.exists):
            tasks.append(asyncio.create_task(ask(client, answers["asked"])))
            answers["asked"] += 1
            await asyncio.sleep(1 / float(os.environ["RATE"]))
        await asyncio.gather(*tasks)
    say(json.dumps(answers))


asyncio.run(main())
